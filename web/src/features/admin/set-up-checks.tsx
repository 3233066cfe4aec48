import { Badge, Button, Link, MessageBar, MessageBarBody, Spinner } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import styles from "./admin-page.module.css";
import { checksKey } from "./set-up-key";
import own from "./set-up.module.css";

type Finding = Schemas["FindingView"];

const BADGES: Record<Finding["severity"], { color: "success" | "informative" | "warning" | "danger"; words: string }> = {
  ok: { color: "success", words: "OK" },
  unknown: { color: "informative", words: "Not known" },
  warning: { color: "warning", words: "Look" },
  problem: { color: "danger", words: "Mend" },
};

/** What the doctor finds, looked at when the page opens and whenever somebody asks. */
export function SetUpChecks() {
  const checks = useQuery({
    queryKey: checksKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/checks", { signal })),
    retry: false,
  });
  return (
    <section className={styles.section} aria-labelledby="checks">
      <div className={styles.head}>
        <h2 id="checks">4. Check</h2>
        <Button disabledFocusable={checks.isFetching} onClick={() => void checks.refetch()}>
          {checks.isFetching ? "Checking …" : "Check again"}
        </Button>
      </div>
      {checks.isPending && <Spinner size="small" label="Asking Microsoft" />}
      {checks.isError && (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(checks.error)}</MessageBarBody>
        </MessageBar>
      )}
      {checks.isSuccess && (
        <ul className={own.findings} aria-live="polite">
          {checks.data.map(({ severity, about, says, remedy }) => (
            <li key={`${about} ${says}`}>
              <Badge appearance="tint" color={BADGES[severity].color} className={own.badge}>
                {BADGES[severity].words}
              </Badge>
              <div>
                <strong>{capitalized(about)}</strong>: {says}
                {remedy !== null && severity !== "ok" && <Remedy text={remedy} />}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** An address at its end can be opened. */
function Remedy({ text }: { text: string }) {
  const at = text.search(/https?:\/\/\S+$/);
  if (at < 0) return <p className={styles.muted}>{text}</p>;
  return (
    <p className={styles.muted}>
      {text.slice(0, at)}
      <Link inline href={text.slice(at)} target="_blank" rel="noreferrer">
        {text.slice(at)}
      </Link>
    </p>
  );
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
