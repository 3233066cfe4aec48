import { Button, Tooltip } from "@fluentui/react-components";
import { SendRegular } from "@fluentui/react-icons";
import { useEffect, useId, useRef, type KeyboardEvent } from "react";
import type { Conversation } from "../../realtime/protocol";
import { useWorld } from "../../realtime/world";
import { platformsInWords } from "../../wording/platforms";
import { whyTooLong } from "../../wording/sizes";
import styles from "./composer.module.css";
import { keepDraft, useDraft } from "./drafts";
import { QuoteBlock } from "./quote-block";
import { answer, useReplyTarget } from "./reply-target";

interface Props {
  conversation: Conversation;
  onSend: (text: string, replyTo: string | null) => void;
}

/** Where one writes: Enter sends, Shift+Enter makes a new line, and what is written stays until it is sent. */
export function Composer({ conversation, onSend }: Props) {
  const userId = useWorld((world) => world.me.id);
  const text = useDraft(userId, conversation.id);
  const isOff = useWorld((world) => !world.account.teams_chat_enabled);
  const isConnected = useWorld((world) => world.connection.state === "connected");
  const box = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();
  const problem = whyTooLong(text);
  const canSend = text.trim() !== "" && problem === undefined && !(isOff && conversation.reaches.length === 0);

  const target = useReplyTarget(conversation.id);
  useEffect(() => {
    box.current?.focus({ preventScroll: true });
  }, [target]);
  useEffect(() => {
    grow(box.current);
  }, [text]);

  const write = (next: string) => {
    keepDraft(userId, conversation.id, next);
  };
  const send = () => {
    if (!canSend) return;
    onSend(text.replace(/^\n+|\s+$/g, ""), target?.id ?? null);
    write("");
    answer(conversation.id, null);
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that chooses a word of an input method is not meant for us.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <div className={styles.composer}>
      {target !== undefined && (
        <QuoteBlock
          author={target.author.display_name}
          text={target.text}
          onDismiss={() => {
            answer(conversation.id, null);
          }}
        />
      )}
      <div className={styles.box} data-invalid={problem !== undefined}>
        <textarea
          ref={box}
          className={styles.text}
          rows={1}
          dir="auto"
          aria-label="Type a message"
          aria-describedby={hintId}
          aria-invalid={problem !== undefined}
          placeholder="Type a message"
          value={text}
          onChange={(event) => {
            write(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
        <Tooltip content="Send" relationship="label">
          <Button appearance="primary" icon={<SendRegular />} disabledFocusable={!canSend} onClick={send} />
        </Tooltip>
      </div>
      <div id={hintId} className={styles.hint} role={problem === undefined ? undefined : "alert"}>
        {problem ?? hintFor(conversation, isConnected, isOff)}
      </div>
    </div>
  );
}

function hintFor({ reaches }: Conversation, isConnected: boolean, isOff: boolean): string {
  if (reaches.length === 0 && isOff) {
    return "Chat with Microsoft Teams is switched off, so nothing can be sent here at the moment.";
  }
  if (reaches.length === 0) return "No account of this person can be reached at the moment; messages wait.";
  if (reaches.includes("teams") && !isConnected) {
    return "Your Microsoft Teams account is not connected: what goes to Microsoft Teams waits until it is.";
  }
  return `Goes to ${platformsInWords(reaches)} · Shift+Enter for a new line`;
}

/** Where the browser does not size a text box by its content itself. */
function grow(box: HTMLTextAreaElement | null): void {
  const isSizedByBrowser = "CSS" in globalThis && CSS.supports("field-sizing", "content");
  if (box === null || isSizedByBrowser) return;
  box.style.height = "auto";
  box.style.height = `${String(box.scrollHeight)}px`;
}
