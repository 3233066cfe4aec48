import { Button, Spinner } from "@fluentui/react-components";
import { ChatRegular, PlugDisconnectedRegular } from "@fluentui/react-icons";
import { sentenceOf } from "../../api/problem";
import { Notice } from "../../components/ui/notice";
import type { Conversation } from "../../realtime/protocol";
import { ChatHeader } from "./chat-header";
import styles from "./chat-panel.module.css";
import { Composer } from "./composer";
import { MessageList } from "./message-list";
import { useOutbox, usePending } from "./outbox-context";
import { useIsAttended, useMarkRead } from "./use-mark-read";
import { useConversations } from "./use-conversations";
import { useThread } from "./use-thread";

interface Props {
  conversationId: string;
  /** Shown where the panel is alone on a narrow page. */
  onBack?: (() => void) | undefined;
}

export function ChatPanel({ conversationId, onBack }: Props) {
  const conversation = useConversations().find((each) => each.id === conversationId);
  if (conversation === undefined) {
    return (
      <Notice
        icon={<ChatRegular />}
        title="This chat is not here"
        action={onBack && <Button onClick={onBack}>Back</Button>}
      >
        It may belong to someone else. Choose a chat on the left, or find a person in Contacts.
      </Notice>
    );
  }
  return <OpenChat key={conversationId} conversation={conversation} onBack={onBack} />;
}

function OpenChat({ conversation, onBack }: { conversation: Conversation; onBack: Props["onBack"] }) {
  const thread = useThread(conversation.id);
  const pending = usePending(conversation.id);
  const outbox = useOutbox();
  const isAttended = useIsAttended();
  useMarkRead(conversation, isAttended && !thread.isLoading);

  return (
    <section className={styles.panel} aria-label={`Chat with ${conversation.person.display_name}`}>
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
        <MessageList conversation={conversation} thread={thread} pending={pending} isAttended={isAttended} />
      )}
      <Composer
        conversation={conversation}
        onSend={(text, replyTo) => {
          outbox.add(conversation.id, text, replyTo);
        }}
      />
    </section>
  );
}
