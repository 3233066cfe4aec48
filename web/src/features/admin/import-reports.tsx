import { Badge, Button } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { answerOf } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { fetchProved } from "../../api/proof";
import { DownloadLink } from "../../components/ui/download-link";
import { dateAndTime } from "../../wording/moments";
import styles from "./admin-page.module.css";
import { DataRow, DataTable } from "./data-table";
import { counted, type Import } from "./imports-key";

const NUMBERS = ["read", "added", "changed", "merged", "removed"] as const;
const COLUMNS = [
  { name: "Started" },
  { name: "Result" },
  ...NUMBERS.map((each) => ({ name: each.charAt(0).toUpperCase() + each.slice(1), isAtEnd: true as const })),
  { name: "Skipped" },
  { name: "Report" },
];
const MOST_ROWS = 50;

/** The last imports, each with its counts, whom it left out and why, and the whole report as a file. */
export function ImportReports({ imports }: { imports: Import[] }) {
  return (
    <DataTable label="Last imports" columns={COLUMNS}>
      {imports.map((each) => (
        <Report key={each.id} each={each} />
      ))}
    </DataTable>
  );
}

function Report({ each }: { each: Import }) {
  const [isOpen, setIsOpen] = useState(false);
  const started = dateAndTime(each.started_at);
  return (
    <DataRow
      cells={[
        <Fragment key="started">
          {started}
          <div className={styles.small}>{kindInWords(each)}</div>
        </Fragment>,
        <Outcome key="result" each={each} />,
        ...NUMBERS.map((number) => counted(each[number])),
        <Skipped key="skipped" reasons={each.skipped} />,
        each.state !== "running" && (
          <div key="report" className={styles.actions}>
            <DownloadLink href={`/api/v1/admin/imports/${each.id}/report`} label={`Download the report of ${started}`}>
              Download
            </DownloadLink>
            <Button
              size="small"
              aria-expanded={isOpen}
              aria-label={`By name, ${started}`}
              onClick={() => {
                setIsOpen(!isOpen);
              }}
            >
              By name
            </Button>
          </div>
        ),
      ]}
      below={isOpen ? <ByName id={each.id} /> : undefined}
    />
  );
}

interface Entry {
  kind: string;
  line: number | null;
  name: string;
  address: string | null;
  words: string;
}

/** Who was merged, left out or removed, with the reason in words; the beginning of it, the rest is in the file. */
function ByName({ id }: { id: string }) {
  const report = useQuery({
    queryKey: ["admin", "import-report", id],
    queryFn: async ({ signal }) => {
      const asked = fetchProved(
        new Request(`/api/v1/admin/imports/${id}/report?format=json`, { signal }),
      );
      const whole = await answerOf<{ people: Entry[] }>(
        asked.then(async (response) => ({ response, data: (await response.json()) as { people: Entry[] } })),
      );
      return { first: whole.people.slice(0, MOST_ROWS), total: whole.people.length };
    },
  });
  if (report.isError) return <p role="alert">{sentenceOf(report.error)}</p>;
  if (report.data === undefined) return <p className={styles.muted}>Reading the report…</p>;
  const { first, total } = report.data;
  if (total === 0) return <p className={styles.muted}>Nobody was merged, left out or removed.</p>;
  return (
    <>
      <ul className={styles.entries}>
        {first.map((each, place) => (
          <li key={place}>
            {each.line !== null && <span className={styles.small}>Line {counted(each.line)} </span>}
            <strong>{each.name === "" ? (each.address ?? "No name") : each.name}</strong>
            {each.name !== "" && each.address !== null && <span className={styles.small}> {each.address}</span>}: {each.words}
          </li>
        ))}
      </ul>
      {total > first.length && (
        <p className={styles.small}>
          The first {counted(first.length)} of {counted(total)}; all of them are in the file.
        </p>
      )}
    </>
  );
}

function kindInWords(each: Import): string {
  const what = each.kind === "csv" ? "From a file" : each.is_full ? "Everybody" : "What changed";
  return each.is_scheduled ? `${what}, by itself` : what;
}

function Outcome({ each }: { each: Import }) {
  if (each.state === "running") return <Badge color="informative">Running</Badge>;
  if (each.state === "failed") {
    return (
      <>
        <Badge color="danger">Failed</Badge>
        {each.error !== null && <div className={styles.small}>{each.error}</div>}
      </>
    );
  }
  return (
    <>
      <Badge color="success">Done</Badge>
      {each.ambiguous > 0 && <div className={styles.small}>{counted(each.ambiguous)} to decide</div>}
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
          {words.replace(/\.$/, "")}: {counted(count)}
        </div>
      ))}
    </>
  );
}
