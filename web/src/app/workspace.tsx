import { MessageBar, MessageBarBody } from "@fluentui/react-components";
import { Route, Routes, useNavigate } from "react-router";
import { ErrorBoundary } from "../components/ui/error-boundary";
import { AdminPage } from "../features/admin/admin-page";
import { ConnectPrompt } from "../features/connection/connect-prompt";
import { ConnectionSection } from "../features/connection/connection-section";
import { useConnectionToasts } from "../features/connection/connection-toasts";
import { LostConnectionBar } from "../features/connection/lost-connection-bar";
import { OutboxProvider } from "../features/conversations/outbox-context";
import { ProfilePage, type ProfileTab } from "../features/profile/profile-page";
import { useRealtime } from "../realtime/realtime-context";
import { useWorld } from "../realtime/world";
import { ControlPanel } from "./control-panel";
import { PageHeader } from "./page-header";
import { PeopleAndChats } from "./people-and-chats";
import { Start } from "./start";
import { useTitle } from "./use-title";
import styles from "./workspace.module.css";
import { useShowsOnlyPanel } from "./places";

interface Props {
  onSignedOut: () => void;
  onLogOut: () => void;
}

/** Everything around the parts: Control Panel at the left, bars at the top, the chosen part in the middle. */
export function Workspace({ onSignedOut, onLogOut }: Props) {
  useTitle();
  useConnectionToasts();
  const isAdmin = useWorld((world) => world.me.role === "admin");
  const showsOnlyPanel = useShowsOnlyPanel();
  return (
    <OutboxProvider onSignedOut={onSignedOut}>
      <div className={styles.workspace} data-panel-only={showsOnlyPanel}>
        <ControlPanel onLogOut={onLogOut} />
        <main className={styles.main}>
          <div className={styles.bars}>
            <Reconnecting />
            <LostConnectionBar />
          </div>
          <ErrorBoundary>
            <Routes>
              <Route index element={<Start />} />
              <Route path="contacts" element={<PeopleAndChats />} />
              <Route path="chats/:chatId" element={<PeopleAndChats />} />
              <Route path="profile" element={<Profile tab="profile" />} />
              <Route path="profile/settings" element={<Profile tab="settings" />} />
              {isAdmin && (
                <Route
                  path="admin"
                  element={
                    <>
                      <PageHeader />
                      <AdminPage />
                    </>
                  }
                />
              )}
              <Route path="*" element={<Start />} />
            </Routes>
          </ErrorBoundary>
        </main>
        <ConnectPrompt />
      </div>
    </OutboxProvider>
  );
}

function Profile({ tab }: { tab: ProfileTab }) {
  const navigate = useNavigate();
  return (
    <>
      <PageHeader />
      <ProfilePage
        tab={tab}
        onTab={(next) => void navigate(next === "settings" ? "/profile/settings" : "/profile")}
        connection={<ConnectionSection />}
      />
    </>
  );
}

function Reconnecting() {
  const { isLive } = useRealtime();
  return (
    <div role="status">
      {!isLive && (
        <MessageBar intent="info">
          <MessageBarBody>Reconnecting… You can go on writing; messages are sent as soon as the connection is back.</MessageBarBody>
        </MessageBar>
      )}
    </div>
  );
}
