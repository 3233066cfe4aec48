import { CounterBadge } from "@fluentui/react-components";
import { useMemo } from "react";
import { NavLink, useMatch } from "react-router";
import { PersonAvatar } from "../../components/ui/person-avatar";
import type { Conversation } from "../../realtime/protocol";
import { usePresence, useWatch } from "../../realtime/realtime-context";
import { useToday } from "../../realtime/use-today";
import { useWorld } from "../../realtime/world";
import { briefly } from "../../wording/moments";
import { reachedIdentity } from "../../wording/platforms";
import { badgeOf, presenceInWords } from "../../wording/presence";
import styles from "./chats-list.module.css";
import { byLastActivity, previewOf } from "./chats";
import { useWaitingTexts } from "./outbox-context";
import { useIsAttended } from "./use-mark-read";
import { useConversations } from "./use-conversations";
import { useApart } from "./use-apart";
import { useMe } from "./use-me";
import { useArrowKeys } from "./use-arrow-keys";

interface Props {
  /** The address of a chat. */
  addressOf: (conversationId: string) => string;
}

/** The chats of the signed-in user, the liveliest first. */
export function ChatsList({ addressOf }: Props) {
  const conversations = useConversations();
  const isAgent = useWorld((world) => world.me.licenses.includes("contact_center"));
  const waiting = useWaitingTexts();
  const isAttended = useIsAttended();
  const apart = useApart();
  const sorted = useMemo(() => byLastActivity(conversations), [conversations]);
  const onKeyDown = useArrowKeys();
  useWatch(useMemo(() => sorted.slice(0, 100).map((each) => each.person.id), [sorted]));

  if (sorted.length === 0) {
    return (
      <p className={styles.empty}>
        No chats yet.{" "}
        {isAgent ? "Find someone in Contacts and start one." : "Chats that agents start with you appear here."}
      </p>
    );
  }
  return (
    <ul className={styles.list} aria-label="Chats" onKeyDown={onKeyDown}>
      {sorted.map((each) => (
        <li key={each.id}>
          <ChatLink
            conversation={each}
            apart={apart.get(each.id)}
            address={addressOf(each.id)}
            waiting={waiting.get(each.id)}
            isAttended={isAttended}
          />
        </li>
      ))}
    </ul>
  );
}

interface LinkProps {
  conversation: Conversation;
  /** What tells it from the chat with somebody of the same name. */
  apart: string | undefined;
  address: string;
  waiting: string | undefined;
  isAttended: boolean;
}

function ChatLink({ conversation, apart, address, waiting, isAttended }: LinkProps) {
  const { person, reaches, unread, last_message, started_at } = conversation;
  const me = useMe();
  const today = useToday();
  const presence = usePresence(reachedIdentity(person, reaches)?.id);
  // What one is looking at is about to be marked read: a badge would only flash up.
  const isOpen = useMatch(address) !== null;
  const hasBadge = unread > 0 && !(isOpen && isAttended);
  return (
    <NavLink to={address} className={styles.chat} data-unread={hasBadge}>
      <PersonAvatar name={person.display_name} size={36} badge={badgeOf(presence)} />
      <span className={styles.name} dir="auto">
        {person.display_name}
      </span>
      {apart !== undefined && (
        <span className={styles.apart} dir="auto">
          {apart}
        </span>
      )}
      <span className="visually-hidden">{presenceInWords(presence)}</span>
      <time className={styles.time} dateTime={last_message?.created_at ?? started_at}>
        {briefly(last_message?.created_at ?? started_at, today)}
      </time>
      <span className={styles.preview} dir="auto">
        {previewOf(conversation, me, waiting)}
      </span>
      {hasBadge && (
        <span className={styles.badge}>
          <CounterBadge count={unread} size="small" color="brand" overflowCount={99} />
          <span className="visually-hidden"> unread</span>
        </span>
      )}
    </NavLink>
  );
}
