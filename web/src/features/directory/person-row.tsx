import { Button, Link, Tooltip } from "@fluentui/react-components";
import { ChatAddRegular } from "@fluentui/react-icons";
import { useId } from "react";
import { PersonAvatar } from "../../components/ui/person-avatar";
import { PlatformIcons } from "../../components/ui/platform-icon";
import { PresenceLine } from "../../components/ui/presence-line";
import type { Person } from "../../realtime/protocol";
import { usePresence } from "../../realtime/realtime-context";
import { badgeOf } from "../../wording/presence";
import { mainIdentity } from "../../wording/platforms";
import { IdentityList } from "./identity-details";
import styles from "./person-row.module.css";
import type { StartConversation } from "./start-conversation";

interface Props {
  person: Person;
  isOpen: boolean;
  onToggle: () => void;
  /** Left out where this reader cannot start a chat with this person. */
  onStart?: ((route: StartConversation["route"]) => void) | undefined;
}

/** One entry of the directory: who, how reachable, where, and ways to start a chat. */
export function PersonRow({ person, isOpen, onToggle, onStart }: Props) {
  const presence = usePresence(mainIdentity(person)?.id);
  const listId = useId();
  const role = [person.job_title, person.department].filter(Boolean).join(" · ");

  return (
    <div className={styles.row} data-open={isOpen}>
      <PersonAvatar name={person.display_name} badge={badgeOf(presence)} />
      <div className={styles.name}>
        <span className={styles.words} dir="auto" title={person.display_name}>
          {person.display_name}
        </span>
        {onStart !== undefined && (
          <Tooltip content="Start a chat" relationship="label">
            <Button
              appearance="transparent"
              size="small"
              className={styles.start}
              icon={<ChatAddRegular />}
              onClick={() => {
                onStart("main");
              }}
            />
          </Tooltip>
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
        <Link as="button" className={styles.more} aria-expanded={isOpen} aria-controls={listId} onClick={onToggle}>
          {isOpen ? "Show less" : "Show more"}
        </Link>
      </div>
      <div className={styles.identities}>
        {isOpen && <IdentityList id={listId} person={person} onStart={onStart} />}
      </div>
    </div>
  );
}
