import { Button, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { DownloadLink } from "../../components/ui/download-link";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";
import { CsvImport } from "./csv-import";
import { ImportProgress } from "./import-progress";
import { ImportReports } from "./import-reports";
import { ImportSchedule } from "./import-schedule";
import { importsKey, matchesKey, type Import } from "./imports-key";

/** Imports of people: what runs, when and whom, from a file, and the last ones as reports (D1). */
export function ImportsSection() {
  const client = useQueryClient();
  const notify = useNotify();
  const imports = useQuery({
    queryKey: importsKey,
    queryFn: async ({ signal }) => {
      const found = await answerOf(api.GET("/api/v1/admin/imports", { signal }));
      // An import finds out who is to be decided about.
      if (!found.some(isRunning)) void client.invalidateQueries({ queryKey: matchesKey });
      return found;
    },
    refetchInterval: ({ state }) => (state.data?.some(isRunning) === true ? 1_000 : 60_000),
  });
  const begin = useMutation({
    mutationFn: (full: boolean) => answerOf(api.POST("/api/v1/admin/imports", { params: { query: { full } } })),
    onSettled: () => client.invalidateQueries({ queryKey: importsKey }),
    onError: (error) => {
      notify("error", "The import was not started.", sentenceOf(error));
    },
  });
  const running = imports.data?.find(isRunning);
  const isBusy = running !== undefined || begin.isPending;

  return (
    <section className={styles.section} aria-labelledby="imports">
      <div className={styles.head}>
        <h2 id="imports">Import of people</h2>
        <div className={styles.buttons}>
          <Button
            appearance="primary"
            icon={<ArrowDownloadRegular />}
            disabledFocusable={isBusy}
            onClick={() => {
              begin.mutate(false);
            }}
          >
            Import now
          </Button>
          <Button
            disabledFocusable={isBusy}
            onClick={() => {
              begin.mutate(true);
            }}
          >
            Read everybody again
          </Button>
        </div>
      </div>
      <p className={styles.muted}>
        Import now reads from Microsoft what changed since the last time; everybody the first time. It can be repeated at
        any time.{" "}
        <DownloadLink href="/api/v1/admin/contacts.csv" inline>
          Export all contacts as CSV
        </DownloadLink>
        {imports.data !== undefined && imports.data.length > 0 && (
          <>
            {" · "}
            <DownloadLink href="/api/v1/admin/imports.csv" inline>
              Export all imports as CSV
            </DownloadLink>
          </>
        )}
      </p>
      {running !== undefined && <ImportProgress running={running} />}
      {imports.isError && (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(imports.error)}</MessageBarBody>
        </MessageBar>
      )}
      <ImportSchedule />
      <CsvImport isBusy={isBusy} />
      {imports.data?.length === 0 && <p className={styles.muted}>Nothing was imported yet.</p>}
      {imports.data !== undefined && imports.data.length > 0 && <ImportReports imports={imports.data} />}
    </section>
  );
}

function isRunning({ state }: Import): boolean {
  return state === "running";
}
