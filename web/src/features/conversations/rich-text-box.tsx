import type { Editor } from "@tiptap/core";
import { Fragment, Slice, type Schema } from "@tiptap/pm/model";
import { Selection } from "@tiptap/pm/state";
import { EditorContent, useEditor } from "@tiptap/react";
import { useEffect, useId, useRef, useState } from "react";
import { editorExtensions } from "./editor-nodes";
import { askedAt, matching, mention, type Asked, type Candidate } from "./mentioning";
import { PeopleToMention } from "./people-to-mention";
import styles from "./rich-text-box.module.css";
import { isPlain, trimmed, type Written } from "./written";

interface Props {
  label: string;
  placeholder: string;
  html: string;
  people: Candidate[];
  describedBy: string;
  isInvalid: boolean;
  onChange: (html: string, written: Written) => void;
  onEnter: () => void;
  onEscape?: () => void;
  onFiles?: (files: File[]) => void;
  onReady: (editor: Editor) => void;
}

/** Where one writes with formatting. Enter is the caller's, except where a list or code goes on. */
export function RichTextBox(props: Props) {
  const { html, people } = props;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const found = asked === null ? [] : matching(people, asked.query);
  const last = useRef(html);
  // The editor keeps what it is given first; what it calls is always of now.
  const now = useRef({ props, asked, chosen, found });
  useEffect(() => {
    now.current = { props, asked, chosen, found };
  });

  const editor = useEditor({
    extensions: editorExtensions(props.placeholder),
    content: html,
    injectCSS: false,
    editorProps: {
      attributes: () => attributesOf(now.current.props, now.current.found.length > 0 ? listId : null, now.current.chosen),
      clipboardTextParser: (text, context) => linesOf(text, context.doc.type.schema),
      transformPastedHTML: withoutNoise,
      handleKeyDown: (_, event) => onKey(event),
      handlePaste: (_, event) => takePasted(event.clipboardData),
      handleDrop: (_, event) => takeFiles(event.dataTransfer?.files),
    },
    onUpdate: ({ editor: changed }) => {
      const fresh = changed.isEmpty ? "" : changed.getHTML();
      last.current = fresh;
      now.current.props.onChange(fresh, writtenIn(changed));
    },
    onTransaction: ({ editor: changed }) => {
      setAsked(askedAt(changed));
    },
    onBlur: () => {
      setAsked(null);
    },
  });

  const pick = (person: Candidate) => {
    if (now.current.asked !== null) mention(editor, now.current.asked, person);
    setChosen(0);
  };
  function onKey(event: KeyboardEvent): boolean {
    const { props: given, found: offered, chosen: at } = now.current;
    if (event.isComposing) return false;
    if (offered.length > 0 && choose(event, offered, at)) return true;
    if (event.key === "Escape" && given.onEscape !== undefined) {
      given.onEscape();
      return true;
    }
    if (event.key !== "Enter" || event.shiftKey) return false;
    if (!event.ctrlKey && !event.metaKey && goesOn(editor)) return false;
    given.onEnter();
    return true;
  }
  function choose(event: KeyboardEvent, offered: Candidate[], at: number): boolean {
    const index = Math.min(at, offered.length - 1);
    const person = offered[index];
    if (event.key === "ArrowDown") setChosen((index + 1) % offered.length);
    else if (event.key === "ArrowUp") setChosen((index + offered.length - 1) % offered.length);
    else if (event.key === "Escape") setAsked(null);
    else if ((event.key === "Enter" || event.key === "Tab") && person !== undefined) pick(person);
    else return false;
    return true;
  }
  function takePasted(pasted: DataTransfer | null): boolean {
    // Word and Excel give a picture of the words beside the words: these are meant.
    return pasted?.getData("text/plain") === "" && takeFiles(pasted.files);
  }
  function takeFiles(files: FileList | undefined): boolean {
    const { onFiles } = now.current.props;
    if (files === undefined || files.length === 0 || onFiles === undefined) return false;
    onFiles([...files]);
    return true;
  }

  // Made while rendering, the editor gives up when it takes long until all is on the page; then another one comes.
  useEffect(() => {
    if (html === last.current || editor.isDestroyed) return;
    last.current = html;
    editor.commands.setContent(html, { emitUpdate: false });
  }, [editor, html]);
  useEffect(() => {
    // What assistive technology is told of changes with what is around the editor.
    if (!editor.isDestroyed) editor.view.setProps({});
  });
  const { onReady } = props;
  useEffect(() => {
    if (!editor.isDestroyed) onReady(editor);
  }, [editor, onReady]);

  return (
    <div className={styles.frame}>
      <PeopleToMention id={listId} people={found} chosen={Math.min(chosen, found.length - 1)} onPick={pick} />
      <EditorContent editor={editor} className={styles.content} />
    </div>
  );
}

/** Where Enter makes the next item or line. */
function goesOn(editor: Editor): boolean {
  return editor.isActive("listItem") || editor.isActive("codeBlock");
}

function attributesOf(props: Props, listId: string | null, chosen: number): Record<string, string> {
  return {
    role: "textbox",
    "aria-multiline": "true",
    "aria-label": props.label,
    "aria-describedby": props.describedBy,
    "aria-invalid": String(props.isInvalid),
    "aria-haspopup": "listbox",
    "aria-autocomplete": "list",
    dir: "auto",
    class: styles.text ?? "",
    ...(listId === null ? {} : { "aria-controls": listId, "aria-activedescendant": `${listId}-${String(chosen)}` }),
  };
}

/** What the schema leaves out anyway and the page's policy would speak up at; where bold is taken back, it is none. */
function withoutNoise(html: string): string {
  return html
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, "")
    .replace(/<b\b[^>]*font-weight:\s*normal[^>]*>/gi, "<span>")
    .replace(/<(?:img|script|link|meta|iframe|object|svg)\b[^>]*>/gi, "")
    .replace(/\s(?:style|on\w+)=(?:"[^"]*"|'[^']*')/gi, "");
}

/** Pasted plain text keeps its lines, the empty ones as well. */
function linesOf(text: string, schema: Schema): Slice {
  const paragraphs = text
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => schema.node("paragraph", null, line === "" ? [] : [schema.text(line)]));
  return new Slice(Fragment.from(paragraphs), 1, 1);
}

/** At once: the editor's own command waits for a frame, and would take the focus from what was pressed meanwhile. */
export function focusAtEnd(editor: Editor): void {
  const { from } = Selection.atEnd(editor.state.doc);
  editor.commands.setTextSelection(from);
  editor.view.dom.focus({ preventScroll: true });
  editor.view.focus();
}

export function writtenIn(editor: Editor): Written {
  const text = editor.getText({ blockSeparator: "\n" });
  return { text, html: isPlain(editor.getJSON()) ? null : trimmed(editor.getHTML()) };
}
