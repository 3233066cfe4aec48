import { Button, Spinner } from "@fluentui/react-components";
import { PlugDisconnectedRegular } from "@fluentui/react-icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { answerOf, api } from "../api/client";
import { isPassing, isSignedOut, lacksFactor, sentenceOf } from "../api/problem";
import { Notice } from "../components/ui/notice";
import { DrawerProvider } from "../drawer/drawer-context";
import { forgetPromptAnswered } from "../features/connection/prompt-memory";
import { leaveAttached } from "../features/conversations/attached";
import { forgetAnswers } from "../features/conversations/reply-target";
import { FactorPage } from "../features/session/factor-page";
import { SetUpPage } from "../features/session/set-up-page";
import { SignInPage } from "../features/session/sign-in-page";
import { WelcomePage } from "../features/session/welcome-page";
import { RealtimeProvider } from "../realtime/realtime-provider";
import { forgetWorld, worldQuery } from "../realtime/world";
import { useLeaving } from "./leaving";
import { LeavingPage } from "./leaving-page";
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
  const { isLeaving, leave, left } = useLeaving();
  const world = useQuery({
    ...worldQuery(client),
    enabled: isSignedIn && !isLeaving && linkSecret() === undefined,
    // Who opens the page while the server restarts should not have to ask again.
    refetchInterval: ({ state }) => (state.data === undefined && isPassing(state.error) ? RETRY_MS : false),
  });

  const isOut = !isSignedIn || isLeaving || isSignedOut(world.error);
  const setUp = useQuery({
    queryKey: ["set-up"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/set-up", { signal })),
    enabled: isOut && !isLeaving,
    staleTime: Infinity,
  });
  const navigate = useNavigate();

  const signOut = useCallback(() => {
    onSignedIn(false);
  }, [onSignedIn]);
  const onLeft = useCallback(() => {
    left();
    signOut();
  }, [left, signOut]);
  const { refetch } = world;
  const [round, setRound] = useState(0);
  // Whose WebSocket was closed may be signed out, or only lack something: the server says which.
  const lookAgain = useCallback(() => {
    void refetch().then(({ isSuccess, error }) => {
      if (isSuccess) setRound((before) => before + 1);
      else if (!lacksFactor(error)) signOut();
    });
  }, [refetch, signOut]);
  useEffect(() => {
    if (!isOut) return;
    forgetWorld(client);
    forgetAnswers();
    leaveAttached(isLeaving);
  }, [client, isOut, isLeaving]);

  const [secret, setSecret] = useState(linkSecret);
  if (secret !== undefined) {
    return (
      <WelcomePage
        secret={secret}
        onDone={() => {
          globalThis.history.replaceState(null, "", "/");
          setSecret(undefined);
          signOut();
        }}
      />
    );
  }
  if (isLeaving) return <LeavingPage onLeft={onLeft} />;
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
    return <FactorPage onDone={() => void client.resetQueries({ queryKey: ["world"] })} onLogOut={leave} />;
  }
  if (world.data !== undefined) {
    return (
      <RealtimeProvider key={`${world.data.me.id} ${String(round)}`} onSignedOut={lookAgain}>
        <DrawerProvider>
          <Workspace onSignedOut={signOut} onLogOut={leave} />
        </DrawerProvider>
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
