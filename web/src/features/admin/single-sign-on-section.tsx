import { Badge, Button, Checkbox, Field, Input, MessageBar, MessageBarBody, Skeleton, SkeletonItem } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";
import form from "./user-form.module.css";

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
  const { issuer, client_id, redirect_uri } = known;
  const client = useQueryClient();
  const notify = useNotify();
  const [isRequired, setRequired] = useState<boolean>();
  const refresh = () => client.invalidateQueries({ queryKey: KEY });
  const save = useMutation({
    mutationFn: (body: { issuer: string; client_id: string; client_secret: string; is_required: boolean }) =>
      answerOf(api.PUT("/api/v1/admin/single-sign-on", { body })),
    onSuccess: () => {
      notify("success", "Single sign-on is set up.");
    },
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE("/api/v1/admin/single-sign-on")),
    onSuccess: () => {
      notify("success", "Single sign-on is off.");
    },
    onError: (error) => {
      notify("error", "Single sign-on was not switched off.", sentenceOf(error));
    },
    onSettled: refresh,
  });
  const required = isRequired ?? known.is_required;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    save.mutate({
      issuer: textOf(given, "issuer"),
      client_id: textOf(given, "client_id"),
      client_secret: textOf(given, "client_secret"),
      is_required: required,
    });
  };
  return (
    <>
      <p className={styles.muted}>
        People sign in at your OpenID provider, Microsoft Entra or any other. Register this redirect URI there:{" "}
        <code>{redirect_uri}</code>
      </p>
      <form key={issuer ?? ""} className={form.fields} onSubmit={submit} noValidate>
        {save.isError && (
          <MessageBar intent="error" layout="multiline" role="alert">
            <MessageBarBody>{sentenceOf(save.error)}</MessageBarBody>
          </MessageBar>
        )}
        <Field label="Issuer" hint="For Microsoft Entra: https://login.microsoftonline.com/{tenant id}/v2.0">
          <Input name="issuer" type="url" defaultValue={issuer ?? ""} autoComplete="off" />
        </Field>
        <Field label="Client ID">
          <Input name="client_id" defaultValue={client_id ?? ""} autoComplete="off" />
        </Field>
        <Field label="Client secret" hint="It is encrypted, and never shown again.">
          <Input name="client_secret" type="password" autoComplete="off" />
        </Field>
        <Checkbox
          label="Required: passwords do not count any more, except for administrators"
          checked={required}
          onChange={(_, { checked }) => {
            setRequired(checked === true);
          }}
        />
        <div className={styles.person}>
          <Button type="submit" appearance="primary" disabledFocusable={save.isPending}>
            Save
          </Button>
          {issuer !== null && (
            <Button
              disabledFocusable={remove.isPending}
              onClick={() => {
                remove.mutate();
              }}
            >
              Switch off
            </Button>
          )}
        </div>
      </form>
    </>
  );
}

function textOf(given: FormData, name: string): string {
  const value = given.get(name);
  return typeof value === "string" ? value.trim() : "";
}
