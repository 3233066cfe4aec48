import { MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { useWorld } from "../../realtime/world";
import styles from "./admin-page.module.css";
import { SwitchSection } from "./switch-section";
import { useSwitch } from "./use-switch";

const standingKey = ["admin", "agent-status-in-teams"];

/** Whether colleagues see in Teams what agents chose as their Status here, and whether that works. */
export function AgentStatusSection() {
  const isOn = useWorld((world) => world.account.agent_status_in_teams);
  const client = useQueryClient();
  const standing = useQuery({
    queryKey: standingKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/agent-status-in-teams", { signal })),
    enabled: isOn,
    refetchInterval: 15_000,
  });
  const { turn, isPending } = useSwitch("agent_status_in_teams", {
    onSwitched: () => {
      void client.invalidateQueries({ queryKey: standingKey });
    },
  });
  return (
    <SwitchSection
      id="agent-status"
      title="Agents’ Status in Microsoft Teams"
      label="Show in Teams"
      isOn={isOn}
      isPending={isPending}
      onTurn={turn}
    >
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
    </SwitchSection>
  );
}
