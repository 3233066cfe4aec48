import { Button, Field, Input, MessageBar, MessageBarBody, Spinner } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { Logo } from "../../components/ui/logo";
import { textOf, troubleWith } from "./chosen-password";
import styles from "./sign-in-page.module.css";

interface Props {
  /** The secret of the one-time link. */
  secret: string;
  onDone: () => void;
}

/** Where a one-time link leads: somebody who was invited, or whose password was reset, chooses one. */
export function WelcomePage({ secret, onDone }: Props) {
  const [trouble, setTrouble] = useState<string>();
  const owner = useQuery({
    queryKey: ["password-link", secret],
    queryFn: () => answerOf(api.POST("/api/v1/password-link/owner", { body: { secret } })),
    retry: false,
  });
  const choose = useMutation({
    mutationFn: (password: string) => answerOf(api.POST("/api/v1/password-link", { body: { secret, password } })),
    onSuccess: onDone,
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = textOf(form, "password");
    const wrong = troubleWith(password, textOf(form, "confirmed"));
    setTrouble(wrong);
    if (wrong === undefined && !choose.isPending) choose.mutate(password);
  };
  const problem = trouble ?? (choose.isError ? sentenceOf(choose.error) : undefined);
  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={submit} aria-labelledby="welcome-title" noValidate>
        <Logo size={44} />
        <h1 id="welcome-title" className={styles.title}>
          {owner.isSuccess ? <>Welcome, {owner.data.display_name}</> : "Welcome to Deskbridge"}
        </h1>
        {owner.isPending && <Spinner />}
        {owner.isError && (
          <>
            <MessageBar intent="error" layout="multiline" role="alert">
              <MessageBarBody>{sentenceOf(owner.error)}</MessageBarBody>
            </MessageBar>
            <Button onClick={onDone}>Go to the sign-in page</Button>
          </>
        )}
        {owner.isSuccess && (
          <>
            <p className={styles.hint}>
              Choose the password with which you will sign in as <strong>{owner.data.username}</strong>.
            </p>
            <div role="alert" className={styles.problem}>
              {problem !== undefined && (
                <MessageBar intent="error" layout="multiline">
                  <MessageBarBody>{problem}</MessageBarBody>
                </MessageBar>
              )}
            </div>
            <input type="hidden" name="username" autoComplete="username" value={owner.data.username} />
            <Field label="New password" hint="At least 8 characters. A few words are easy to remember.">
              <Input name="password" type="password" autoComplete="new-password" size="large" autoFocus />
            </Field>
            <Field label="Confirm new password">
              <Input name="confirmed" type="password" autoComplete="new-password" size="large" />
            </Field>
            <Button type="submit" appearance="primary" size="large" disabledFocusable={choose.isPending}>
              Set password
            </Button>
          </>
        )}
      </form>
    </main>
  );
}
