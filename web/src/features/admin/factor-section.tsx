import { Switch } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { useChangeWorld, useWorld } from "../../realtime/world";
import { ConfirmDialog } from "./confirm-dialog";
import { usersKey } from "./users-key";
import styles from "./admin-page.module.css";

/** Whether everybody who signs in with a password has to have a second factor. */
export function FactorSection() {
  const isRequired = useWorld((world) => world.account.second_factor_required);
  const changeWorld = useChangeWorld();
  const notify = useNotify();
  const [isAsking, setAsking] = useState(false);
  const users = useQuery({
    queryKey: usersKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/users", { signal })),
  });
  const lacking = users.data?.filter((each) => !each.has_second_factor && !each.user.suspended).length;
  const change = useMutation({
    mutationFn: (second_factor_required: boolean) =>
      answerOf(api.PUT("/api/v1/admin/account", { body: { second_factor_required } })),
    onSuccess: (fresh) => {
      changeWorld((world) => ({ ...world, account: fresh }));
    },
    onError: (error) => {
      notify("error", "The setting was not changed.", sentenceOf(error));
    },
    onSettled: () => {
      setAsking(false);
    },
  });
  const howMany = lacking === undefined ? "" : ` ${lacking === 1 ? "1 user has" : `${lacking.toLocaleString("en")} users have`} none yet.`;
  return (
    <section className={styles.section} aria-labelledby="second-factor">
      <div className={styles.head}>
        <h2 id="second-factor">Second factor</h2>
        <Switch
          label="Required"
          labelPosition="before"
          checked={isRequired}
          disabled={change.isPending}
          onChange={(_, { checked }) => {
            if (checked) setAsking(true);
            else change.mutate(false);
          }}
        />
      </div>
      <p className={styles.muted}>
        {isRequired
          ? "Whoever signs in with a password has a second factor, or sets one up before anything else."
          : "Each user chooses whether to have a second factor."}
        {howMany} Single sign-on is exempt: your provider asks there.
      </p>
      {isAsking && (
        <ConfirmDialog
          title="Ask everybody for a second factor?"
          action="Require it"
          isPending={change.isPending}
          onConfirm={() => {
            change.mutate(true);
          }}
          onClose={() => {
            setAsking(false);
          }}
        >
          Whoever signed in with a password and has none gets no further than setting one up, in open workspaces at once, and
          so do you. What they wrote and did not send is kept in their browser.{howMany}
        </ConfirmDialog>
      )}
    </section>
  );
}
