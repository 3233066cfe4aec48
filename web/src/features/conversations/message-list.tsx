import { Button, Spinner } from "@fluentui/react-components";
import { ArrowDownRegular, ChatRegular } from "@fluentui/react-icons";
import { useEffect, useMemo } from "react";
import { sentenceOf } from "../../api/problem";
import { Notice } from "../../components/ui/notice";
import type { Conversation } from "../../realtime/protocol";
import { useToday } from "../../realtime/use-today";
import { DeletedNote } from "./deleted-note";
import { LiveRegion } from "./live-region";
import styles from "./message-list.module.css";
import type { Pending } from "./outbox";
import { TimelineRow } from "./timeline-row";
import { isOwn, timeline } from "./timeline";
import { useMe } from "./use-me";
import { useFirstUnread } from "./use-first-unread";
import type { useThread } from "./use-thread";
import { useThreadScroll } from "./use-thread-scroll";

interface Props {
  conversation: Conversation;
  thread: ReturnType<typeof useThread>;
  pending: Pending[];
  isAttended: boolean;
  /** The position of the message to show first, and what to do once the reader wants the newest ones again. */
  at: number | null;
  onLeave: () => void;
}

export function MessageList({ conversation, thread, pending, isAttended, at, onLeave }: Props) {
  const me = useMe();
  const { messages } = thread;
  const today = useToday();
  const firstUnread = useFirstUnread(conversation, messages, me, isAttended);
  const rows = useMemo(
    () => timeline(messages, pending, me, firstUnread, today),
    [messages, pending, me, firstUnread, today],
  );
  const newest = messages.at(-1);
  const { scroller, content, onScroll, hasNewBelow, toBottom } = useThreadScroll({
    firstKey: messages[0]?.id,
    lastKey: rows.at(-1)?.id,
    isLastOwn: pending.length > 0 || (newest !== undefined && isOwn(newest, me)),
    onNearTop: thread.loadEarlier,
    isDetached: thread.isDetached,
    onNearEnd: thread.loadLater,
    target: at === null ? undefined : messages.find((each) => each.position === at)?.id,
  });
  const { isDetached, toNewest } = thread;
  const goToNewest = () => {
    onLeave();
    toBottom();
    if (isDetached) toNewest();
  };
  const isWriting = pending.length > 0;
  useEffect(() => {
    // What one has just written stands at the end, where one wants to see it.
    if (isWriting && isDetached) goToNewest();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- Once for each time that one begins to write.
  }, [isWriting, isDetached]);

  return (
    <div className={styles.frame}>
      {/* Focusable, so that the keyboard can scroll it. */}
      <div
        ref={scroller}
        className={styles.scroller}
        onScroll={onScroll}
        tabIndex={0}
        role="region"
        aria-label={`Messages with ${conversation.person.display_name}`}
      >
        <Beginning thread={thread} />
        {!thread.hasEarlier && <DeletedNote conversation={conversation} />}
        {rows.length === 0 && conversation.deleted_before == null && <FirstWords name={conversation.person.display_name} />}
        <ol ref={content} className={styles.list}>
          {rows.map((row) => (
            <TimelineRow key={row.id} row={row} />
          ))}
        </ol>
        {isDetached && <Further thread={thread} />}
      </div>
      {(hasNewBelow || isDetached) && (
        <Button
          className={styles.pill}
          shape="circular"
          appearance="primary"
          icon={<ArrowDownRegular />}
          onClick={goToNewest}
        >
          {hasNewBelow ? "New messages" : "To the newest messages"}
        </Button>
      )}
      <LiveRegion messages={messages} me={me} />
    </div>
  );
}

/** Always as high, so that what is below stays where it is while earlier messages load. */
function Beginning({ thread }: { thread: Props["thread"] }) {
  return (
    <div className={styles.earlier}>
      {thread.isLoadingEarlier ? (
        <Spinner size="tiny" label="Loading earlier messages" />
      ) : thread.earlierError !== null ? (
        <>
          <span>{sentenceOf(thread.earlierError)}</span>
          <Button size="small" onClick={thread.loadEarlier}>
            Try again
          </Button>
        </>
      ) : (
        thread.hasEarlier && (
          <Button size="small" appearance="subtle" onClick={thread.loadEarlier}>
            Load earlier messages
          </Button>
        )
      )}
    </div>
  );
}

/** The end of what is here, which is not the end of the conversation. */
function Further({ thread }: { thread: Props["thread"] }) {
  return (
    <div className={styles.earlier}>
      {thread.isLoadingLater ? (
        <Spinner size="tiny" label="Loading later messages" />
      ) : (
        <>
          {thread.laterError !== null && <span>{sentenceOf(thread.laterError)}</span>}
          <Button size="small" appearance="subtle" onClick={thread.loadLater}>
            Load later messages
          </Button>
        </>
      )}
    </div>
  );
}

function FirstWords({ name }: { name: string }) {
  return (
    <Notice icon={<ChatRegular />} title="No messages yet">
      Write the first message to <bdi>{name}</bdi>. From then on they can write to you at any time.
    </Notice>
  );
}
