import { Badge } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { dateAndTime } from "../../wording/moments";
import { Ask } from "./ask";
import styles from "./own-sign-in.module.css";

/** My profile > Settings > Where you are signed in. */
export function SessionsSection() {
  const sessions = useQuery({
    queryKey: ["own-sessions"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/me/sessions", { signal })),
  });
  const end = useMutation({
    mutationFn: (password: string) => answerOf(api.POST("/api/v1/me/sessions/end", { body: { password } })),
    onSuccess: () => {
      location.reload();
    },
  });
  if (sessions.data === undefined) return null;
  return (
    <section className={styles.section} aria-labelledby="own-sessions">
      <h2 id="own-sessions">Where you are signed in</h2>
      <ul className={styles.sessions}>
        {sessions.data.map((each) => (
          <li key={`${each.since} ${each.origin}`}>
            <span>
              Since {dateAndTime(each.since)}, from {each.origin}
            </span>
            {each.is_this && <Badge appearance="tint">This browser</Badge>}
          </li>
        ))}
      </ul>
      <Ask
        label="Your password, to sign out everywhere"
        button="Sign out everywhere"
        type="password"
        error={end.error}
        isPending={end.isPending}
        onSubmit={end.mutate}
      />
    </section>
  );
}
