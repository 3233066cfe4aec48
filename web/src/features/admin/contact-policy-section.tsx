import { Button, Checkbox, Field, Input, MessageBar, MessageBarBody, Radio, RadioGroup } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { DownloadLink } from "../../components/ui/download-link";
import { useNotify } from "../../components/ui/notify";
import { useAnswer, useWorld } from "../../realtime/world";
import styles from "./admin-page.module.css";

type Policy = Required<Schemas["ContactPolicy"]>;

/** Whom agents may contact in Teams: everyone, or people of some domains; guests or not. */
export function ContactPolicySection() {
  const policy = useWorld((world) => world.account.contact_policy);
  return (
    <section className={styles.section} aria-labelledby="contact-policy">
      <div className={styles.head}>
        <h2 id="contact-policy">Who may be contacted</h2>
        <DownloadLink href="/api/v1/admin/contact-policy.csv">Export CSV</DownloadLink>
      </div>
      <p className={styles.muted}>
        In Microsoft Teams, by your agents. Contacts show everybody who was imported; who may not be contacted has the
        reason there in place of the button.
      </p>
      <PolicyForm key={JSON.stringify(policy)} policy={{ domains: policy?.domains ?? [], guests: policy?.guests ?? true }} />
    </section>
  );
}

function PolicyForm({ policy }: { policy: Policy }) {
  const { asking, take } = useAnswer("account");
  const notify = useNotify();
  const [isByDomain, setByDomain] = useState(policy.domains.length > 0);
  const [domains, setDomains] = useState(policy.domains.join(", "));
  const [guests, setGuests] = useState(policy.guests);
  const named = domains.split(/[\s,;]+/).filter((each) => each !== "");
  const lacks = isByDomain && named.length === 0;
  const wanted: Policy = { domains: isByDomain ? named : [], guests };
  const isSame = wanted.guests === policy.guests && wanted.domains.join() === policy.domains.join();
  const save = useMutation({
    mutationFn: (contact_policy: Policy) => answerOf(api.PUT("/api/v1/admin/account", { body: { contact_policy } })),
    onMutate: asking,
    onSuccess: (fresh, _, asked) => {
      take(fresh, asked);
      notify("success", "Saved. It holds from now on.");
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!lacks && !isSame && !save.isPending) save.mutate(wanted);
  };
  return (
    <form className={styles.column} onSubmit={submit} noValidate>
      <RadioGroup
        aria-label="Who may be contacted"
        value={isByDomain ? "domains" : "everyone"}
        onChange={(_, { value }) => {
          setByDomain(value === "domains");
        }}
      >
        <Radio value="everyone" label="Everyone" />
        <Radio value="domains" label="Only people with an address in these domains" />
      </RadioGroup>
      {isByDomain && (
        <Field label="Domains" validationMessage={lacks ? "Name at least one domain." : undefined}>
          <Input
            value={domains}
            placeholder="contoso.com, contoso.de"
            autoComplete="off"
            onChange={(_, { value }) => {
              setDomains(value);
            }}
          />
        </Field>
      )}
      <Checkbox
        label="Guests too"
        checked={guests}
        onChange={(_, { checked }) => {
          setGuests(checked === true);
        }}
      />
      {save.isError && (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>{sentenceOf(save.error)}</MessageBarBody>
        </MessageBar>
      )}
      <div>
        <Button type="submit" appearance="primary" disabledFocusable={save.isPending || lacks || isSame}>
          Save
        </Button>
      </div>
    </form>
  );
}
