import { MessageBar, MessageBarBody, Switch } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { useChangeWorld, useWorld } from "../../realtime/world";
import styles from "./admin-page.module.css";

const standingKey = ["admin", "agent-status-in-teams"];

/** Whether colleagues see in Teams what agents chose as their Status here, and whether that works. */
export function AgentStatusSection() {
  const account = useWorld((world) => world.account);
  const changeWorld = useChangeWorld();
  const client = useQueryClient();
  const notify = useNotify();
  const isOn = account.agent_status_in_teams;
  const standing = useQuery({
    queryKey: standingKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/agent-status-in-teams", { signal })),
    enabled: isOn,
    refetchInterval: 15_000,
  });
  const change = useMutation({
    mutationFn: (agent_status_in_teams: boolean) =>
      answerOf(api.PUT("/api/v1/admin/account", { body: { agent_status_in_teams } })),
    onSuccess: (fresh) => {
      changeWorld((world) => ({ ...world, account: fresh }));
      void client.invalidateQueries({ queryKey: standingKey });
    },
    onError: (error) => {
      notify("error", "The setting was not changed.", sentenceOf(error));
    },
  });
  return (
    <section className={styles.section} aria-labelledby="agent-status">
      <div className={styles.head}>
        <h2 id="agent-status">Agents’ Status in Microsoft Teams</h2>
        <Switch
          label="Show in Teams"
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
          ? "Colleagues see in Teams who is Available, Busy with a customer or On Break here. What an agent chooses in Teams comes first."
          : "Colleagues in Teams do not see that an agent is busy with a customer."}
        {isOn && standing.data !== undefined && ` Shown of ${standing.data.shown.toLocaleString()} connected agents now.`}
      </p>
      {isOn && standing.data?.message != null && (
        <MessageBar intent="error">
          <MessageBarBody>
            Not shown of {standing.data.failing.toLocaleString()}: {standing.data.message}
          </MessageBarBody>
        </MessageBar>
      )}
    </section>
  );
}
