import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
} from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState, type SubmitEvent } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { onProofNeeded } from "../../api/proof";
import styles from "./proof-dialog.module.css";

type Way = Schemas["Way"];
type Settle = (isProved: boolean) => void;

const LOOK_EVERY_MS = 1_500;
const NAMES: Record<Way, string> = {
  password: "Your password",
  code: "A code of your authenticator app",
  single_sign_on: "Single sign-on",
};

/** Asks who is there before something sensitive goes on; whatever asked for it waits. */
export function ProofDialog() {
  const [settle, setSettle] = useState<Settle>();
  useEffect(
    () =>
      onProofNeeded(
        () =>
          new Promise<boolean>((resolve) => {
            setSettle(() => resolve);
          }),
      ),
    [],
  );
  if (settle === undefined) return null;
  return (
    <Asking
      onDone={(isProved) => {
        setSettle(undefined);
        settle(isProved);
      }}
    />
  );
}

function Asking({ onDone }: { onDone: Settle }) {
  const [chosen, setChosen] = useState<Way>();
  const known = useQuery({
    queryKey: ["session", "proof"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/session/proof", { signal })),
    gcTime: 0,
    // The provider's window answers the server, not this page.
    refetchInterval: ({ state }) => (state.data?.ways[0] === "single_sign_on" ? LOOK_EVERY_MS : false),
  });
  const isProved = known.data?.is_good === true;
  useEffect(() => {
    if (isProved) onDone(true);
  }, [isProved, onDone]);
  const ways = known.data?.ways ?? [];
  const way = chosen ?? ways[0];
  const others = ways.filter((each) => each !== way);
  return (
    <Dialog
      open
      modalType="alert"
      onOpenChange={(_, { open }) => {
        if (!open) onDone(false);
      }}
    >
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>Is it still you?</DialogTitle>
          <DialogContent className={styles.content}>
            <p>Nobody who finds this page open should do this in your name. Confirm that it is you, and it goes on by itself.</p>
            {known.isError && <p role="alert">{sentenceOf(known.error)}</p>}
            {way === "single_sign_on" && <Elsewhere />}
            {(way === "password" || way === "code") && <Answer key={way} way={way} onDone={onDone} />}
            {known.isSuccess && way === undefined && <p>You have neither a password nor a second factor here. Sign out and in again.</p>}
            {others.map((each) => (
              <Button
                key={each}
                className={styles.other}
                appearance="transparent"
                onClick={() => {
                  setChosen(each);
                }}
              >
                {NAMES[each]} instead
              </Button>
            ))}
          </DialogContent>
          <DialogActions>
            <Button
              onClick={() => {
                onDone(false);
              }}
            >
              Cancel
            </Button>
            {way !== undefined && way !== "single_sign_on" && (
              <Button type="submit" form="proof" appearance="primary">
                Go on
              </Button>
            )}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Answer({ way, onDone }: { way: "password" | "code"; onDone: Settle }) {
  const give = useMutation({
    mutationFn: (text: string) =>
      answerOf(api.POST("/api/v1/session/proof", { body: way === "code" ? { code: text.trim() } : { password: text } })),
    onSuccess: () => {
      onDone(true);
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get("text");
    if (typeof text === "string" && text.trim() !== "" && !give.isPending) give.mutate(text);
  };
  return (
    <form id="proof" onSubmit={submit} noValidate>
      <Field
        label={NAMES[way]}
        hint={way === "code" ? "Or one of your recovery codes." : undefined}
        validationState={give.isError ? "error" : "none"}
        validationMessage={give.isError ? sentenceOf(give.error) : undefined}
      >
        <Input
          name="text"
          type={way === "code" ? "text" : "password"}
          autoComplete={way === "code" ? "one-time-code" : "current-password"}
          autoFocus
        />
      </Field>
    </form>
  );
}

function Elsewhere() {
  const leave = useMutation({
    mutationFn: (opened: Window | null) =>
      answerOf(api.POST("/api/v1/session/proof/single-sign-on")).then((answer) => ({ ...answer, opened })),
    onSuccess: ({ authorization_url, opened }) => {
      if (opened === null) globalThis.location.assign(authorization_url);
      else opened.location.replace(authorization_url);
    },
    onError: (_, opened) => {
      opened?.close();
    },
  });
  return (
    <>
      {leave.isError && <p role="alert">{sentenceOf(leave.error)}</p>}
      <Button
        appearance="primary"
        disabledFocusable={leave.isPending}
        onClick={() => {
          // Browsers allow a new window only right at the click, so it opens empty and gets its address later.
          leave.mutate(globalThis.open("about:blank", "deskbridge-proof", "popup,width=520,height=720"));
        }}
      >
        Sign in once more
      </Button>
    </>
  );
}
