import { ClockRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import type { Change, ChangeKind, Message } from "../../realtime/protocol";
import { PLATFORM_NAMES } from "../../wording/platforms";
import { Remedies } from "./delivery-line";
import styles from "./delivery-line.module.css";

const WORDS: Record<ChangeKind, string> = {
  edit: "Edit",
  deletion: "Deletion",
  restoration: "Undo",
  reaction: "Reaction",
  reaction_removal: "Taking back",
};

/** What was done to a message here and is not in Teams yet; nothing once it is there. */
export function ChangeLines({ message }: { message: Message }) {
  const { changes } = message;
  if (changes.length === 0) return null;
  return (
    <div className={styles.deliveries}>
      {changes.map((change) => (
        <Line key={`${change.kind}${change.reaction ?? ""}`} change={change} />
      ))}
      {changes.some((each) => each.state === "failed") && <Remedies message={message} />}
    </div>
  );
}

function Line({ change }: { change: Change }) {
  const { kind, reaction, state, reason, platform } = change;
  const Icon = state === "failed" ? ErrorCircleRegular : ClockRegular;
  const what = reaction === null ? WORDS[kind] : `${WORDS[kind]} ${reaction}`;
  return (
    <span className={styles.state} data-state={state}>
      <Icon aria-hidden />
      <span>
        {what} {state === "failed" ? "failed" : "queued"}{" "}
        <span className={styles.account}>· {PLATFORM_NAMES[platform]}</span>
        {reason !== null && <span className={styles.reason}>: {reason}</span>}
      </span>
    </span>
  );
}
