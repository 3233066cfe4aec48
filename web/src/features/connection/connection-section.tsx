import { Button, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { ConnectionBadge } from "../../components/ui/connection-badge";
import type { Connection } from "../../realtime/protocol";
import { useWorld } from "../../realtime/world";
import { dateAndTime } from "../../wording/moments";
import { useAuthenticate } from "./authenticate";
import styles from "./connection-section.module.css";

/** My profile > Settings > Connect your Teams account. */
export function ConnectionSection() {
  const connection = useWorld((world) => world.connection);
  const isAgent = useWorld((world) => world.me.licenses.includes("contact_center"));
  const { authenticate, isPending } = useAuthenticate();
  if (!isAgent) return null;

  const canConnect = connection.state === "not_connected" || connection.state === "lost";
  return (
    <section className={styles.section} aria-labelledby="connect-teams">
      <div className={styles.title}>
        <h2 id="connect-teams">Connect your Teams account</h2>
        <ConnectionBadge state={connection.state} />
      </div>
      {connection.remedy != null && (
        <MessageBar intent={connection.state === "lost" ? "warning" : "error"} layout="multiline">
          <MessageBarBody>{connection.remedy}</MessageBarBody>
        </MessageBar>
      )}
      <Explanation connection={connection} />
      {canConnect && (
        <div>
          <Button appearance="primary" onClick={authenticate} disabledFocusable={isPending}>
            Authenticate to Microsoft Teams
          </Button>
        </div>
      )}
    </section>
  );
}

function Explanation({ connection }: { connection: Connection }) {
  switch (connection.state) {
    case "connected":
      return (
        <>
          <dl className={styles.facts}>
            <dt>Microsoft account</dt>
            <dd dir="auto">
              {connection.microsoft_name} <span className={styles.muted}>{connection.microsoft_username}</span>
            </dd>
            {connection.since != null && (
              <>
                <dt>Connected since</dt>
                <dd>{dateAndTime(connection.since)}</dd>
              </>
            )}
          </dl>
          <p className={styles.muted}>To connect another Microsoft account, contact your administrator.</p>
        </>
      );
    case "lost":
      return (
        <p className={styles.muted}>
          Sign in as {connection.microsoft_username ?? "the same Microsoft user"} to carry on where you left off.
        </p>
      );
    case "not_connected":
      return (
        <p className={styles.muted}>
          Sign in on Microsoft’s own page to chat with your Microsoft Teams contacts from here.
        </p>
      );
    case "off":
      return <p className={styles.muted}>Chat with Microsoft Teams is not switched on for your organization.</p>;
  }
}
