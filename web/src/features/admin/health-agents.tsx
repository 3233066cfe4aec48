import { Button, MessageBar, MessageBarBody, SearchBox, Select } from "@fluentui/react-components";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Fragment, useDeferredValue, useState } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { ConnectionBadge } from "../../components/ui/connection-badge";
import { dateAndTime } from "../../wording/moments";
import styles from "./admin-page.module.css";
import { DataRow, DataTable } from "./data-table";
import own from "./health-section.module.css";

type Agent = Schemas["AgentHealth"];
type AgentChoice = Schemas["AgentChoice"];

const SHOW: Record<AgentChoice, string> = {
  all: "All agents",
  to_look_at: "To look at",
  connected: "Connected",
  not_connected: "Not connected",
  lost: "Connection lost",
};

/** Each agent's connection with its remedy, what is to be looked at first. */
export function HealthAgents({ counts }: { counts: Schemas["ConnectionCounts"] }) {
  const [show, setShow] = useState<AgentChoice>("all");
  const [typed, setTyped] = useState("");
  const search = useDeferredValue(typed.trim());
  const agents = useInfiniteQuery({
    queryKey: ["admin", "health", "agents", show, search],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET("/api/v1/admin/health/agents", { signal, params: { query: { show, search, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
  const listed = agents.data?.pages.flatMap((page) => page.agents) ?? [];
  const all = counts.connected + counts.lost + counts.not_connected;
  return (
    <>
      <div className={styles.head}>
        <h3>Agents</h3>
        <div className={own.filters}>
          <Select
            aria-label="Which agents"
            value={show}
            onChange={(_, { value }) => {
              setShow(value as AgentChoice);
            }}
          >
            {Object.entries(SHOW).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </Select>
          <SearchBox
            aria-label="Search agents"
            placeholder="Search agents"
            value={typed}
            onChange={(_, { value }) => {
              setTyped(value);
            }}
          />
        </div>
      </div>
      <p className={styles.muted}>
        {counts.connected.toLocaleString()} of {all.toLocaleString()} agents are connected to Microsoft Teams.
      </p>
      {agents.isError && (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(agents.error)}</MessageBarBody>
        </MessageBar>
      )}
      {agents.isSuccess && listed.length === 0 && (
        <p className={styles.muted}>{all === 0 ? "There are no agents in Teams." : "No such agents."}</p>
      )}
      {listed.length > 0 && (
        <DataTable label="Agents’ connections" columns={COLUMNS}>
          {listed.map((each) => (
            <AgentRow key={each.user_id} {...each} />
          ))}
        </DataTable>
      )}
      {agents.hasNextPage && (
        <Button
          disabledFocusable={agents.isFetchingNextPage}
          onClick={() => {
            void agents.fetchNextPage();
          }}
        >
          Show more
        </Button>
      )}
    </>
  );
}

const COLUMNS = [{ name: "Agent" }, { name: "Microsoft Teams" }, { name: "Microsoft tells" }, { name: "What helps" }];

function AgentRow({ display_name, username, connection, messages_until, presence_until, ...rest }: Agent) {
  return (
    <DataRow
      label={display_name}
      cells={[
        <Fragment key="agent">
          <div dir="auto">{display_name}</div>
          <div className={styles.small}>{username}</div>
        </Fragment>,
        <Fragment key="teams">
          <ConnectionBadge state={connection.state} />
          {connection.microsoft_username != null && <div className={styles.small}>{connection.microsoft_username}</div>}
          {connection.since != null && <div className={styles.small}>Since {dateAndTime(connection.since)}</div>}
        </Fragment>,
        <div key="tells" className={styles.small}>
          {messages_until !== null && <div>Messages until {dateAndTime(messages_until)}</div>}
          {presence_until !== null && <div>Presence until {dateAndTime(presence_until)}</div>}
          {messages_until === null && presence_until === null && "Nothing"}
        </div>,
        remedies({ connection, messages_until, ...rest }).map((each) => <div key={each}>{each}</div>),
      ]}
    />
  );
}

/** In words; “Nothing to do” where all is well. */
function remedies(agent: Pick<Agent, "connection" | "messages_until" | "asked_to_wait_until" | "not_told_at">): string[] {
  const { connection, messages_until, asked_to_wait_until, not_told_at } = agent;
  const found: string[] = [];
  if (connection.remedy != null) found.push(connection.remedy);
  else if (connection.state === "not_connected") found.push("The agent connects: My profile > Settings.");
  if (connection.state === "connected" && messages_until === null) {
    found.push("Microsoft tells nothing at the moment. It is asked again by itself.");
  }
  if (asked_to_wait_until !== null) found.push(`Microsoft asks to wait until ${dateAndTime(asked_to_wait_until)}.`);
  if (not_told_at !== null) found.push(`Something that was not told was read at ${dateAndTime(not_told_at)}.`);
  return found.length > 0 ? found : ["Nothing to do"];
}
