import { Badge, Button, Field, Input, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";
import { checksKey, setUpKey } from "./set-up-key";
import own from "./set-up.module.css";

type Microsoft = Schemas["MicrosoftSetUp"];

/** What Deskbridge has to know: the tenant from the admin, the rest from the environment of the server. */
export function ServerStep({ microsoft }: { microsoft: Microsoft }) {
  const missing = microsoft.settings.filter((each) => !each.is_set);
  return (
    <section className={styles.section} aria-labelledby="server">
      <h2 id="server">2. Tell Deskbridge</h2>
      <TenantForm tenantId={microsoft.tenant_id} />
      <h3>Settings of the server</h3>
      <p className={styles.muted}>
        {missing.length === 0
          ? "All that is needed is there."
          : "Set what is missing in the environment of the server, then start it again. Secrets are never entered here."}
      </p>
      <dl className={own.values}>
        {microsoft.settings.map((each) => (
          <Setting key={each.name} {...each} />
        ))}
      </dl>
    </section>
  );
}

function Setting({ name, value, is_set, example }: Microsoft["settings"][number]) {
  return (
    <div>
      <dt>
        <code>{name}</code>
      </dt>
      <dd>
        <Badge appearance="tint" color={is_set ? "success" : "danger"}>
          {!is_set ? "Missing" : value === null && name.endsWith("WEBHOOK_URL") ? "Not needed" : "Set"}
        </Badge>
        {is_set ? value !== null && <code>{value}</code> : <span className={styles.small}>Example: {example}</span>}
      </dd>
    </div>
  );
}

function TenantForm({ tenantId }: { tenantId: string | null }) {
  const client = useQueryClient();
  const notify = useNotify();
  const [typed, setTyped] = useState(tenantId ?? "");
  const save = useMutation({
    mutationFn: (tenant_id: string) => answerOf(api.PUT("/api/v1/admin/microsoft", { body: { tenant_id } })),
    onSuccess: (fresh) => {
      client.setQueryData(setUpKey, fresh);
      void client.invalidateQueries({ queryKey: checksKey });
      notify("success", "The tenant is saved.");
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (typed.trim() !== "" && !save.isPending) save.mutate(typed.trim());
  };
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      <Field
        className={own.tenant}
        label="Directory (tenant) ID"
        hint="On the overview page of the app registration."
      >
        <Input
          value={typed}
          autoComplete="off"
          spellCheck={false}
          placeholder="99999999-8888-7777-6666-555555555555"
          onChange={(_, { value }) => {
            setTyped(value);
          }}
        />
      </Field>
      <Button type="submit" appearance="primary" disabledFocusable={save.isPending || typed.trim() === tenantId}>
        Save
      </Button>
      {save.isError && (
        <MessageBar intent="error" layout="multiline" role="alert" className={own.wide}>
          <MessageBarBody>{sentenceOf(save.error)}</MessageBarBody>
        </MessageBar>
      )}
    </form>
  );
}
