import { Button, Spinner } from "@fluentui/react-components";
import { PlugDisconnectedRegular } from "@fluentui/react-icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { answerOf, api } from "../api/client";
import { isPassing, isSignedOut, lacksFactor, sentenceOf } from "../api/problem";
import { Notice } from "../components/ui/notice";
import { useNotify } from "../components/ui/notify";
import { forgetPromptAnswered } from "../features/connection/prompt-memory";
import { FactorPage } from "../features/session/factor-page";
import { SetUpPage } from "../features/session/set-up-page";
import { SignInPage } from "../features/session/sign-in-page";
import { WelcomePage } from "../features/session/welcome-page";
import { RealtimeProvider } from "../realtime/realtime-provider";
import { worldQuery } from "../realtime/world";
import styles from "./session-gate.module.css";
import { Workspace } from "./workspace";

const RETRY_MS = 5_000;

interface Props {
  isSignedIn: boolean;
  onSignedIn: (isSignedIn: boolean) => void;
}

/** The sign-in page, or the workspace of whoever is signed in; the address stays the same across both. */
export function SessionGate({ isSignedIn, onSignedIn }: Props) {
  const client = useQueryClient();
  const notify = useNotify();
  const world = useQuery({
    ...worldQuery(client),
    enabled: isSignedIn && linkSecret() === undefined,
    // Who opens the page while the server restarts should not have to ask again.
    refetchInterval: ({ state }) => (state.data === undefined && isPassing(state.error) ? RETRY_MS : false),
  });

  const isOut = !isSignedIn || isSignedOut(world.error);
  const setUp = useQuery({
    queryKey: ["set-up"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/set-up", { signal })),
    enabled: isOut,
    staleTime: Infinity,
  });
  const navigate = useNavigate();

  const loggingOut = useRef<"no" | "asked" | "closed">("no");
  const leave = useCallback(() => {
    loggingOut.current = "no";
    onSignedIn(false);
  }, [onSignedIn]);
  const { refetch } = world;
  const [round, setRound] = useState(0);
  // Whose WebSocket was closed may be signed out, or only lack something: the server says which.
  const lookAgain = useCallback(() => {
    if (loggingOut.current !== "no") {
      // The answer comes later, and takes the cookie along: that of whoever has signed in until then, too.
      loggingOut.current = "closed";
      return;
    }
    void refetch().then(({ isSuccess, error }) => {
      if (isSuccess) setRound((before) => before + 1);
      else if (!lacksFactor(error)) leave();
    });
  }, [refetch, leave]);
  const logOut = useCallback(() => {
    loggingOut.current = "asked";
    answerOf(api.DELETE("/api/v1/session")).then(leave, (error: unknown) => {
      const isClosed = loggingOut.current === "closed";
      loggingOut.current = "no";
      if (isSignedOut(error)) leave();
      else notify("error", "You are still signed in.", sentenceOf(error));
      if (isClosed) lookAgain();
    });
  }, [leave, lookAgain, notify]);

  const [secret, setSecret] = useState(linkSecret);
  if (secret !== undefined) {
    return (
      <WelcomePage
        secret={secret}
        onDone={() => {
          globalThis.history.replaceState(null, "", "/");
          setSecret(undefined);
          leave();
        }}
      />
    );
  }
  if (isOut && setUp.data?.is_needed === true) {
    return (
      <SetUpPage
        onDone={() => {
          client.clear();
          void navigate("/admin/set-up", { replace: true });
          onSignedIn(true);
        }}
      />
    );
  }
  if (isOut) {
    return (
      <SignInPage
        onSignedIn={() => {
          forgetPromptAnswered();
          client.clear();
          onSignedIn(true);
        }}
      />
    );
  }
  if (lacksFactor(world.error)) {
    return <FactorPage onDone={() => void client.resetQueries({ queryKey: ["world"] })} onLogOut={logOut} />;
  }
  if (world.data !== undefined) {
    return (
      <RealtimeProvider key={`${world.data.me.id} ${String(round)}`} onSignedOut={lookAgain}>
        <Workspace onSignedOut={leave} onLogOut={logOut} />
      </RealtimeProvider>
    );
  }
  return (
    <main className={styles.page}>
      {world.isError ? (
        <Notice
          icon={<PlugDisconnectedRegular />}
          title="The workspace could not be loaded"
          action={
            <Button appearance="primary" onClick={() => void world.refetch()}>
              Try again
            </Button>
          }
        >
          {sentenceOf(world.error)}
        </Notice>
      ) : (
        <Spinner label="Opening your workspace" size="large" labelPosition="below" />
      )}
    </main>
  );
}

/** The secret of the one-time link that was opened: in the fragment, which is sent to no server. */
function linkSecret(): string | undefined {
  const { pathname, hash } = globalThis.location;
  return pathname === "/welcome" && hash.length > 1 ? hash.slice(1) : undefined;
}
