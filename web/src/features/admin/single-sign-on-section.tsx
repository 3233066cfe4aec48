import { Badge, Button, MessageBar, MessageBarBody, Skeleton, SkeletonItem } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";
import { CopyButton } from "./copy-button";
import { ConfirmDialog } from "../../components/ui/confirm-dialog";
import { TextField, Tick } from "./edited-fields";
import { SaveForm } from "./save-form";
import { useEdited } from "./use-edited";

const KEY = ["admin", "single-sign-on"];

/** Signing in at the organization's own OpenID provider. */
export function SingleSignOnSection() {
  const known = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/single-sign-on", { signal })),
  });
  const isOn = known.data !== undefined && known.data.issuer !== null;
  return (
    <section className={styles.section} aria-labelledby="single-sign-on">
      <div className={styles.head}>
        <h2 id="single-sign-on">Single sign-on</h2>
        {known.data !== undefined && (
          <Badge color={isOn ? "success" : "informative"} appearance={isOn ? "filled" : "tint"}>
            {isOn ? "On" : "Off"}
          </Badge>
        )}
      </div>
      {known.isPending && (
        <Skeleton aria-label="Loading single sign-on">
          <SkeletonItem size={96} />
        </Skeleton>
      )}
      {known.isError && (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(known.error)}</MessageBarBody>
        </MessageBar>
      )}
      {known.data !== undefined && <Provider known={known.data} />}
    </section>
  );
}

function Provider({ known }: { known: Schemas["SingleSignOnView"] }) {
  const client = useQueryClient();
  const notify = useNotify();
  const [isAsking, setAsking] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: KEY });
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE("/api/v1/admin/single-sign-on")),
    onSuccess: () => {
      notify("success", "Single sign-on is off.");
    },
    onError: (error) => {
      notify("error", "Single sign-on was not switched off.", sentenceOf(error));
    },
    onSettled: () => {
      setAsking(false);
      return refresh();
    },
  });
  return (
    <>
      <p className={styles.muted}>
        People sign in at your OpenID provider, Microsoft Entra or any other. Register this redirect URI there:{" "}
        <code>{known.redirect_uri}</code> <CopyButton text={known.redirect_uri} what="the redirect URI" />
      </p>
      <ProviderForm
        known={known}
        onSaved={refresh}
        actions={
          known.issuer !== null && (
            <Button
              onClick={() => {
                setAsking(true);
              }}
            >
              Switch off
            </Button>
          )
        }
      />
      {isAsking && (
        <ConfirmDialog
          title="Switch single sign-on off?"
          action="Switch off"
          isPending={remove.isPending}
          onConfirm={() => {
            remove.mutate();
          }}
          onClose={() => {
            setAsking(false);
          }}
        >
          Everybody signs in with a password from then on; whoever has none needs a link from an administrator. The client
          secret is erased here: to switch single sign-on on again, it has to be entered again.
        </ConfirmDialog>
      )}
    </>
  );
}

interface FormProps {
  known: Schemas["SingleSignOnView"];
  onSaved: () => Promise<void>;
  actions: ReactNode;
}

function ProviderForm({ known, onSaved, actions }: FormProps) {
  const notify = useNotify();
  const before = {
    issuer: known.issuer ?? "",
    client_id: known.client_id ?? "",
    client_secret: "",
    is_required: known.is_required,
  };
  const { fields: wanted, change, forget } = useEdited(before);
  const given = {
    issuer: wanted.issuer.trim(),
    client_id: wanted.client_id.trim(),
    client_secret: wanted.client_secret.trim(),
    is_required: wanted.is_required,
  };
  const isSame = JSON.stringify(given) === JSON.stringify(before);
  const lacksOnlySecret = !isSame && given.issuer !== "" && given.client_id !== "" && given.client_secret === "";
  const save = useMutation({
    mutationFn: () => answerOf(api.PUT("/api/v1/admin/single-sign-on", { body: given })),
    onSuccess: async () => {
      notify("success", "Single sign-on is set up.");
      await onSaved();
      forget();
    },
  });
  return (
    <SaveForm
      canSave={given.issuer !== "" && given.client_id !== "" && given.client_secret !== ""}
      isPending={save.isPending}
      error={save.error}
      onSave={() => {
        save.mutate();
      }}
      actions={actions}
    >
      <TextField
        label="Issuer"
        hint="For Microsoft Entra: https://login.microsoftonline.com/{tenant id}/v2.0"
        type="url"
        value={wanted.issuer}
        onValue={(issuer) => {
          change({ issuer });
        }}
      />
      <TextField
        label="Client ID"
        value={wanted.client_id}
        onValue={(client_id) => {
          change({ client_id });
        }}
      />
      <TextField
        label="Client secret"
        hint="It is encrypted, and never shown again."
        validationState="none"
        validationMessage={lacksOnlySecret ? "Enter it again to save what you changed." : undefined}
        type="password"
        // Otherwise browsers fill in one's own password.
        autoComplete="new-password"
        value={wanted.client_secret}
        onValue={(client_secret) => {
          change({ client_secret });
        }}
      />
      <Tick
        label="Required: passwords do not count any more, except for administrators"
        isOn={wanted.is_required}
        onTurn={(is_required) => {
          change({ is_required });
        }}
      />
    </SaveForm>
  );
}
