import { Button, Field, Input, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState, type MouseEvent, type SubmitEvent } from "react";
import { answerOf, api } from "../../api/client";
import { ProblemError, sentenceOf } from "../../api/problem";
import { Logo } from "../../components/ui/logo";
import styles from "./sign-in-page.module.css";

interface Props {
  onSignedIn: () => void;
}

export function SignInPage({ onSignedIn }: Props) {
  const [isIncomplete, setIncomplete] = useState(false);
  const [isNameless, setNameless] = useState(false);
  const signIn = useMutation({
    mutationKey: ["sign-in"],
    mutationFn: (body: { username: string; password: string; code?: string }) => answerOf(api.POST("/api/v1/session", { body })),
    onSuccess: onSignedIn,
  });

  const singleSignOn = useMutation({
    mutationKey: ["sign-in"],
    mutationFn: (username: string) => answerOf(api.POST("/api/v1/single-sign-on", { body: { username } })),
    onSuccess: ({ authorization_url }) => {
      globalThis.location.assign(authorization_url);
    },
  });

  // Uncontrolled fields: what a password manager fills in without telling React counts as well.
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const username = textOf(form, "username").trim();
    const password = textOf(form, "password");
    const lacks = username === "" || password === "";
    setIncomplete(lacks);
    setNameless(false);
    singleSignOn.reset();
    const code = textOf(form, "code");
    if (!lacks && !signIn.isPending) signIn.mutate({ username, password, ...(code === "" ? {} : { code }) });
  };
  const goElsewhere = (event: MouseEvent<HTMLButtonElement>) => {
    const { form } = event.currentTarget;
    const username = form === null ? "" : textOf(new FormData(form), "username").trim();
    setIncomplete(false);
    signIn.reset();
    setNameless(username === "");
    if (username !== "") singleSignOn.mutate(username);
  };
  const isAsking =
    !isIncomplete && !isNameless && signIn.error instanceof ProblemError && signIn.error.code === "second_factor_needed";
  const asksForCode =
    signIn.error instanceof ProblemError &&
    ["second_factor_needed", "wrong_code", "code_replaced"].includes(signIn.error.code);

  const problem = isIncomplete
    ? "Enter your username and your password."
    : isNameless
      ? "Enter your username, then choose single sign-on."
      : signIn.isError
        ? sentenceOf(signIn.error)
        : singleSignOn.isError
          ? sentenceOf(singleSignOn.error)
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
            <MessageBar intent={isAsking ? "info" : "error"} layout="multiline">
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
        {asksForCode && (
          <Field label="Code" hint="Of your authenticator app, or a recovery code.">
            <Input name="code" autoComplete="one-time-code" autoCapitalize="none" size="large" autoFocus />
          </Field>
        )}
        <Button type="submit" appearance="primary" size="large" disabledFocusable={signIn.isPending}>
          {signIn.isPending ? "Signing in …" : "Sign in"}
        </Button>
        <Button appearance="subtle" disabledFocusable={singleSignOn.isPending} onClick={goElsewhere}>
          Single sign-on
        </Button>
      </form>
    </main>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
