import { Switch } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { useChangeWorld, useWorld } from "../../realtime/world";
import styles from "./admin-page.module.css";

/** Whether agents may send files to Teams, for which Microsoft has to allow one thing more. */
export function FilesSection() {
  const isOn = useWorld((world) => world.account.files_to_teams);
  const changeWorld = useChangeWorld();
  const notify = useNotify();
  const change = useMutation({
    mutationFn: (files_to_teams: boolean) => answerOf(api.PUT("/api/v1/admin/account", { body: { files_to_teams } })),
    onSuccess: (fresh) => {
      changeWorld((world) => ({ ...world, account: fresh }));
    },
    onError: (error) => {
      notify("error", "The setting was not changed.", sentenceOf(error));
    },
  });
  return (
    <section className={styles.section} aria-labelledby="files-to-teams">
      <div className={styles.head}>
        <h2 id="files-to-teams">Files to Microsoft Teams</h2>
        <Switch
          label="Allow files"
          labelPosition="before"
          checked={isOn}
          disabled={change.isPending}
          onChange={(_, { checked }) => {
            change.mutate(checked);
          }}
        />
      </div>
      <p className={styles.muted}>
        {isOn
          ? "A file goes into the agent’s own OneDrive and is shared with the person in the chat. Microsoft has to allow it: the permission Files.ReadWrite needs consent, which Set-up checks."
          : "Agents can send words and pictures to Teams, and files to colleagues here. Before you allow files to Teams, add the permission Files.ReadWrite at Microsoft and give consent."}
      </p>
    </section>
  );
}
