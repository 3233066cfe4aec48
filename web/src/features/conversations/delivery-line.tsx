import { Button, Spinner, Tooltip } from "@fluentui/react-components";
import { CheckmarkRegular, ClockRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import type { Delivery, DeliveryState, Message } from "../../realtime/protocol";
import { PLATFORM_NAMES, platformsInWords } from "../../wording/platforms";
import styles from "./delivery-line.module.css";
import { useMessageActions } from "./use-message-actions";

const WORDS: Record<DeliveryState, string> = { queued: "Queued", sent: "Sent", failed: "Failed" };
const ICONS: Record<DeliveryState, typeof CheckmarkRegular> = {
  queued: ClockRegular,
  sent: CheckmarkRegular,
  failed: ErrorCircleRegular,
};

/** Nothing more to say than that every account has it. */
export function isSentWholly({ deliveries }: Message): boolean {
  return deliveries.length > 0 && deliveries.every((each) => each.state === "sent" && each.reason === null);
}

/** One sign instead of a line, for messages with more of the same author below them. */
export function SentMark({ message }: { message: Message }) {
  const words = `Sent to ${platformsInWords(message.deliveries.map((each) => each.platform))}`;
  return (
    <Tooltip content={words} relationship="inaccessible">
      <span className={styles.mark}>
        <CheckmarkRegular aria-hidden />
        <span className="visually-hidden">{words}</span>
      </span>
    </Tooltip>
  );
}

/** How far an own message has come on its way to each account; one line while all accounts agree. */
export function DeliveryLine({ message }: { message: Message }) {
  const { deliveries } = message;
  const first = deliveries[0];
  if (first === undefined || message.deleted_at !== null) return null;
  const areAlike = deliveries.every((each) => each.state === first.state && each.reason === first.reason);
  const hasFailed = deliveries.some((each) => each.state === "failed");
  return (
    <div className={styles.deliveries}>
      {areAlike ? (
        <State delivery={first} account={platformsInWords(deliveries.map((each) => each.platform))} />
      ) : (
        deliveries.map((each) => <State key={each.platform} delivery={each} account={PLATFORM_NAMES[each.platform]} />)
      )}
      {hasFailed && <Remedies message={message} />}
    </div>
  );
}

function State({ delivery, account }: { delivery: Delivery; account: string }) {
  const { state, reason } = delivery;
  const Icon = ICONS[state];
  return (
    <span className={styles.state} data-state={state}>
      <Icon aria-hidden />
      <span>
        {WORDS[state]} <span className={styles.account}>{state === "sent" ? `to ${account}` : `· ${account}`}</span>
        {reason !== null && <span className={styles.reason}>: {reason}</span>}
      </span>
    </span>
  );
}

/** What to do about what failed: once more, or not at all. */
export function Remedies({ message }: { message: Message }) {
  const { act, isPending } = useMessageActions(message);
  return (
    <span className={styles.remedies}>
      <Button
        size="small"
        appearance="outline"
        disabledFocusable={isPending}
        icon={isPending ? <Spinner size="extra-tiny" /> : null}
        onClick={() => {
          act({ type: "retry" });
        }}
      >
        Try again
      </Button>
      <Button
        size="small"
        appearance="subtle"
        disabledFocusable={isPending}
        onClick={() => {
          act({ type: "discard" });
        }}
      >
        Discard
      </Button>
    </span>
  );
}
