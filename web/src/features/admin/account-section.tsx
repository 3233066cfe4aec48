import { Switch } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { useChangeWorld, useWorld } from "../../realtime/world";
import { ConsentLink } from "./consent-link";
import styles from "./admin-page.module.css";

export function AccountSection() {
  const account = useWorld((world) => world.account);
  const changeWorld = useChangeWorld();
  const client = useQueryClient();
  const notify = useNotify();
  const change = useMutation({
    mutationFn: (teams_chat_enabled: boolean) =>
      answerOf(api.PUT("/api/v1/admin/account", { body: { teams_chat_enabled } })),
    onSuccess: (fresh) => {
      changeWorld((world) => ({ ...world, account: fresh }));
      // Conversations show Teams accounts, or do not, as the switch is.
      void client.invalidateQueries({ queryKey: ["world"] });
    },
    onError: (error) => {
      notify("error", "The setting was not changed.", sentenceOf(error));
    },
  });
  return (
    <section className={styles.section} aria-labelledby="teams-chat">
      <div className={styles.head}>
        <h2 id="teams-chat">Chat with Microsoft Teams</h2>
        <Switch
          label="Teams chat"
          labelPosition="before"
          checked={account.teams_chat_enabled}
          disabled={change.isPending}
          onChange={(_, { checked }) => {
            change.mutate(checked);
          }}
        />
      </div>
      <p className={styles.muted}>
        {account.teams_chat_enabled
          ? `Agents of ${account.name} can connect their Microsoft accounts and chat with Microsoft Teams contacts.`
          : `Agents of ${account.name} see no Microsoft Teams contacts and are not asked to connect.`}
      </p>
      {account.teams_chat_enabled && <ConsentLink />}
    </section>
  );
}
