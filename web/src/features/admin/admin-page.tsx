import { Button } from "@fluentui/react-components";
import { WrenchRegular } from "@fluentui/react-icons";
import { BackButton } from "../../components/ui/back-button";
import { AccountSection } from "./account-section";
import { AuditSection } from "./audit-section";
import styles from "./admin-page.module.css";
import { AgentStatusSection } from "./agent-status-section";
import { ContactPolicySection } from "./contact-policy-section";
import { HealthSection } from "./health-section";
import { ImportsSection } from "./imports-section";
import { RetentionSection } from "./retention-section";
import { SingleSignOnSection } from "./single-sign-on-section";
import { MatchesSection } from "./matches-section";
import { UsersSection } from "./users-section";

/** What administrators switch, import and undo. */
export function AdminPage({ onBack, onSetUp }: { onBack?: (() => void) | undefined; onSetUp: () => void }) {
  return (
    <div className={styles.scroller}>
      <div className={styles.page}>
        <div className={styles.title}>
          {onBack !== undefined && <BackButton onBack={onBack} />}
          <h1>Admin</h1>
          <Button appearance="subtle" icon={<WrenchRegular />} className={styles.aside} onClick={onSetUp}>
            Set-up
          </Button>
        </div>
        <AccountSection />
        <ContactPolicySection />
        <RetentionSection />
        <AgentStatusSection />
        <HealthSection />
        <ImportsSection />
        <MatchesSection />
        <UsersSection />
        <SingleSignOnSection />
        <AuditSection />
      </div>
    </div>
  );
}
