import { memo } from "react";
import { PersonAvatar } from "../../components/ui/person-avatar";
import { PlatformSlots } from "../../components/ui/platform-icon";
import { PresenceLine } from "../../components/ui/presence-line";
import signs from "../../components/ui/signs.module.css";
import type { Person } from "../../realtime/protocol";
import { usePresence } from "../../realtime/realtime-context";
import { badgeOf } from "../../wording/presence";
import { mainIdentity } from "../../wording/platforms";
import { IdentityList } from "./identity-details";
import type { Deciding } from "./person-decisions";
import styles from "./person-row.module.css";
import { useRefusal } from "./refusals";
import { useHeight } from "./row-window";
import type { StartConversation } from "./start-conversation";

interface Props {
  person: Person;
  index: number;
  /** How far below the top of the list, in pixels. */
  start: number;
  total: number;
  isTabStop: boolean;
  isOpen: boolean;
  canStart: boolean;
  onToggle: (personId: string) => void;
  onStart: (start: StartConversation) => void;
  onDecide: (deciding: Deciding) => void;
  onHeight: (personId: string, height: number | null) => void;
}

/** One entry of the directory: who, how reachable, where, and ways to start a chat.
 * Remembered, because the list around it renders with every step of scrolling; of few plain elements, as whoever scrolls
 * fast sees hundreds of rows a second, and what each element takes adds up. */
export const PersonRow = memo(function PersonRow(props: Props) {
  const { person, index, isOpen, canStart, onToggle, onStart, onDecide } = props;
  const item = useHeight(person.id, isOpen, props.onHeight);
  const presence = usePresence(mainIdentity(person)?.id);
  const refusal = useRefusal(mainIdentity(person)?.id);
  const listId = `identities-${person.id}`;
  const start = (route: StartConversation["route"]) => {
    onStart({ person_id: person.id, route });
  };
  const role = [person.job_title, person.department].filter(Boolean).join(" · ");

  return (
    <li
      ref={item}
      className={styles.row}
      data-open={isOpen || undefined}
      style={{ transform: `translateY(${String(props.start)}px)` }}
      data-index={index}
      aria-label={person.display_name}
      aria-posinset={index + 1}
      aria-setsize={props.total}
      tabIndex={props.isTabStop ? 0 : -1}
    >
      <PersonAvatar name={person.display_name} badge={badgeOf(presence)} />
      <div className={styles.name}>
        <span className={styles.words} dir="auto" title={person.display_name}>
          {person.display_name}
        </span>
        {canStart && refusal === undefined && (
          <button
            type="button"
            className={`${styles.start ?? ""} ${signs.chat ?? ""}`}
            aria-label="Start a chat"
            title="Start a chat"
            onClick={() => {
              start("main");
            }}
          />
        )}
      </div>
      <div className={styles.role} dir="auto" title={role}>
        {role}
      </div>
      <PlatformSlots className={styles.icons} platforms={person.identities.map((each) => each.platform)} />
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
    </li>
  );
});
