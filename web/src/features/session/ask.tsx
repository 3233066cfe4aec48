import { Button, Field, Input } from "@fluentui/react-components";
import type { SubmitEvent } from "react";
import { sentenceOf } from "../../api/problem";
import styles from "./own-sign-in.module.css";

interface Props {
  label: string;
  button: string;
  type?: "password";
  error: Error | null;
  isPending: boolean;
  onSubmit: (text: string) => void;
}

/** One thing to type in, and a button. */
export function Ask({ label, button, type, error, isPending, onSubmit }: Props) {
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get("text");
    if (typeof text === "string" && text.trim() !== "" && !isPending) onSubmit(type === "password" ? text : text.trim());
  };
  return (
    <form className={styles.ask} onSubmit={submit} noValidate>
      <Field
        label={label}
        validationState={error === null ? "none" : "error"}
        validationMessage={error === null ? undefined : sentenceOf(error)}
      >
        <Input
          name="text"
          type={type ?? "text"}
          inputMode={type === undefined ? "text" : undefined}
          autoComplete={type === undefined ? "one-time-code" : "current-password"}
        />
      </Field>
      <Button type="submit" disabledFocusable={isPending}>
        {button}
      </Button>
    </form>
  );
}
