import { Badge } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { useWorld } from "../../realtime/world";
import { dateAndTime } from "../../wording/moments";
import { Ask } from "./ask";
import { RecoveryCodes, ToScan } from "./second-factor-parts";
import styles from "./own-sign-in.module.css";

const KEY = ["second-factor"];

/** My profile > Settings > Second factor: codes of an authenticator app besides the password. */
export function SecondFactorSection() {
  const isRequired = useWorld((world) => world.account.second_factor_required);
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[]>();
  const factor = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/me/second-factor", { signal })),
  });
  const refresh = () => client.invalidateQueries({ queryKey: KEY });
  const begin = useMutation({
    mutationFn: (password: string) => answerOf(api.POST("/api/v1/me/second-factor", { body: { password } })),
  });
  const confirm = useMutation({
    mutationFn: (code: string) => answerOf(api.POST("/api/v1/me/second-factor/confirm", { body: { code } })),
    onSuccess: (answer) => {
      setCodes(answer.codes);
      begin.reset();
      return refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (code: string) => answerOf(api.POST("/api/v1/me/second-factor/remove", { body: { code } })),
    onSuccess: () => {
      setCodes(undefined);
      // Where it is asked for nothing else can be done now.
      if (isRequired) void client.invalidateQueries({ queryKey: ["world"] });
      return refresh();
    },
  });
  if (factor.data === undefined) return null;
  const { since, recovery_codes } = factor.data;
  return (
    <section className={styles.section} aria-labelledby="second-factor">
      <div className={styles.title}>
        <h2 id="second-factor">Second factor</h2>
        <Badge color={since === null ? "informative" : "success"} appearance={since === null ? "tint" : "filled"}>
          {since === null ? "Off" : "On"}
        </Badge>
      </div>
      {codes !== undefined && <RecoveryCodes codes={codes} />}
      {since !== null && (
        <>
          <p className={styles.muted}>
            Asked for at each sign-in with your password since {dateAndTime(since)}. Recovery codes left:{" "}
            {recovery_codes}.
            {isRequired && " Your organization asks for it: switched off, you set up another one at once."}
          </p>
          <Ask
            label="A code, to switch it off"
            button="Switch off"
            error={remove.error}
            isPending={remove.isPending}
            onSubmit={remove.mutate}
          />
        </>
      )}
      {since === null && begin.data === undefined && (
        <>
          <p className={styles.muted}>
            With a code of an authenticator app on your phone nobody signs in as you with your password alone.
          </p>
          <Ask
            label="Your password, to begin"
            button="Set up"
            type="password"
            error={begin.error}
            isPending={begin.isPending}
            onSubmit={begin.mutate}
          />
        </>
      )}
      {since === null && begin.data !== undefined && (
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
      )}
    </section>
  );
}
