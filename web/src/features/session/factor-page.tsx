import { Button } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { Logo } from "../../components/ui/logo";
import { Ask } from "./ask";
import { RecoveryCodes, ToScan } from "./second-factor-parts";
import styles from "./sign-in-page.module.css";

interface Props {
  onDone: () => void;
  onLogOut: () => void;
}

/** Where whoever lacks the second factor that their organization wants sets one up, before anything else. */
export function FactorPage({ onDone, onLogOut }: Props) {
  const begin = useMutation({
    mutationFn: (password: string) => answerOf(api.POST("/api/v1/me/second-factor", { body: { password } })),
  });
  const confirm = useMutation({
    mutationFn: (code: string) => answerOf(api.POST("/api/v1/me/second-factor/confirm", { body: { code } })),
  });
  return (
    <main className={styles.page}>
      <section className={styles.card} aria-labelledby="factor-title">
        <Logo size={44} />
        <h1 id="factor-title" className={styles.title}>
          Set up a second factor
        </h1>
        {confirm.isSuccess ? (
          <>
            <RecoveryCodes codes={confirm.data.codes} />
            <Button appearance="primary" size="large" onClick={onDone}>
              I have kept them
            </Button>
          </>
        ) : (
          <>
            <p className={styles.hint}>
              Your organization asks for it: with a code of an authenticator app on your phone nobody signs in as you with
              your password alone.
            </p>
            {begin.isSuccess ? (
              <>
                <ToScan {...begin.data} />
                <Ask
                  label="The code that the app shows"
                  button="Confirm"
                  error={confirm.error}
                  isPending={confirm.isPending}
                  onSubmit={confirm.mutate}
                />
              </>
            ) : (
              <Ask
                label="Your password, to begin"
                button="Set up"
                type="password"
                error={begin.error}
                isPending={begin.isPending}
                onSubmit={begin.mutate}
              />
            )}
            <Button appearance="subtle" onClick={onLogOut}>
              Log out
            </Button>
          </>
        )}
      </section>
    </main>
  );
}
