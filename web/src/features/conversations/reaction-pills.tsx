import { Tooltip } from "@fluentui/react-components";
import type { Message } from "../../realtime/protocol";
import { hasReacted } from "./message-actions";
import styles from "./reaction-pills.module.css";
import type { useMessageActions } from "./use-message-actions";

interface Props {
  message: Message;
  userId: string;
  act: ReturnType<typeof useMessageActions>["act"];
}

/** Who reacted how, counted; pressing one joins in or takes one's own back. */
export function ReactionPills({ message, userId, act }: Props) {
  if (message.reactions.length === 0 || message.deleted_at !== null) return null;
  return (
    <ul className={styles.reactions} aria-label="Reactions">
      {message.reactions.map(({ reaction, by }) => {
        const isMine = hasReacted(message, reaction, userId);
        // A custom reaction of Teams has a name only, and cannot be set from here.
        const isEmoji = !/[a-z0-9]/i.test(reaction.replace(/^[0-9]\uFE0F?\u20E3$/, ""));
        return (
          <li key={reaction}>
            <Tooltip content={by.join(", ")} relationship="description">
              <button
                type="button"
                className={styles.reaction}
                aria-pressed={isMine}
                aria-disabled={!isEmoji}
                onClick={() => {
                  if (isEmoji) act({ type: "react", reaction, isSet: !isMine });
                }}
              >
                <span dir="auto">{reaction}</span> <span>{by.length}</span>
              </button>
            </Tooltip>
          </li>
        );
      })}
    </ul>
  );
}
