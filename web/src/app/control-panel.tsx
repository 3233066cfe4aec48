import { ContactCardGroupRegular, HistoryRegular, SettingsRegular } from "@fluentui/react-icons";
import { NavLink, useNavigate } from "react-router";
import { ChatsSearch } from "../features/conversations/chats-search";
import { ChatsList } from "../features/conversations/chats-list";
import { OwnStatus } from "../features/presence/own-status";
import { useWorld } from "../realtime/world";
import styles from "./control-panel.module.css";
import { addressOfChat, useShowsOnlyPanel } from "./places";

/** At the left: me and my status, my chats, and the way to Contacts. */
export function ControlPanel({ onLogOut }: { onLogOut: () => void }) {
  const navigate = useNavigate();
  // Alone on a narrow page the panel is the page, which needs a heading of the first level.
  const Title = useShowsOnlyPanel() ? "h1" : "h2";
  const isAdmin = useWorld((world) => world.me.role === "admin");
  const isSupervisor = useWorld((world) => world.me.role === "supervisor");
  return (
    <nav className={styles.panel} aria-label="Control Panel">
      <div className={styles.top}>
        <OwnStatus onProfile={() => void navigate("/profile")} onLogOut={onLogOut} />
      </div>
      <Title className={styles.title}>Chats</Title>
      <ChatsSearch addressOf={addressOfChat}>
        <ChatsList addressOf={addressOfChat} />
      </ChatsSearch>
      <div className={styles.bottom}>
        <NavLink to="/contacts" className={styles.place}>
          <ContactCardGroupRegular aria-hidden />
          Contacts
        </NavLink>
        {isSupervisor && (
          <NavLink to="/record" className={styles.place}>
            <HistoryRegular aria-hidden />
            Record
          </NavLink>
        )}
        {isAdmin && (
          <NavLink to="/admin" className={styles.place}>
            <SettingsRegular aria-hidden />
            Admin
          </NavLink>
        )}
      </div>
    </nav>
  );
}
