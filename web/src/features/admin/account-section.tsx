import { useWorld } from "../../realtime/world";
import { ConsentLink } from "./consent-link";
import styles from "./admin-page.module.css";
import { SwitchSection } from "./switch-section";
import { useSwitch } from "./use-switch";

export function AccountSection() {
  const account = useWorld((world) => world.account);
  const { turn, isPending } = useSwitch("teams_chat_enabled");
  return (
    <SwitchSection
      id="teams-chat"
      title="Chat with Microsoft Teams"
      label="Teams chat"
      isOn={account.teams_chat_enabled}
      isPending={isPending}
      onTurn={turn}
    >
      <p className={styles.muted}>
        {account.teams_chat_enabled
          ? `Agents of ${account.name} can connect their Microsoft accounts and chat with Microsoft Teams contacts.`
          : `Agents of ${account.name} see no Microsoft Teams contacts and are not asked to connect.`}
      </p>
      {account.teams_chat_enabled && <ConsentLink />}
    </SwitchSection>
  );
}
