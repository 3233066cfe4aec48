import { useWorld } from "../../realtime/world";
import styles from "./admin-page.module.css";
import { SwitchSection } from "./switch-section";
import { useSwitch } from "./use-switch";

/** Whether agents may send files to Teams, for which Microsoft has to allow one thing more. */
export function FilesSection() {
  const isOn = useWorld((world) => world.account.files_to_teams);
  const { turn, isPending } = useSwitch("files_to_teams");
  return (
    <SwitchSection
      id="files-to-teams"
      title="Files to Microsoft Teams"
      label="Allow files"
      isOn={isOn}
      isPending={isPending}
      onTurn={turn}
    >
      <p className={styles.muted}>
        {isOn
          ? "A file goes into the agent’s own OneDrive and is shared with the person in the chat. Microsoft has to allow it: the permission Files.ReadWrite needs consent, which Set-up checks."
          : "Agents can send words and pictures to Teams, and files to colleagues here. Before you allow files to Teams, add the permission Files.ReadWrite at Microsoft and give consent."}
      </p>
    </SwitchSection>
  );
}
