import { ToggleButton, Tooltip, useArrowNavigationGroup } from "@fluentui/react-components";
import {
  CodeBlockRegular,
  CodeRegular,
  TextBoldRegular,
  TextBulletListRegular,
  TextItalicRegular,
  TextNumberListLtrRegular,
  TextQuoteRegular,
  TextStrikethroughRegular,
  type FluentIcon,
} from "@fluentui/react-icons";
import type { ChainedCommands, Editor } from "@tiptap/core";
import { useEditorState } from "@tiptap/react";
import { createElement, type ReactNode } from "react";
import styles from "./format-bar.module.css";
import { InsertButtons } from "./insert-buttons";

interface Format {
  name: string;
  words: string;
  keys: string;
  icon: FluentIcon;
  toggle: (chain: ChainedCommands) => ChainedCommands;
}

const FORMATS: Format[] = [
  { name: "bold", words: "Bold", keys: "Ctrl+B", icon: TextBoldRegular, toggle: (c) => c.toggleBold() },
  { name: "italic", words: "Italic", keys: "Ctrl+I", icon: TextItalicRegular, toggle: (c) => c.toggleItalic() },
  { name: "strike", words: "Strikethrough", keys: "~~", icon: TextStrikethroughRegular, toggle: (c) => c.toggleStrike() },
  { name: "code", words: "Code", keys: "`", icon: CodeRegular, toggle: (c) => c.toggleCode() },
  { name: "bulletList", words: "Bulleted list", keys: "-", icon: TextBulletListRegular, toggle: (c) => c.toggleBulletList() },
  {
    name: "orderedList",
    words: "Numbered list",
    keys: "1.",
    icon: TextNumberListLtrRegular,
    toggle: (c) => c.toggleOrderedList(),
  },
  { name: "blockquote", words: "Quote", keys: ">", icon: TextQuoteRegular, toggle: (c) => c.toggleBlockquote() },
  { name: "codeBlock", words: "Code block", keys: "```", icon: CodeBlockRegular, toggle: (c) => c.toggleCodeBlock() },
];

/** Formatting by button; one stop for the keyboard, and each says the shortcut that does the same. */
export function FormatBar({ editor, children }: { editor: Editor | null; children?: ReactNode }) {
  const group = useArrowNavigationGroup({ axis: "horizontal", memorizeCurrent: true });
  const active = useEditorState({
    editor,
    selector: ({ editor: current }) => FORMATS.filter(({ name }) => current?.isActive(name) === true).map((f) => f.name),
  });
  return (
    <div className={styles.bar} role="toolbar" aria-label="Formatting" {...group}>
      {FORMATS.map(({ name, words, keys, icon, toggle }) => (
        <Tooltip key={name} content={`${words} (${keys})`} relationship="label">
          <ToggleButton
            size="small"
            appearance="subtle"
            icon={createElement(icon)}
            checked={active?.includes(name) ?? false}
            onPointerDown={(event) => {
              // The selection in the text stays.
              event.preventDefault();
            }}
            onClick={() => {
              if (editor !== null) toggle(editor.chain().focus()).run();
            }}
          />
        </Tooltip>
      ))}
      <InsertButtons editor={editor} />
      {children}
    </div>
  );
}
