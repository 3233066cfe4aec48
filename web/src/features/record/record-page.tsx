import { Button, Field, Input, Spinner } from "@fluentui/react-components";
import { ChevronRightRegular } from "@fluentui/react-icons";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { BackButton } from "../../components/ui/back-button";
import { beginOfDay, dateAndTime } from "../../wording/moments";
import { PersonChoice } from "./person-choice";
import { RecordConversation } from "./record-conversation";
import styles from "./record-page.module.css";

type Conversation = Schemas["RecordConversation"];
type Person = Schemas["Person"];

interface Filters {
  agent: Person | null;
  person: Person | null;
  since: string;
  until: string;
}

/** What was said in all conversations, with every former version: for supervisors, whose reading is written down. */
export function RecordPage({ onBack }: { onBack?: (() => void) | undefined }) {
  const [filters, setFilters] = useState<Filters>({ agent: null, person: null, since: "", until: "" });
  const [open, setOpen] = useState<Conversation | null>(null);
  const change = (part: Partial<Filters>) => {
    setFilters((held) => ({ ...held, ...part }));
  };
  if (open !== null) {
    return (
      <RecordConversation
        conversation={open}
        onBack={() => {
          setOpen(null);
        }}
      />
    );
  }
  return (
    <div className={styles.scroller}>
      <div className={styles.page}>
        <div className={styles.title}>
          {onBack !== undefined && <BackButton onBack={onBack} />}
          <h1>Record</h1>
        </div>
        <p className={styles.muted}>
          Every conversation of your organization, with all that edited and deleted messages said before. What you read
          is written into the audit log.
        </p>
        <div className={styles.filters}>
          <PersonChoice
            label="Agent"
            chosen={filters.agent}
            isAgent
            onChoose={(agent) => {
              change({ agent });
            }}
          />
          <PersonChoice
            label="With"
            chosen={filters.person}
            onChoose={(person) => {
              change({ person });
            }}
          />
          <Field label="From">
            <Input
              type="date"
              value={filters.since}
              onChange={(_, { value }) => {
                change({ since: value });
              }}
            />
          </Field>
          <Field label="To">
            <Input
              type="date"
              value={filters.until}
              onChange={(_, { value }) => {
                change({ until: value });
              }}
            />
          </Field>
        </div>
        <Found filters={filters} onOpen={setOpen} />
      </div>
    </div>
  );
}

function Found({ filters, onOpen }: { filters: Filters; onOpen: (conversation: Conversation) => void }) {
  const found = useInfiniteQuery({
    queryKey: ["record", filters],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/record/conversations", {
          params: { query: { ...asQuery(filters), ...(pageParam !== null && { after: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const rows = found.data?.pages.flatMap((page) => page.conversations) ?? [];
  if (found.isPending) return <Spinner label="Loading conversations" />;
  if (found.isError && rows.length === 0) {
    return (
      <div role="alert">
        <p>{sentenceOf(found.error)}</p>
        <Button onClick={() => void found.refetch()}>Try again</Button>
      </div>
    );
  }
  return (
    <>
      <p role="status" className={rows.length === 0 ? styles.muted : "visually-hidden"}>
        {rows.length === 0 ? "No conversations found. Try another agent, person or date." : `${String(rows.length)} shown`}
      </p>
      <ul className={styles.list} aria-label="Conversations">
        {rows.map((each) => (
          <li key={each.id}>
            <button
              type="button"
              className={styles.row}
              onClick={() => {
                onOpen(each);
              }}
            >
              <span className={styles.names}>
                <bdi>{each.agent_name}</bdi> with <bdi>{each.person_name}</bdi>
              </span>
              <span className={styles.muted}>
                {each.last_at === null ? "Nothing was said" : `Last message ${dateAndTime(each.last_at)}`}
              </span>
              <ChevronRightRegular aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <Button disabledFocusable={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          More
        </Button>
      )}
    </>
  );
}

function asQuery({ agent, person, since, until }: Filters) {
  const agentId = agent?.identities.find(({ platform }) => platform === "contact_center")?.user_id;
  const from = beginOfDay(since);
  const to = beginOfDay(until, 1);
  return {
    ...(agentId && { agent_id: agentId }),
    ...(person && { person_id: person.id }),
    ...(from && { since: from }),
    ...(to && { until: to }),
  };
}
