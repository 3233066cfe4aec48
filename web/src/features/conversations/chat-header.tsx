import { Tooltip } from "@fluentui/react-components";
import { BackButton } from "../../components/ui/back-button";
import { PersonAvatar } from "../../components/ui/person-avatar";
import { PlatformIcons } from "../../components/ui/platform-icon";
import { PresenceLine } from "../../components/ui/presence-line";
import type { Conversation } from "../../realtime/protocol";
import { usePresence, useWatch } from "../../realtime/realtime-context";
import { useWorld } from "../../realtime/world";
import { dateAndTime } from "../../wording/moments";
import { platformsInWords, reachedIdentity } from "../../wording/platforms";
import { badgeOf } from "../../wording/presence";
import { ExportMenu } from "./export-menu";
import { useApart } from "./use-apart";
import styles from "./chat-header.module.css";

interface Props {
  conversation: Conversation;
  onBack?: (() => void) | undefined;
}

/** Whom one chats with, how reachable they are, and which of their accounts a message goes to. */
export function ChatHeader({ conversation, onBack }: Props) {
  const { person, reaches, complete_up_to } = conversation;
  const presence = usePresence(reachedIdentity(person, reaches)?.id);
  const isIncomplete = useWorld((world) => world.connection.state === "lost");
  useWatch([person.id]);
  const apart = useApart().get(conversation.id);

  const upTo = complete_up_to === null ? "" : ` Messages from Teams are complete up to ${dateAndTime(complete_up_to)}.`;
  return (
    <header className={styles.header}>
      {onBack !== undefined && <BackButton onBack={onBack} />}
      <PersonAvatar name={person.display_name} size={40} badge={badgeOf(presence)} />
      <div className={styles.who}>
        <h1 className={styles.name} dir="auto" title={person.display_name}>
          {person.display_name}
        </h1>
        <div className={styles.about}>
          <PresenceLine presence={presence} />
          {isIncomplete && complete_up_to !== null && (
            <span className={styles.upTo}>Complete up to {dateAndTime(complete_up_to)}</span>
          )}
          {apart !== undefined ? (
            <span className={styles.apart} dir="auto">
              {apart}
            </span>
          ) : (
            person.job_title !== null && (
              <span className={`${styles.apart ?? ""} ${styles.role ?? ""}`} dir="auto">
                {person.job_title}
              </span>
            )
          )}
        </div>
      </div>
      <Tooltip content={`Your messages go to ${platformsInWords(reaches)}.${upTo}`} relationship="description">
        {/* Focusable, so that the keyboard brings the rest of it up, too. */}
        <span className={styles.reaches} role="note" tabIndex={0}>
          <PlatformIcons platforms={reaches} />
          <span className={styles.reachesWords}>
            {reaches.length === 0 ? "Reaches no account now" : `Reaches ${platformsInWords(reaches)}`}
          </span>
        </span>
      </Tooltip>
      <ExportMenu conversationId={conversation.id} />
    </header>
  );
}
