import { Button, Tooltip } from "@fluentui/react-components";
import { SendRegular } from "@fluentui/react-icons";
import type { Editor } from "@tiptap/core";
import { type DragEvent, useEffect, useId, useState } from "react";
import { useDrawer } from "../../drawer/drawer-context";
import type { Conversation } from "../../realtime/protocol";
import { useRealtime } from "../../realtime/realtime-context";
import { useWorld } from "../../realtime/world";
import { platformsInWords } from "../../wording/platforms";
import { whyTooLong } from "../../wording/sizes";
import { AttachButton } from "./attach-button";
import { attach, type Attached, detach, detachAll, filesOf, giveAgain, useAttached } from "./attached";
import { AttachedList } from "./attached-list";
import styles from "./composer.module.css";
import { keepDraft, useDraft } from "./drafts";
import { FormatBar } from "./format-bar";
import { QuoteBlock } from "./quote-block";
import { whyTooMuch } from "./picture-kinds";
import { answer, useReplyTarget } from "./reply-target";
import { focusAtEnd, RichTextBox, writtenIn } from "./rich-text-box";
import { usePeopleToMention } from "./use-people-to-mention";
import { isEmptyHtml, withPictures, type Written } from "./written";

interface Props {
  conversation: Conversation;
  onSend: (written: Written, replyTo: string | null) => void;
}

/** Where one writes: Enter sends, Shift+Enter makes a new line, and what is written stays until it is sent. */
export function Composer({ conversation, onSend }: Props) {
  const drawer = useDrawer();
  const html = useDraft(drawer, conversation.id);
  const [written, setWritten] = useState<Written | null>(null);
  const [editor, setEditor] = useState<Editor | null>(null);
  const isOff = useWorld((world) => !world.account.teams_chat_enabled);
  const isConnected = useWorld((world) => world.connection.state === "connected");
  const attached = useAttached(drawer, conversation.id);
  const isAttaching = attached.some((each) => !each.isKept);
  const isOffForTeams = useWorld((world) => !world.account.files_to_teams) && conversation.reaches.includes("teams");
  const limitMb = useWorld((world) => world.file_limit_mb);
  const { typing } = useRealtime();
  const people = usePeopleToMention(conversation.id);
  const hintId = useId();
  const problem = (written === null ? undefined : whyTooLong(written.html ?? written.text)) ?? whyTooMuch(attached, isOffForTeams);
  const closed = whyClosed(conversation, isOff);
  const isEmpty = isEmptyHtml(html) && attached.length === 0;
  const canSend = !isEmpty && !isAttaching && problem === undefined && closed === undefined;

  const target = useReplyTarget(conversation.id);
  useEffect(() => {
    if (editor !== null) focusAtEnd(editor);
  }, [editor, target?.id]);

  const send = () => {
    if (!canSend || editor === null) return;
    const { text, html: markup } = writtenIn(editor);
    if (text.trim() === "" && attached.length === 0) return;
    const said = withPictures({ text: text.replace(/^\n+|\s+$/g, ""), html: markup }, attached);
    onSend({ ...said, files: filesOf(attached) }, target?.id ?? null);
    keepDraft(drawer, conversation.id, "");
    detachAll(drawer, conversation.id);
    setWritten(null);
    answer(conversation.id, null);
    focusAtEnd(editor);
  };

  const take = (files: File[]) => {
    void attach(drawer, conversation.id, files, limitMb);
    if (editor !== null) focusAtEnd(editor);
  };

  return (
    <div className={styles.composer} {...whereFilesAreDropped(take)}>
      {target !== undefined && (
        <QuoteBlock
          author={target.author.display_name}
          text={target.text}
          onDismiss={() => {
            answer(conversation.id, null);
          }}
        />
      )}
      <AttachedList
        attached={attached}
        onRemove={(id) => {
          detach(drawer, conversation.id, id);
          if (editor !== null) focusAtEnd(editor);
        }}
        onRetry={(id) => {
          giveAgain(drawer, conversation.id, id);
        }}
      />
      <div className={styles.box} data-invalid={problem !== undefined}>
        <RichTextBox
          label="Type a message"
          placeholder="Type a message"
          html={html}
          people={people}
          describedBy={hintId}
          isInvalid={problem !== undefined}
          onReady={setEditor}
          onChange={(fresh, now) => {
            keepDraft(drawer, conversation.id, fresh);
            setWritten(now);
            if (!isEmptyHtml(fresh)) typing.say(conversation.id);
          }}
          onEnter={send}
          onFiles={take}
        />
        <AttachButton onFiles={take} />
        <Tooltip content="Send" relationship="label">
          <Button appearance="primary" icon={<SendRegular />} disabledFocusable={!canSend} onClick={send} />
        </Tooltip>
      </div>
      <FormatBar editor={editor} />
      <div id={hintId} className={styles.hint} role={problem === undefined ? undefined : "alert"}>
        {problem ?? closed ?? (isAttaching ? waitFor(attached) : hintFor(conversation, isConnected))}
      </div>
    </div>
  );
}

function waitFor(attached: Attached[]): string {
  return attached.some((each) => each.problem !== null)
    ? "Remove what cannot be attached, then send."
    : "Attaching; it can be sent in a moment.";
}

/** What is dropped beside the text must not open in place of the workspace either. */
function whereFilesAreDropped(take: (files: File[]) => void) {
  return {
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      if (event.isDefaultPrevented() || event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      take([...event.dataTransfer.files]);
    },
  };
}

/** Why nothing can be sent: whoever was there is gone or no agent now, or no account of theirs can be written to. */
function whyClosed({ kind, person, reaches }: Conversation, isOff: boolean): string | undefined {
  if (reaches.length > 0) return undefined;
  if (person.identities.length === 0) {
    return `${person.display_name} has left: nothing can be sent here any more. What was said stays.`;
  }
  if (kind === "agent") return `${person.display_name} is not an agent any more: nothing can be sent here.`;
  return isOff
    ? "Chat with Microsoft Teams is switched off, so nothing can be sent here at the moment."
    : `No account of ${person.display_name} can be reached at the moment; nothing can be sent here.`;
}

function hintFor({ reaches }: Conversation, isConnected: boolean): string {
  if (reaches.includes("teams") && !isConnected) {
    return "Your Microsoft Teams account is not connected: what goes to Microsoft Teams waits until it is.";
  }
  return `Goes to ${platformsInWords(reaches)} · Shift+Enter for a new line`;
}
