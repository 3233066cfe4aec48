import { Button, Field, Input } from "@fluentui/react-components";
import type { Editor } from "@tiptap/core";
import { type SyntheticEvent, useState } from "react";
import styles from "./link-form.module.css";
import { addressIn } from "./link-address";

interface Props {
  editor: Editor;
  onDone: () => void;
}

/** Where what is selected leads, or a link in words of its own. */
export function LinkForm({ editor, onDone }: Props) {
  const before: unknown = editor.getAttributes("link").href;
  const isLink = typeof before === "string";
  const [{ from, to }] = useState(() => editor.state.selection);
  const [words, setWords] = useState(() => editor.state.doc.textBetween(from, to, " "));
  const [address, setAddress] = useState(isLink ? before : "");
  const [isWrong, setIsWrong] = useState(false);
  const asksForWords = from === to && !isLink;

  const save = (event: SyntheticEvent) => {
    event.preventDefault();
    const href = addressIn(address);
    if (href === null) {
      setIsWrong(true);
      return;
    }
    if (asksForWords) {
      const text = words.trim() === "" ? address.trim() : words.trim();
      editor.commands.insertContent([{ type: "text", text, marks: [{ type: "link", attrs: { href } }] }, { type: "text", text: " " }]);
    } else editor.chain().extendMarkRange("link").setLink({ href }).run();
    onDone();
  };

  return (
    <form className={styles.form} onSubmit={save} noValidate>
      {asksForWords && (
        <Field label="Words to show" size="small">
          <Input
            size="small"
            value={words}
            onChange={(_, { value }) => {
              setWords(value);
            }}
          />
        </Field>
      )}
      <Field
        label="Address"
        size="small"
        validationMessage={isWrong ? "Give an address on the web, as example.com/page, or of an e-mail." : undefined}
      >
        <Input
          size="small"
          inputMode="url"
          placeholder="https://"
          value={address}
          onChange={(_, { value }) => {
            setAddress(value);
            setIsWrong(false);
          }}
        />
      </Field>
      <div className={styles.buttons}>
        {isLink && (
          <Button
            size="small"
            onClick={() => {
              editor.chain().extendMarkRange("link").unsetLink().run();
              onDone();
            }}
          >
            Remove link
          </Button>
        )}
        <Button size="small" appearance="primary" type="submit" disabledFocusable={address.trim() === ""}>
          {isLink ? "Save" : "Insert"}
        </Button>
      </div>
    </form>
  );
}
