import { Button } from "@fluentui/react-components";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { whyTooLong } from "../../wording/sizes";
import styles from "./edit-box.module.css";

interface Props {
  text: string;
  onSave: (text: string) => void;
  onCancel: () => void;
}

/** A message being changed where it stands: Enter saves, Escape leaves it as it was. */
export function EditBox({ text, onSave, onCancel }: Props) {
  const [draft, setDraft] = useState(text);
  const box = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();
  const problem = whyTooLong(draft);
  const canSave = draft.trim() !== "" && problem === undefined;

  useEffect(() => {
    const { current } = box;
    current?.focus();
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);

  const save = () => {
    if (!canSave) return;
    if (draft === text) onCancel();
    else onSave(draft.replace(/^\n+|\s+$/g, ""));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onCancel();
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    save();
  };

  return (
    <div className={styles.edit}>
      <textarea
        ref={box}
        className={styles.text}
        rows={Math.min(10, draft.split("\n").length)}
        dir="auto"
        aria-label="Edit the message"
        aria-describedby={hintId}
        aria-invalid={problem !== undefined}
        value={draft}
        onChange={(event) => {
          setDraft(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={styles.foot}>
        <span id={hintId} className={styles.hint} role={problem === undefined ? undefined : "alert"}>
          {problem ?? "Enter to save, Esc to cancel"}
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
