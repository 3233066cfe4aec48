import { Button, Field, Input, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { Logo } from "../../components/ui/logo";
import styles from "./sign-in-page.module.css";

interface Props {
  onSignedIn: () => void;
}

export function SignInPage({ onSignedIn }: Props) {
  const [isIncomplete, setIncomplete] = useState(false);
  const signIn = useMutation({
    mutationKey: ["sign-in"],
    mutationFn: (body: { username: string; password: string }) => answerOf(api.POST("/api/v1/session", { body })),
    onSuccess: onSignedIn,
  });

  // Uncontrolled fields: what a password manager fills in without telling React counts as well.
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const username = textOf(form, "username").trim();
    const password = textOf(form, "password");
    const lacks = username === "" || password === "";
    setIncomplete(lacks);
    if (!lacks && !signIn.isPending) signIn.mutate({ username, password });
  };

  const problem = isIncomplete
    ? "Enter your username and your password."
    : signIn.isError
      ? sentenceOf(signIn.error)
      : undefined;

  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={submit} aria-labelledby="sign-in-title" noValidate>
        <Logo size={44} />
        <h1 id="sign-in-title" className={styles.title}>
          Sign in to Deskbridge
        </h1>
        <p className={styles.hint}>Use the username and password of your workspace.</p>
        <div role="alert" className={styles.problem}>
          {problem !== undefined && (
            <MessageBar intent="error" layout="multiline">
              <MessageBarBody>{problem}</MessageBarBody>
            </MessageBar>
          )}
        </div>
        <Field label="Username">
          <Input
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            size="large"
            autoFocus
          />
        </Field>
        <Field label="Password">
          <Input name="password" type="password" autoComplete="current-password" size="large" />
        </Field>
        <Button type="submit" appearance="primary" size="large" disabledFocusable={signIn.isPending}>
          {signIn.isPending ? "Signing in …" : "Sign in"}
        </Button>
      </form>
    </main>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
