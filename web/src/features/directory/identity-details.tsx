import { Button } from "@fluentui/react-components";
import { ChatRegular } from "@fluentui/react-icons";
import { PlatformIcon } from "../../components/ui/platform-icon";
import { PresenceLine } from "../../components/ui/presence-line";
import type { Identity, Person, Platform } from "../../realtime/protocol";
import { usePresence } from "../../realtime/realtime-context";
import { useWorld } from "../../realtime/world";
import { identitiesInOrder, PLATFORM_NAMES } from "../../wording/platforms";
import { presenceDetail } from "../../wording/presence";
import styles from "./identity-details.module.css";
import { DecisionButtons, type Deciding } from "./person-decisions";
import { useRefusal } from "./refusals";
import type { StartConversation } from "./start-conversation";

type Route = NonNullable<StartConversation["route"]>;

/** What the button of each identity is called, and which accounts it stands for (H1, H2). */
const BUTTONS: Record<Platform, { label: string; route: Route }> = {
  contact_center: { label: "Start a chat", route: "main" },
  teams: { label: "Start Teams chat", route: "teams" },
  work: { label: "Start user chat", route: "work" },
};

interface Props {
  id: string;
  person: Person;
  onStart?: ((route: Route) => void) | undefined;
  onDecide: (deciding: Deciding) => void;
}

export function IdentityList({ id, person, onStart, onDecide }: Props) {
  const isAdmin = useWorld((world) => world.me.role === "admin");
  return (
    <div id={id}>
      <ul className={styles.list} aria-label={`Identities of ${person.display_name}`}>
        {identitiesInOrder(person).map((identity) => (
          <IdentityDetails key={identity.id} identity={identity} onStart={onStart} />
        ))}
      </ul>
      {isAdmin && <DecisionButtons person={person} onDecide={onDecide} />}
    </div>
  );
}

function IdentityDetails({ identity, onStart }: { identity: Identity; onStart: Props["onStart"] }) {
  const presence = usePresence(identity.id);
  const refusal = useRefusal(identity.id);
  const { label, route } = BUTTONS[identity.platform];
  const details = [identity.job_title, identity.department].filter(Boolean).join(" · ");
  return (
    <li className={styles.identity} aria-label={PLATFORM_NAMES[identity.platform]}>
      <PlatformIcon platform={identity.platform} isDecoration />
      <div className={styles.text}>
        <span className={styles.platform}>
          {PLATFORM_NAMES[identity.platform]}
        </span>
        <span className={styles.presence}>
          <PresenceLine presence={presence} withBadge />
        </span>
        {/* To be read, as who touches or uses a keyboard has nothing to hover with. */}
        <span className={styles.detail}>{presenceDetail(presence)}</span>
        {presence?.status_message != null && (
          <span className={styles.detail} dir="auto">
            {presence.status_message}
          </span>
        )}
        {identity.address !== null && <span className={styles.detail}>{identity.address}</span>}
        {details !== "" && (
          <span className={styles.detail} dir="auto">
            {details}
          </span>
        )}
        {refusal !== undefined && <span className={styles.detail}>{refusal}</span>}
      </div>
      {onStart !== undefined && refusal === undefined && (
        <Button
          size="small"
          icon={<ChatRegular />}
          onClick={() => {
            onStart(route);
          }}
        >
          {label}
        </Button>
      )}
    </li>
  );
}
