import { Button, Field, Input, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { textOf, troubleWith } from "./chosen-password";
import styles from "./own-sign-in.module.css";

/** My profile > Settings > Password: another one, with the one before. */
export function PasswordSection() {
  const [trouble, setTrouble] = useState<string>();
  const change = useMutation({
    mutationFn: (body: { password: string; new_password: string }) => answerOf(api.POST("/api/v1/me/password", { body })),
    onSuccess: () => {
      location.reload();
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { password: textOf(form, "password"), new_password: textOf(form, "new") };
    const wrong = troubleWith(body.new_password, textOf(form, "confirmed"));
    setTrouble(wrong);
    if (wrong === undefined && !change.isPending) change.mutate(body);
  };
  const problem = trouble ?? (change.isError ? sentenceOf(change.error) : undefined);
  return (
    <section className={styles.section} aria-labelledby="password">
      <h2 id="password">Password</h2>
      <p className={styles.muted}>With another password you sign in again, here and wherever else you are signed in.</p>
      <div role="alert">
        {problem !== undefined && (
          <MessageBar intent="error" layout="multiline">
            <MessageBarBody>{problem}</MessageBarBody>
          </MessageBar>
        )}
      </div>
      <form className={styles.ask} onSubmit={submit} noValidate>
        <Field className={styles.alone} label="Current password">
          <Input name="password" type="password" autoComplete="current-password" />
        </Field>
        <Field label="New password">
          <Input name="new" type="password" autoComplete="new-password" />
        </Field>
        <Field label="Confirm new password">
          <Input name="confirmed" type="password" autoComplete="new-password" />
        </Field>
        <Button type="submit" disabledFocusable={change.isPending}>
          Change password
        </Button>
      </form>
    </section>
  );
}
