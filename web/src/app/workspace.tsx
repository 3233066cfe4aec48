import { MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { Route, Routes, useNavigate } from "react-router";
import { ErrorBoundary } from "../components/ui/error-boundary";
import { ConnectPrompt } from "../features/connection/connect-prompt";
import { ConnectionSection } from "../features/connection/connection-section";
import { useConnectionToasts } from "../features/connection/connection-toasts";
import { LostConnectionBar } from "../features/connection/lost-connection-bar";
import { ClosedDrawerBar } from "../features/conversations/closed-drawer-bar";
import { OutboxProvider } from "../features/conversations/outbox-context";
import { isUnfinished } from "../features/conversations/use-unfinished";
import type { ProfileTab } from "../features/profile/profile-page";
import { PasswordSection } from "../features/session/password-section";
import { ProofDialog } from "../features/session/proof-dialog";
import { SecondFactorSection } from "../features/session/second-factor-section";
import { SessionsSection } from "../features/session/sessions-section";
import { useDrawer } from "../drawer/drawer-context";
import { useRealtime } from "../realtime/realtime-context";
import { useWorld } from "../realtime/world";
import { ControlPanel } from "./control-panel";
import { fetched } from "./fetched";
import { LogOutDialog } from "./log-out-dialog";
import { useWayBack } from "./use-way-back";
import { expectChats, PeopleAndChats } from "./people-and-chats";
import { NoSuchPage, Start } from "./start";
import { useTitle } from "./use-title";
import styles from "./workspace.module.css";
import { useShowsOnlyPanel } from "./places";

// Most people open these rarely, so they are fetched when they do.
const AdminPage = fetched(async () => (await import("../features/admin/admin-page")).AdminPage);
const SetUpGuide = fetched(async () => (await import("../features/admin/set-up-page")).SetUpGuide);
const Record = fetched(async () => (await import("./record")).Record);
const ProfilePage = fetched(async () => (await import("../features/profile/profile-page")).ProfilePage);

interface Props {
  onSignedOut: () => void;
  onLogOut: () => void;
}

/** Everything around the parts: Control Panel at the left, bars at the top, the chosen part in the middle. */
export function Workspace({ onSignedOut, onLogOut }: Props) {
  useTitle();
  useConnectionToasts();
  useEffect(expectChats, []);
  const isAdmin = useWorld((world) => world.me.role === "admin");
  const isSupervisor = useWorld((world) => world.me.role === "supervisor");
  const showsOnlyPanel = useShowsOnlyPanel();
  const drawer = useDrawer();
  const [isAsking, setAsking] = useState(false);
  const bars = (
    <div className={styles.bars}>
      <Reconnecting />
      <LostConnectionBar />
      <ClosedDrawerBar />
    </div>
  );
  return (
    <OutboxProvider onSignedOut={onSignedOut}>
      {/* What is alone on a narrow page is what the page is about. */}
      <div className={styles.workspace} data-panel-only={showsOnlyPanel} role={showsOnlyPanel ? "main" : undefined}>
        {showsOnlyPanel && bars}
        <ControlPanel
          onLogOut={() => {
            if (isUnfinished(drawer)) setAsking(true);
            else onLogOut();
          }}
        />
        <main className={styles.main}>
          {!showsOnlyPanel && bars}
          <ErrorBoundary>
            <Routes>
              <Route index element={<Start />} />
              <Route path="contacts" element={<PeopleAndChats />} />
              <Route path="chats/:chatId" element={<PeopleAndChats />} />
              <Route path="profile" element={<Profile tab="profile" />} />
              <Route
                path="profile/settings"
                element={<Profile tab="settings" />}
              />
              {isSupervisor && <Route path="record/:conversationId?" element={<Record />} />}
              {isAdmin && <Route path="admin" element={<Admin />} />}
              {isAdmin && <Route path="admin/set-up" element={<SetUp />} />}
              <Route path="*" element={<NoSuchPage />} />
            </Routes>
          </ErrorBoundary>
        </main>
        <ConnectPrompt />
        <ProofDialog />
        {isAsking && (
          <LogOutDialog
            onStay={() => {
              setAsking(false);
            }}
            onLogOut={onLogOut}
          />
        )}
      </div>
    </OutboxProvider>
  );
}

function Admin() {
  const navigate = useNavigate();
  return (
    <AdminPage
      onBack={useWayBack()}
      onSetUp={() => void navigate("/admin/set-up")}
    />
  );
}

function SetUp() {
  const navigate = useNavigate();
  const toAdmin = () => void navigate("/admin");
  return <SetUpGuide onBack={toAdmin} onGoOn={toAdmin} />;
}

function Profile({ tab }: { tab: ProfileTab }) {
  const navigate = useNavigate();
  return (
    <ProfilePage
      tab={tab}
      onTab={(next) =>
        void navigate(next === "settings" ? "/profile/settings" : "/profile")
      }
      onBack={useWayBack()}
      connection={<ConnectionSection />}
      security={
        <>
          <PasswordSection />
          <SecondFactorSection />
          <SessionsSection />
        </>
      }
    />
  );
}

function Reconnecting() {
  const { isLive } = useRealtime();
  return (
    <div role="status">
      {!isLive && (
        <MessageBar intent="info">
          <MessageBarBody>
            Reconnecting… You can go on writing; messages are sent as soon as
            the connection is back.
          </MessageBarBody>
        </MessageBar>
      )}
    </div>
  );
}
