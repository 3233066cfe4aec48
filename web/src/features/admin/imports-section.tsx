import { Badge, Button, MessageBar, MessageBarBody, ProgressBar } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { dateAndTime } from "../../wording/moments";
import styles from "./admin-page.module.css";

type Import = Schemas["ImportView"];

const importsKey = ["admin", "imports"];

/** Imports of the organization's Teams users: the running one with its counts, the last ones as reports. */
export function ImportsSection() {
  const client = useQueryClient();
  const notify = useNotify();
  const imports = useQuery({
    queryKey: importsKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/imports", { signal })),
    refetchInterval: ({ state }) => (state.data?.some(isRunning) === true ? 1_000 : false),
  });
  const begin = useMutation({
    mutationFn: () => answerOf(api.POST("/api/v1/admin/imports")),
    onSettled: () => client.invalidateQueries({ queryKey: importsKey }),
    onError: (error) => {
      notify("error", "The import was not started.", sentenceOf(error));
    },
  });
  const running = imports.data?.find(isRunning);

  return (
    <section className={styles.section} aria-labelledby="imports">
      <div className={styles.head}>
        <h2 id="imports">Import of Microsoft Teams users</h2>
        <Button
          appearance="primary"
          icon={<ArrowDownloadRegular />}
          disabledFocusable={running !== undefined || begin.isPending}
          onClick={() => {
            begin.mutate();
          }}
        >
          Import now
        </Button>
      </div>
      {running !== undefined && (
        <div role="status">
          <ProgressBar aria-label="Import" />
          <p className={styles.muted}>
            Importing: {counted(running.read)} read, {counted(running.added)} added, {counted(running.changed)} changed,{" "}
            {counted(running.merged)} merged
          </p>
        </div>
      )}
      {imports.isError && (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(imports.error)}</MessageBarBody>
        </MessageBar>
      )}
      {imports.data?.length === 0 && (
        <p className={styles.muted}>
          Nothing was imported yet. An import can be repeated at any time; it changes only what changed.
        </p>
      )}
      {imports.data !== undefined && imports.data.length > 0 && <Reports imports={imports.data} />}
    </section>
  );
}

function isRunning({ state }: Import): boolean {
  return state === "running";
}

function counted(count: number): string {
  return count.toLocaleString();
}

function Reports({ imports }: { imports: Import[] }) {
  const numbers = ["read", "added", "changed", "merged", "removed"] as const;
  return (
    <div className={styles.tableBox} tabIndex={0} role="region" aria-label="Last imports">
      <table className={styles.table}>
        <thead>
          <tr>
            <th>Started</th>
            <th>Result</th>
            {numbers.map((each) => (
              <th key={each} className={styles.number}>
                {each.charAt(0).toUpperCase() + each.slice(1)}
              </th>
            ))}
            <th className={styles.number}>Skipped</th>
          </tr>
        </thead>
        <tbody>
          {imports.map((each) => (
            <tr key={each.id}>
              <td>{dateAndTime(each.started_at)}</td>
              <td>
                <Outcome each={each} />
              </td>
              {numbers.map((number) => (
                <td key={number} className={styles.number}>
                  {counted(each[number])}
                </td>
              ))}
              <td className={styles.number}>
                <Skipped reasons={each.skipped} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Outcome({ each }: { each: Import }) {
  if (each.state === "running") return <Badge color="informative">Running</Badge>;
  if (each.state === "done") return <Badge color="success">Done</Badge>;
  return (
    <>
      <Badge color="danger">Failed</Badge>
      {each.error !== null && <div className={styles.small}>{each.error}</div>}
    </>
  );
}

/** How many were left out, and why. */
function Skipped({ reasons }: { reasons: Import["skipped"] }) {
  return (
    <>
      {counted(reasons.reduce((sum, { count }) => sum + count, 0))}
      {reasons.map(({ reason, words, count }) => (
        <div key={reason} className={styles.small}>
          {words} {counted(count)}
        </div>
      ))}
    </>
  );
}
