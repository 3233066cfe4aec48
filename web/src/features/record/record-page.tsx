import { Button, Field, Input, Spinner } from "@fluentui/react-components";
import { ChevronRightRegular } from "@fluentui/react-icons";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { BackButton } from "../../components/ui/back-button";
import { beginOfDay, dateAndTime } from "../../wording/moments";
import { type RecordFilters, usePerson } from "./filters";
import { PersonChoice } from "./person-choice";
import styles from "./record-page.module.css";

interface Props {
  filters: RecordFilters;
  onFilters: (part: Partial<RecordFilters>) => void;
  /** Where a conversation is, and what brings one back from there to what was found. */
  linkTo: (conversationId: string) => { to: string; state: unknown };
  /** The conversation that was open last: one goes on from there. */
  last: string | null;
  onBack?: (() => void) | undefined;
}

/** What was said in all conversations, with every former version: for supervisors, whose reading is written down. */
export function RecordPage({ filters, onFilters, linkTo, last, onBack }: Props) {
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
              onFilters({ agent });
            }}
          />
          <PersonChoice
            label="With"
            chosen={filters.person}
            onChoose={(person) => {
              onFilters({ person });
            }}
          />
          <Field label="From">
            <Input
              type="date"
              value={filters.since}
              onChange={(_, { value }) => {
                onFilters({ since: value });
              }}
            />
          </Field>
          <Field label="To">
            <Input
              type="date"
              value={filters.until}
              onChange={(_, { value }) => {
                onFilters({ until: value });
              }}
            />
          </Field>
        </div>
        <Found filters={filters} linkTo={linkTo} last={last} />
      </div>
    </div>
  );
}

function Found({ filters, linkTo, last }: Pick<Props, "filters" | "linkTo" | "last">) {
  const { agent, person } = filters;
  const theAgent = usePerson(agent);
  // The record asks for the user, whom the address does not name, as people are found by their ids.
  const userId = theAgent.data?.identities.find(({ platform }) => platform === "contact_center")?.user_id;
  const found = useInfiniteQuery({
    queryKey: ["record", filters, userId],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/record/conversations", {
          params: {
            query: {
              ...(userId != null && { agent_id: userId }),
              ...(person !== "" && { person_id: person }),
              ...daysOf(filters),
              ...(pageParam !== null && { after: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    enabled: agent === "" || userId != null,
  });
  const rows = found.data?.pages.flatMap((page) => page.conversations) ?? [];
  const error = theAgent.error ?? found.error;
  if (agent !== "" && theAgent.isSuccess && userId == null) {
    return <p role="status">{theAgent.data.display_name} is not an agent any more. Choose somebody else.</p>;
  }
  if (error !== null && (theAgent.isError || rows.length === 0)) {
    return (
      <div role="alert">
        <p>{sentenceOf(error)}</p>
        <Button onClick={() => void (theAgent.isError ? theAgent : found).refetch()}>Try again</Button>
      </div>
    );
  }
  if (found.isPending) return <Spinner label="Loading conversations" />;
  return (
    <>
      <p role="status" className={rows.length === 0 ? styles.muted : "visually-hidden"}>
        {rows.length === 0 ? "No conversations found. Try another agent, person or date." : `${String(rows.length)} shown`}
      </p>
      <ul className={styles.list} aria-label="Conversations">
        {rows.map((each) => (
          <li key={each.id}>
            <Link {...linkTo(each.id)} className={styles.row} ref={each.id === last ? goOnHere : undefined}>
              <span className={styles.names}>
                <bdi>{each.agent_name}</bdi> with <bdi>{each.person_name}</bdi>
              </span>
              <span className={styles.muted}>
                {each.last_at === null ? "Nothing was said" : `Last message ${dateAndTime(each.last_at)}`}
              </span>
              <ChevronRightRegular aria-hidden />
            </Link>
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

/** Unless one is already somewhere else. */
function goOnHere(row: HTMLAnchorElement | null): void {
  if (document.activeElement === document.body) row?.focus();
}

function daysOf({ since, until }: RecordFilters) {
  const from = beginOfDay(since);
  const to = beginOfDay(until, 1);
  return { ...(from && { since: from }), ...(to && { until: to }) };
}
