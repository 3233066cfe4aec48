import { Button, Spinner } from "@fluentui/react-components";
import { ChatRegular, PlugDisconnectedRegular } from "@fluentui/react-icons";
import { sentenceOf } from "../../api/problem";
import { Notice } from "../../components/ui/notice";
import type { Conversation } from "../../realtime/protocol";
import { ChatHeader } from "./chat-header";
import styles from "./chat-panel.module.css";
import { Composer } from "./composer";
import { MessageList } from "./message-list";
import { TypingLine } from "./typing-line";
import { useOutbox, usePending } from "./outbox-context";
import { useIsAttended, useMarkRead } from "./use-mark-read";
import { useConversations } from "./use-conversations";
import { useOldConversation } from "./use-old-conversation";
import { useThread } from "./use-thread";

interface Props {
  conversationId: string;
  /** The position of a message to show first, and what to do when the reader leaves it for the newest ones. */
  at?: number | null;
  onLeaveAt?: () => void;
  /** Shown where the panel is alone on a narrow page. */
  onBack?: (() => void) | undefined;
  /** Where to go from a chat that is not here. */
  onFind: () => void;
}

export function ChatPanel({
  conversationId,
  at = null,
  onLeaveAt,
  onBack,
  onFind,
}: Props) {
  const held = useConversations().find((each) => each.id === conversationId);
  const { conversation, isFetching } = useOldConversation(conversationId, held);
  if (isFetching)
    return <Spinner className={styles.middle} label="Loading chat" />;
  if (conversation === undefined) {
    return (
      <>
        <h1 className="visually-hidden">Deskbridge</h1>
        <Notice
          icon={<ChatRegular />}
          title="This chat is not here"
          action={
            <>
              <Button appearance="primary" onClick={onFind}>
                Find someone
              </Button>
              {onBack && <Button onClick={onBack}>Back</Button>}
            </>
          }
        >
          It may belong to someone else. Choose another chat, or find a person in
          Contacts.
        </Notice>
      </>
    );
  }
  return (
    <OpenChat
      key={conversationId}
      conversation={conversation}
      at={at}
      onLeaveAt={onLeaveAt ?? nothing}
      onBack={onBack}
    />
  );
}

function nothing(): void {
  // Whoever shows no message first has nothing to leave.
}

interface OpenProps {
  conversation: Conversation;
  at: number | null;
  onLeaveAt: () => void;
  onBack: Props["onBack"];
}

function OpenChat({ conversation, at, onLeaveAt, onBack }: OpenProps) {
  const thread = useThread(conversation.id, at);
  const pending = usePending(conversation.id);
  const outbox = useOutbox();
  const isAttended = useIsAttended();
  useMarkRead(
    conversation,
    isAttended && !thread.isLoading && !thread.isDetached,
  );

  return (
    <section
      className={styles.panel}
      aria-label={`Chat with ${conversation.person.display_name}`}
    >
      <ChatHeader conversation={conversation} onBack={onBack} />
      {thread.isLoading ? (
        <div className={styles.middle}>
          <Spinner label="Loading messages" />
        </div>
      ) : thread.error !== null && thread.messages.length === 0 ? (
        <Notice
          icon={<PlugDisconnectedRegular />}
          title="Messages could not be loaded"
          action={<Button onClick={thread.reload}>Try again</Button>}
        >
          {sentenceOf(thread.error)}
        </Notice>
      ) : (
        <MessageList
          conversation={conversation}
          thread={thread}
          pending={pending}
          isAttended={isAttended}
          at={at}
          onLeave={onLeaveAt}
        />
      )}
      <TypingLine conversationId={conversation.id} />
      <Composer
        conversation={conversation}
        onSend={(written, replyTo) => {
          outbox.add(conversation.id, written, replyTo);
        }}
      />
    </section>
  );
}
