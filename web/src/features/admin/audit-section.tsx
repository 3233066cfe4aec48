import { Badge, Button, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Fragment } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { dateAndTime } from "../../wording/moments";
import { DownloadLink } from "../../components/ui/download-link";
import styles from "./admin-page.module.css";
import { DataRow, DataTable } from "./data-table";

type Entry = Schemas["Entry"];

/** Who did what to whom, when and from where; and the proof that nobody changed it afterwards. */
export function AuditSection() {
  const log = useInfiniteQuery({
    queryKey: ["admin", "audit"],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET("/api/v1/admin/audit", { signal, params: { query: { before: pageParam } } })),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const proof = useMutation({ mutationFn: () => answerOf(api.GET("/api/v1/admin/audit/proof")) });
  const entries = log.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <section className={styles.section} aria-labelledby="audit">
      <div className={styles.head}>
        <h2 id="audit">Audit log</h2>
        <div className={styles.tools}>
          <DownloadLink href="/api/v1/admin/audit.csv">
            Export CSV
          </DownloadLink>
          <Button
            disabledFocusable={proof.isPending}
            onClick={() => {
              proof.mutate();
            }}
          >
            Verify
          </Button>
        </div>
      </div>
      <div role="status">
        {proof.isSuccess && <Proof proof={proof.data} />}
        {proof.isError && <Problem error={proof.error} />}
      </div>
      {log.isError && <Problem error={log.error} />}
      {log.isSuccess && entries.length === 0 && <p className={styles.muted}>Nothing was recorded yet.</p>}
      {entries.length > 0 && (
        <DataTable label="Entries of the audit log" columns={COLUMNS}>
          {entries.map((each) => (
            <EntryRow key={each.number} {...each} />
          ))}
        </DataTable>
      )}
      {log.hasNextPage && (
        <Button
          disabledFocusable={log.isFetchingNextPage}
          onClick={() => {
            void log.fetchNextPage();
          }}
        >
          Show more
        </Button>
      )}
    </section>
  );
}

function Proof({ proof }: { proof: Schemas["AuditProof"] }) {
  if (proof.wrong_at !== null) {
    return (
      <MessageBar intent="error" layout="multiline">
        <MessageBarBody>
          The log was changed outside of Deskbridge: it does not hold at entry {proof.wrong_at}.
        </MessageBarBody>
      </MessageBar>
    );
  }
  return (
    <MessageBar intent="success" layout="multiline">
      <MessageBarBody>
        The log is as it was written: {proof.entries.toLocaleString()} entries, the last one closed by{" "}
        {proof.last_hash.slice(0, 16)}…
      </MessageBarBody>
    </MessageBar>
  );
}

function Problem({ error }: { error: Error }) {
  return (
    <MessageBar intent="error">
      <MessageBarBody>{sentenceOf(error)}</MessageBarBody>
    </MessageBar>
  );
}

const COLUMNS = [{ name: "When" }, { name: "Who" }, { name: "What" }, { name: "Whom" }, { name: "From" }];

function EntryRow({ number, at, who, action, detail, whom, origin }: Entry) {
  return (
    <DataRow
      cells={[
        at === null ? `Entry ${number.toLocaleString()}` : dateAndTime(at),
        <bdi key="who">{who}</bdi>,
        <Fragment key="what">
          <What action={action} />
          <Details {...detail} />
        </Fragment>,
        <bdi key="whom">{whom ?? "–"}</bdi>,
        origin,
      ]}
    />
  );
}

/** Whom and what an entry speaks of comes in words; the ids are for whoever points at them. */
function Details({ conversation, identities, id, ...said }: Entry["detail"]) {
  const ids = [conversation, identities, id].filter((each) => each !== undefined);
  return (
    <div className={styles.small} title={ids.length > 0 ? ids.join(", ") : undefined}>
      {Object.entries(said).map(([name, value]) => (
        <div key={name}>
          {inWords(name)}: {momentsInWords(value)}
        </div>
      ))}
    </div>
  );
}

function What({ action }: { action: Entry["action"] }) {
  if (action === "sign_in_failed") return <Badge color="warning">{inWords(action)}</Badge>;
  if (action !== "unreadable") return inWords(action);
  return (
    <>
      <Badge color="danger">Unreadable</Badge>
      <div className={styles.small}>This entry was changed outside of Deskbridge. Verify says where the log breaks.</div>
    </>
  );
}

function inWords(code: string): string {
  const words = code.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Moments within a detail are written as programs read them. */
function momentsInWords(detail: string): string {
  return detail.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/g, dateAndTime);
}
