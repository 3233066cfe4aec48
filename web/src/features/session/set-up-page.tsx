import { Button, Field, Input, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { Logo } from "../../components/ui/logo";
import { textOf, troubleWith } from "./chosen-password";
import styles from "./sign-in-page.module.css";

interface Props {
  /** The organisation exists, and its administrator is signed in. */
  onDone: () => void;
}

type Fields = Schemas["SetUp"];

/** Nobody is here yet: whoever knows the code that the server printed makes the organisation and its first admin. */
export function SetUpPage({ onDone }: Props) {
  const [trouble, setTrouble] = useState<string>();
  const setUp = useMutation({
    mutationKey: ["sign-in"],
    mutationFn: (body: Fields) => answerOf(api.POST("/api/v1/set-up", { body })),
    onSuccess: onDone,
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const fields = {
      code: textOf(form, "code").trim(),
      organization: textOf(form, "organization").trim(),
      display_name: textOf(form, "display_name").trim(),
      username: textOf(form, "username").trim(),
      email: textOf(form, "email").trim(),
      password: textOf(form, "password"),
    };
    const lacks = Object.values(fields).includes("");
    const wrong = lacks ? "Fill in every field." : troubleWith(fields.password, textOf(form, "confirmed"));
    setTrouble(wrong);
    if (wrong === undefined && !setUp.isPending) setUp.mutate(fields);
  };
  const problem = trouble ?? (setUp.isError ? sentenceOf(setUp.error) : undefined);
  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={submit} aria-labelledby="set-up-title" noValidate>
        <Logo size={44} />
        <h1 id="set-up-title" className={styles.title}>
          Set up Deskbridge
        </h1>
        <p className={styles.hint}>
          This is a new installation. Enter the code that the server printed when it started, and create your
          organization and its first administrator.
        </p>
        <div role="alert" className={styles.problem}>
          {problem !== undefined && (
            <MessageBar intent="error" layout="multiline">
              <MessageBarBody>{problem}</MessageBarBody>
            </MessageBar>
          )}
        </div>
        <Field label="One-time code" hint="“deskbridge setup-code” prints another one.">
          <Input name="code" defaultValue={codeOfTheLink()} autoComplete="off" spellCheck={false} size="large" />
        </Field>
        <Field label="Organization">
          <Input name="organization" autoComplete="organization" size="large" autoFocus />
        </Field>
        <Field label="Your name">
          <Input name="display_name" autoComplete="name" size="large" />
        </Field>
        <Field label="Username">
          <Input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} size="large" />
        </Field>
        <Field label="E-mail address">
          <Input name="email" type="email" autoComplete="email" size="large" />
        </Field>
        <Field label="Password" hint="At least 8 characters. A few words are easy to remember.">
          <Input name="password" type="password" autoComplete="new-password" size="large" />
        </Field>
        <Field label="Confirm password">
          <Input name="confirmed" type="password" autoComplete="new-password" size="large" />
        </Field>
        <Button type="submit" appearance="primary" size="large" disabledFocusable={setUp.isPending}>
          {setUp.isPending ? "Setting up …" : "Set up"}
        </Button>
      </form>
    </main>
  );
}

/** The console shows an address with the code in its fragment, which is sent to no server. */
function codeOfTheLink(): string {
  return decodeURIComponent(globalThis.location.hash.slice(1));
}
