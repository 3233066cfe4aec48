import { Button, Spinner } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { isMissing, sentenceOf } from "../../api/problem";
import { AttachmentCards } from "../../components/ui/attachment-cards";
import { BackButton } from "../../components/ui/back-button";
import { DownloadLink } from "../../components/ui/download-link";
import { LinkedText } from "../../components/ui/linked-text";
import { dateAndTime } from "../../wording/moments";
import styles from "./record-page.module.css";

interface Props {
  id: string;
  onBack: () => void;
}

/** One conversation of the record, the newest page first; each page that is read is written down by the server. */
export function RecordConversation({ id, onBack }: Props) {
  const read = useInfiniteQuery({
    queryKey: ["record", id, "messages"],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/record/conversations/{conversation_id}/messages", {
          params: {
            path: { conversation_id: id },
            query: {
              limit: 50,
              ...(pageParam !== null && { before: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.earlier,
    staleTime: Infinity,
    gcTime: 0,
  });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The row that was pressed is gone: whoever works with the keyboard goes on from here.
    heading.current?.focus();
  }, [id]);
  const messages = [...(read.data?.pages ?? [])]
    .reverse()
    .flatMap((page) => page.messages);
  const conversation = read.data?.pages[0]?.conversation;
  const file = `/api/v1/record/conversations/${id}/export?format=`;
  return (
    <div className={styles.scroller}>
      <div className={styles.page}>
        <div className={styles.title}>
          <BackButton onBack={onBack} />
          <h1 ref={heading} tabIndex={-1}>
            {conversation === undefined ? (
              "A conversation of the record"
            ) : (
              <>
                <bdi>{conversation.agent_name}</bdi> with{" "}
                <bdi>{conversation.person_name}</bdi>
              </>
            )}
          </h1>
        </div>
        {conversation !== undefined && (
          <p className={styles.links}>
            <DownloadLink href={`${file}html`}>Export to print</DownloadLink>
            <DownloadLink href={`${file}json`}>Export as JSON</DownloadLink>
            <DownloadLink href={`${file}zip`}>Export with all files</DownloadLink>
          </p>
        )}
        {read.isPending && <Spinner label="Loading messages" />}
        {read.isError && (
          <div role="alert">
            <p>{sentenceOf(read.error)}</p>
            {isMissing(read.error) ? (
              <Button onClick={onBack}>All conversations</Button>
            ) : (
              <Button onClick={() => void read.refetch()}>Try again</Button>
            )}
          </div>
        )}
        {read.hasNextPage && (
          <Button
            disabledFocusable={read.isFetchingNextPage}
            onClick={() => void read.fetchNextPage()}
          >
            Earlier messages
          </Button>
        )}
        <ol className={styles.list} aria-label="Messages">
          {messages.map((each) => (
            <Entry key={each.message.id} entry={each} />
          ))}
        </ol>
      </div>
    </div>
  );
}

function Entry({
  entry: { message, versions },
}: {
  entry: Schemas["RecordMessage"];
}) {
  return (
    <li className={styles.entry}>
      <div className={styles.byline}>
        <bdi className={styles.author}>{message.author.display_name}</bdi>{" "}
        <time dateTime={message.created_at}>
          {dateAndTime(message.created_at)}
        </time>
        {message.edited_at !== null &&
          ` · edited ${dateAndTime(message.edited_at)}`}
        {message.deleted_at !== null &&
          ` · deleted ${dateAndTime(message.deleted_at)}`}
      </div>
      {message.deleted_at === null ? (
        <Said said={message} />
      ) : (
        <em className={styles.muted}>Deleted</em>
      )}
      {versions.map((version) => (
        <div key={version.number} className={styles.version}>
          <div className={styles.byline}>
            Version {version.number} by <bdi>{version.author_name}</bdi>,{" "}
            {dateAndTime(version.since)} until {dateAndTime(version.until)}
          </div>
          <Said said={version} />
        </div>
      ))}
    </li>
  );
}

/** What has pictures or files is shown; all else is as well said by the words. The server sanitizes all html it stores. */
function Said({
  said: { html, text, attachments },
}: {
  said: Pick<Schemas["Message"], "html" | "text" | "attachments">;
}) {
  if (!html.includes("<img") && attachments.length === 0) {
    return (
      <div className={styles.text} dir="auto">
        <LinkedText text={text} />
      </div>
    );
  }
  return (
    <>
      {html !== "" && (
        <div
          className={styles.html}
          dir="auto"
          dangerouslySetInnerHTML={{ __html: html }}
        />
      )}
      <AttachmentCards attachments={attachments} />
    </>
  );
}
