import { Button, Spinner, Tooltip } from "@fluentui/react-components";
import { CheckmarkRegular, ClockRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import { useMutation } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { withMessage } from "../../realtime/apply-event";
import type { Delivery, DeliveryState, Message } from "../../realtime/protocol";
import { useChangeWorld } from "../../realtime/world";
import { PLATFORM_NAMES, platformsInWords } from "../../wording/platforms";
import styles from "./delivery-line.module.css";

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
      {hasFailed && <TryAgain message={message} />}
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

function TryAgain({ message }: { message: Message }) {
  const changeWorld = useChangeWorld();
  const notify = useNotify();
  const retry = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST("/api/v1/conversations/{conversation_id}/messages/{message_id}/retry", {
          params: { path: { conversation_id: message.conversation_id, message_id: message.id } },
        }),
      ),
    onSuccess: (fresh) => {
      changeWorld((world) => withMessage(world, fresh));
    },
    onError: (error) => {
      notify("error", "The message was not sent again.", sentenceOf(error));
    },
  });
  return (
    <Button
      size="small"
      appearance="outline"
      disabledFocusable={retry.isPending}
      icon={retry.isPending ? <Spinner size="extra-tiny" /> : null}
      onClick={() => {
        retry.mutate();
      }}
    >
      Try again
    </Button>
  );
}
