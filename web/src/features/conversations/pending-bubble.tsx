import { Button } from "@fluentui/react-components";
import { ClockRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import { timeOfDay } from "../../wording/moments";
import { useDrawer } from "../../drawer/drawer-context";
import { attachAgain } from "./attached";
import { FilesOnTheWay } from "../../components/ui/attachment-cards";
import { addToDraft } from "./drafts";
import bubble from "./message-bubble.module.css";
import styles from "./delivery-line.module.css";
import type { Pending } from "./outbox";
import { useOutbox } from "./outbox-context";
import { htmlFromText } from "./written";

/** Written here, not yet acknowledged by the server: it waits, and says so. */
export function PendingBubble({
  pending,
  isFirst,
}: {
  pending: Pending;
  isFirst: boolean;
}) {
  const outbox = useOutbox();
  return (
    <li
      className={bubble.row}
      data-own="true"
      data-first={isFirst}
      data-last="true"
      data-client-id={pending.client_id}
    >
      <div className={bubble.body}>
        <div className={isFirst ? bubble.byline : "visually-hidden"}>
          <span className="visually-hidden">You</span>{" "}
          <time dateTime={pending.created_at}>
            {timeOfDay(pending.created_at)}
          </time>
        </div>
        <div className={bubble.bubble}>
          {pending.text !== "" && (
            <div className={bubble.plain} dir="auto">
              {pending.text}
            </div>
          )}
          <FilesOnTheWay files={pending.files ?? []} />
        </div>
        <div className={styles.deliveries}>
          {pending.problem === null ? (
            <span className={styles.state} data-state="queued">
              <ClockRegular aria-hidden /> Queued
            </span>
          ) : (
            <Stopped
              pending={pending}
              problem={pending.problem}
              outbox={outbox}
            />
          )}
        </div>
      </div>
    </li>
  );
}

function Stopped({
  pending,
  problem,
  outbox,
}: {
  pending: Pending;
  problem: string;
  outbox: ReturnType<typeof useOutbox>;
}) {
  const drawer = useDrawer();
  return (
    <>
      <span className={styles.state} data-state="failed" role="alert">
        <ErrorCircleRegular aria-hidden />
        <span>Failed: {problem}</span>
      </span>
      <Button
        size="small"
        appearance="outline"
        onClick={() => {
          outbox.retry(pending.client_id);
        }}
      >
        Try again
      </Button>
      <Button
        size="small"
        appearance="subtle"
        onClick={() => {
          addToDraft(
            drawer,
            pending.conversation_id,
            pending.html ?? htmlFromText(pending.text),
          );
          attachAgain(drawer, pending.conversation_id, pending.files ?? []);
          outbox.remove(pending.client_id);
        }}
      >
        Edit
      </Button>
    </>
  );
}
