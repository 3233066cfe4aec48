import { Spinner } from "@fluentui/react-components";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { ErrorBoundary } from "../components/ui/error-boundary";
import { useMedia } from "../components/ui/use-media";
import { DirectoryPanel } from "../features/directory/directory-panel";
import type { PeopleQuery } from "../features/directory/people-pages";
import { PLATFORMS } from "../wording/platforms";
import styles from "./people-and-chats.module.css";
import { useSearchChange } from "./use-search-change";
import { useWayBack } from "./use-way-back";
import { addressOfChat, NARROW, WIDE } from "./places";

// What one writes with is a third of all that is loaded: the page for signing in does without it.
const chatPanel = async () => ({ default: (await import("../features/conversations/chat-panel")).ChatPanel });
const ChatPanel = lazy(chatPanel);

/** Fetch it before somebody opens a chat. */
export function expectChats(): void {
  void chatPanel();
}

/** Contacts, a chat, or on a wide page both: a chat started from Contacts opens beside them. */
export function PeopleAndChats() {
  const { chatId } = useParams();
  const [search] = useSearchParams();
  const changeSearch = useSearchChange();
  const navigate = useNavigate();
  const isNarrow = useMedia(NARROW);
  const isWide = useMedia(WIDE);
  const toPanel = useWayBack();
  const fromContacts = search.has("contacts");
  const showsContacts = chatId === undefined || (fromContacts && isWide);

  const type = PLATFORMS.find((each) => each === search.get("type")) ?? null;
  const q = search.get("q") ?? "";
  const query = useMemo((): PeopleQuery => ({ q, type }), [q, type]);
  const onQuery = useCallback(
    (next: PeopleQuery) => {
      changeSearch((held) => {
        put(held, next);
      });
    },
    [changeSearch],
  );
  const onOpenChat = (id: string) => {
    const kept = new URLSearchParams(search);
    kept.set("contacts", "");
    void navigate(`${addressOfChat(id)}?${kept.toString().replace("contacts=", "contacts")}`);
  };
  const onBack = () => {
    const kept = new URLSearchParams(search);
    kept.delete("contacts");
    void navigate(fromContacts ? { pathname: "/contacts", search: kept.toString() } : "/");
  };
  const onLeaveAt = () => {
    changeSearch((held) => {
      held.delete("at");
    });
  };
  const hasWayBack = isNarrow || (fromContacts && !isWide);

  return (
    <div className={styles.panes}>
      {showsContacts && (
        <div className={chatId === undefined ? styles.alone : styles.beside}>
          <ErrorBoundary>
            <DirectoryPanel query={query} onQuery={onQuery} onOpenChat={onOpenChat} onBack={toPanel} />
          </ErrorBoundary>
        </div>
      )}
      {chatId !== undefined && (
        <ErrorBoundary key={chatId}>
          <Suspense fallback={<Spinner className={styles.waiting} />}>
            <ChatPanel
              conversationId={chatId}
              at={positionIn(search)}
              onLeaveAt={onLeaveAt}
              onBack={hasWayBack ? onBack : undefined}
              onFind={() => void navigate("/contacts")}
            />
          </Suspense>
        </ErrorBoundary>
      )}
    </div>
  );
}

/** The message that a search has led to. */
function positionIn(search: URLSearchParams): number | null {
  const at = Number(search.get("at") ?? NaN);
  return Number.isSafeInteger(at) ? at : null;
}

function put(search: URLSearchParams, { q, type }: PeopleQuery): void {
  if (q === "") search.delete("q");
  else search.set("q", q);
  if (type === null) search.delete("type");
  else search.set("type", type);
}
