import { AccountSection } from "./account-section";
import styles from "./admin-page.module.css";
import { ImportsSection } from "./imports-section";
import { UsersSection } from "./users-section";

/** What administrators switch, import and undo. */
export function AdminPage() {
  return (
    <div className={styles.scroller}>
      <div className={styles.page}>
        <h1>Admin</h1>
        <AccountSection />
        <ImportsSection />
        <UsersSection />
      </div>
    </div>
  );
}
