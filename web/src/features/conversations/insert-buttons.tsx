import { Button, Popover, PopoverSurface, PopoverTrigger, Spinner, Tooltip } from "@fluentui/react-components";
import { EmojiRegular, LinkRegular, MentionRegular } from "@fluentui/react-icons";
import type { Editor } from "@tiptap/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { LinkForm } from "./link-form";

// The names of all emoji weigh as much as a picture: they come when somebody wants one.
const EmojiPicker = lazy(async () => ({ default: (await import("./emoji-picker")).EmojiPicker }));

type Surface = "link" | "emoji";

/** A link, an emoji or somebody's name at the cursor. */
export function InsertButtons({ editor }: { editor: Editor | null }) {
  const [open, setOpen] = useState<Surface | null>(null);

  useEffect(() => {
    if (editor === null) return;
    const text = editor.view.dom;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOpen("link");
    };
    text.addEventListener("keydown", onKey);
    return () => {
      text.removeEventListener("keydown", onKey);
    };
  }, [editor]);

  const surface = (which: Surface) => ({
    open: open === which,
    onOpenChange: (_: unknown, { open: isOpen }: { open: boolean }) => {
      setOpen(isOpen ? which : null);
      if (!isOpen) backTo(editor);
    },
    trapFocus: true,
    positioning: "above-start" as const,
  });
  const done = () => {
    setOpen(null);
    backTo(editor);
  };

  return (
    <>
      <Popover {...surface("link")}>
        <PopoverTrigger disableButtonEnhancement>
          <Tooltip content="Link (Ctrl+K)" relationship="label">
            <Button size="small" appearance="subtle" icon={<LinkRegular />} />
          </Tooltip>
        </PopoverTrigger>
        <PopoverSurface aria-label="Link">{editor !== null && <LinkForm editor={editor} onDone={done} />}</PopoverSurface>
      </Popover>
      <Popover {...surface("emoji")}>
        <PopoverTrigger disableButtonEnhancement>
          <Tooltip content="Emoji" relationship="label">
            <Button size="small" appearance="subtle" icon={<EmojiRegular />} />
          </Tooltip>
        </PopoverTrigger>
        <PopoverSurface aria-label="Emoji">
          <Suspense fallback={<Spinner size="small" label="Emoji" />}>
            <EmojiPicker
              onPick={(emoji) => {
                editor?.commands.insertContent({ type: "text", text: emoji });
                done();
              }}
            />
          </Suspense>
        </PopoverSurface>
      </Popover>
      <Tooltip content="Mention (@)" relationship="label">
        <Button
          size="small"
          appearance="subtle"
          icon={<MentionRegular />}
          onClick={() => {
            if (editor === null) return;
            backTo(editor);
            editor.commands.insertContent({ type: "text", text: isAfterWord(editor) ? " @" : "@" });
          }}
        />
      </Tooltip>
    </>
  );
}

/** The cursor is where it was; what was pressed would keep the focus otherwise. */
function backTo(editor: Editor | null): void {
  if (editor === null) return;
  const focus = () => {
    editor.view.dom.focus({ preventScroll: true });
    editor.view.focus();
  };
  focus();
  // What closes gives the focus back to its button a moment later.
  requestAnimationFrame(() => {
    if (!editor.isDestroyed && !editor.view.hasFocus()) focus();
  });
}

/** An @ inside a word is an address, and names nobody. */
function isAfterWord({ state }: Editor): boolean {
  const { $from } = state.selection;
  return /\S$/.test($from.parent.textBetween(0, $from.parentOffset, "\n", " "));
}
