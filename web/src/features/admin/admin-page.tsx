import { Button } from "@fluentui/react-components";
import { WrenchRegular } from "@fluentui/react-icons";
import { BackButton } from "../../components/ui/back-button";
import { AccountSection } from "./account-section";
import { AuditSection } from "./audit-section";
import styles from "./admin-page.module.css";
import { AgentStatusSection } from "./agent-status-section";
import { ContactPolicySection } from "./contact-policy-section";
import { FactorSection } from "./factor-section";
import { FilesSection } from "./files-section";
import { HealthSection } from "./health-section";
import { ImportsSection } from "./imports-section";
import { RetentionSection } from "./retention-section";
import { SingleSignOnSection } from "./single-sign-on-section";
import { ListOrderSection } from "./list-order-section";
import { MatchesSection } from "./matches-section";
import { type AdminSection, SectionLinks, SectionMenu } from "./section-links";
import { UsersSection } from "./users-section";

const SECTIONS: AdminSection[] = [
  { id: "teams-chat", name: "Teams chat", Section: AccountSection },
  { id: "contact-policy", name: "Who may be contacted", Section: ContactPolicySection },
  { id: "retention", name: "How long messages are kept", Section: RetentionSection },
  { id: "agent-status", name: "Agents’ Status in Teams", Section: AgentStatusSection },
  { id: "files-to-teams", name: "Files to Teams", Section: FilesSection },
  { id: "health", name: "Health", Section: HealthSection },
  { id: "imports", name: "Import of people", Section: ImportsSection },
  { id: "matches", name: "The same person?", Section: MatchesSection },
  { id: "list-order", name: "Order of Contacts", Section: ListOrderSection },
  { id: "users", name: "Users", Section: UsersSection },
  { id: "second-factor", name: "Second factor", Section: FactorSection },
  { id: "single-sign-on", name: "Single sign-on", Section: SingleSignOnSection },
  { id: "audit", name: "Audit log", Section: AuditSection },
];

/** What administrators switch, import and undo. */
export function AdminPage({ onBack, onSetUp }: { onBack?: (() => void) | undefined; onSetUp: () => void }) {
  return (
    <div className={styles.scroller}>
      <div className={styles.page}>
        <div className={[styles.title, styles.top].join(" ")}>
          {onBack !== undefined && <BackButton onBack={onBack} />}
          <h1>Admin</h1>
          <SectionMenu sections={SECTIONS} />
          <Button appearance="subtle" icon={<WrenchRegular />} onClick={onSetUp}>
            Set-up
          </Button>
        </div>
        {SECTIONS.map(({ id, Section }) => (
          <Section key={id} />
        ))}
      </div>
      <SectionLinks sections={SECTIONS} />
    </div>
  );
}
