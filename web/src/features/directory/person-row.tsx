import { ChatAddRegular } from "@fluentui/react-icons";
import { memo, useId } from "react";
import { PersonAvatar } from "../../components/ui/person-avatar";
import { PlatformIcons } from "../../components/ui/platform-icon";
import { PresenceLine } from "../../components/ui/presence-line";
import type { Person } from "../../realtime/protocol";
import { usePresence } from "../../realtime/realtime-context";
import { badgeOf } from "../../wording/presence";
import { mainIdentity } from "../../wording/platforms";
import { IdentityList } from "./identity-details";
import type { Deciding } from "./person-decisions";
import styles from "./person-row.module.css";
import { useRefusal } from "./refusals";
import type { StartConversation } from "./start-conversation";

interface Props {
  person: Person;
  isOpen: boolean;
  /** Whether there is room for the job title beside the name. */
  isWide: boolean;
  canStart: boolean;
  onToggle: (personId: string) => void;
  onStart: (start: StartConversation) => void;
  onDecide: (deciding: Deciding) => void;
}

/** One entry of the directory: who, how reachable, where, and ways to start a chat.
 * Remembered, because the list around it renders with every step of scrolling; with buttons of the browser's own, as
 * whoever scrolls fast sees hundreds of rows a second, and Fluent's take as long as all the rest of a row. */
export const PersonRow = memo(function PersonRow({ person, isOpen, isWide, canStart, onToggle, onStart, onDecide }: Props) {
  const presence = usePresence(mainIdentity(person)?.id);
  const refusal = useRefusal(mainIdentity(person)?.id);
  const listId = useId();
  const start = (route: StartConversation["route"]) => {
    onStart({ person_id: person.id, route });
  };
  const role = [person.job_title, person.department].filter(Boolean).join(" · ");

  return (
    <div className={styles.row} data-open={isOpen} data-wide={isWide}>
      <PersonAvatar name={person.display_name} badge={badgeOf(presence)} />
      <div className={styles.name}>
        <span className={styles.words} dir="auto" title={person.display_name}>
          {person.display_name}
        </span>
        {canStart && refusal === undefined && (
          <button
            type="button"
            className={styles.start}
            aria-label="Start a chat"
            title="Start a chat"
            onClick={() => {
              start("main");
            }}
          >
            <ChatAddRegular />
          </button>
        )}
      </div>
      <div className={styles.role} dir="auto" title={role}>
        {role}
      </div>
      <div className={styles.icons}>
        <PlatformIcons platforms={person.identities.map((each) => each.platform)} hasSlots />
      </div>
      <div className={styles.under}>
        <PresenceLine presence={presence} />
        <button
          type="button"
          className={styles.more}
          aria-expanded={isOpen}
          aria-controls={listId}
          onClick={() => {
            onToggle(person.id);
          }}
        >
          {isOpen ? "Show less" : "Show more"}
        </button>
      </div>
      {isOpen && (
        <div className={styles.identities}>
          <IdentityList id={listId} person={person} onStart={canStart ? start : undefined} onDecide={onDecide} />
        </div>
      )}
    </div>
  );
});
