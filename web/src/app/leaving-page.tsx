import { Button, Spinner } from "@fluentui/react-components";
import { PlugDisconnectedRegular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { answerOf, api } from "../api/client";
import { isSignedOut } from "../api/problem";
import { Notice } from "../components/ui/notice";
import styles from "./session-gate.module.css";

const RETRY_MS = 5_000;

/** Nothing of whoever logged out is here any more. Nobody signs in before the server has ended their session: the answer
 * takes the cookie along, and that could be the next one's. */
export function LeavingPage({ onLeft }: { onLeft: () => void }) {
  const ending = useQuery({
    queryKey: ["log-out"],
    queryFn: endSession,
    retry: false,
    gcTime: 0,
    refetchInterval: ({ state }) => (state.data === true ? false : RETRY_MS),
  });
  useEffect(() => {
    if (ending.isSuccess) onLeft();
  }, [ending.isSuccess, onLeft]);
  return (
    <main className={styles.page}>
      <h1 className="visually-hidden">Deskbridge</h1>
      {ending.errorUpdateCount > 0 ? (
        <Notice
          icon={<PlugDisconnectedRegular />}
          title="You are logged out of this page, not yet of Deskbridge"
          action={
            <Button appearance="primary" onClick={() => void ending.refetch()}>
              Try again
            </Button>
          }
        >
          Deskbridge cannot be reached at the moment. Your session ends as soon as it answers: leave this page open until then,
          and nobody goes on in your name.
        </Notice>
      ) : (
        <Spinner label="Logging out" size="large" labelPosition="below" />
      )}
    </main>
  );
}

/** Whoever is not signed in is logged out, too. */
async function endSession(): Promise<true> {
  try {
    await answerOf(api.DELETE("/api/v1/session"));
  } catch (error) {
    if (!isSignedOut(error)) throw error;
  }
  return true;
}
