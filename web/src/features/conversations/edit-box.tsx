import { Button } from "@fluentui/react-components";
import type { Editor } from "@tiptap/core";
import { useEffect, useId, useRef, useState } from "react";
import type { Message } from "../../realtime/protocol";
import { whyTooLong } from "../../wording/sizes";
import { AttachButton } from "./attach-button";
import styles from "./edit-box.module.css";
import { FormatBar } from "./format-bar";
import { focusAtEnd, RichTextBox } from "./rich-text-box";
import { usePeopleToMention } from "./use-people-to-mention";
import { usePictures } from "./use-pictures";
import { htmlFromText, type Written } from "./written";

interface Props {
  message: Message;
  onSave: (written: Written) => void;
  onCancel: () => void;
}

/** A message being changed where it stands: Enter saves, Escape leaves it as it was. */
export function EditBox({ message, onSave, onCancel }: Props) {
  // The words of a message that is a file alone are those of the file.
  const isWordless = message.html === "" && message.attachments.length > 0;
  const before = isWordless ? "" : message.html === "" ? htmlFromText(message.text) : message.html;
  const [draft, setDraft] = useState<{ html: string; written: Written } | null>(null);
  const [editor, setEditor] = useState<Editor | null>(null);
  const people = usePeopleToMention(message.conversation_id);
  const hintId = useId();
  const frame = useRef<HTMLDivElement>(null);
  const words = draft?.written.text ?? (isWordless ? "" : message.text);
  const pictures = usePictures(message.conversation_id, editor);
  const problem = whyTooLong(draft?.written.html ?? words);
  const canSave = words.trim() !== "" && problem === undefined && pictures.waiting === 0;
  const wrong = problem ?? pictures.problem;

  useEffect(() => {
    if (editor === null) return;
    const before = document.activeElement;
    // Once it is on the page; whoever has begun to write, or has gone elsewhere since, keeps their place.
    const soon = requestAnimationFrame(() => {
      if (editor.isDestroyed || (document.activeElement !== before && document.activeElement !== document.body)) return;
      focusAtEnd(editor);
      // It is higher than the message was, whose place may have been at the upper edge.
      frame.current?.scrollIntoView({ block: "nearest" });
    });
    return () => {
      cancelAnimationFrame(soon);
    };
  }, [editor]);

  const save = () => {
    if (!canSave) return;
    if (draft === null) onCancel();
    else onSave({ ...draft.written, text: draft.written.text.replace(/^\n+|\s+$/g, "") });
  };

  return (
    <div ref={frame} className={styles.edit}>
      <div className={styles.text} data-invalid={problem !== undefined}>
        <RichTextBox
          label="Edit the message"
          placeholder=""
          html={draft?.html ?? before}
          people={people}
          describedBy={hintId}
          isInvalid={problem !== undefined}
          onReady={setEditor}
          onChange={(html, written) => {
            setDraft({ html, written });
          }}
          onEnter={save}
          onEscape={onCancel}
          onFiles={pictures.take}
        />
      </div>
      <FormatBar editor={editor}>
        <AttachButton isForPictures onFiles={pictures.take} />
      </FormatBar>
      <div className={styles.foot}>
        <span id={hintId} className={styles.hint} role={wrong === undefined ? undefined : "alert"}>
          {wrong ?? (pictures.waiting > 0 ? "Putting the picture in…" : "Enter to save, Esc to cancel")}
        </span>
        <Button size="small" onClick={onCancel}>
          Cancel
        </Button>
        <Button size="small" appearance="primary" disabledFocusable={!canSave} onClick={save}>
          Save
        </Button>
      </div>
    </div>
  );
}
