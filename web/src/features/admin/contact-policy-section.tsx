import { Radio, RadioGroup } from "@fluentui/react-components";
import type { Schemas } from "../../api/client";
import { DownloadLink } from "../../components/ui/download-link";
import { useNotify } from "../../components/ui/notify";
import { useWorld } from "../../realtime/world";
import styles from "./admin-page.module.css";
import { listedIn, TextField, Tick } from "./edited-fields";
import { SaveForm } from "./save-form";
import { useAccountChange } from "./use-account-change";
import { useEdited } from "./use-edited";

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
      <PolicyForm policy={{ domains: policy?.domains ?? [], guests: policy?.guests ?? true }} />
    </section>
  );
}

function PolicyForm({ policy }: { policy: Policy }) {
  const notify = useNotify();
  const { fields, change } = useEdited({
    isByDomain: policy.domains.length > 0,
    domains: policy.domains.join(", "),
    guests: policy.guests,
  });
  const { isByDomain, domains, guests } = fields;
  const named = listedIn(domains);
  const lacks = isByDomain && named.length === 0;
  const wanted: Policy = { domains: isByDomain ? named : [], guests };
  const isSame = wanted.guests === policy.guests && wanted.domains.join() === policy.domains.join();
  const save = useAccountChange({
    onSuccess: () => {
      notify("success", "Saved. It holds from now on.");
    },
  });
  return (
    <SaveForm
      canSave={!lacks && !isSame}
      isPending={save.isPending}
      error={save.error}
      onSave={() => {
        save.mutate({ contact_policy: wanted });
      }}
    >
      <RadioGroup
        aria-label="Who may be contacted"
        value={isByDomain ? "domains" : "everyone"}
        onChange={(_, { value }) => {
          change({ isByDomain: value === "domains" });
        }}
      >
        <Radio value="everyone" label="Everyone" />
        <Radio value="domains" label="Only people with an address in these domains" />
      </RadioGroup>
      {isByDomain && (
        <TextField
          label="Domains"
          validationMessage={lacks ? "Name at least one domain." : undefined}
          placeholder="contoso.com, contoso.de"
          value={domains}
          onValue={(listed) => {
            change({ domains: listed });
          }}
        />
      )}
      <Tick
        label="Guests too"
        isOn={guests}
        onTurn={(isOn) => {
          change({ guests: isOn });
        }}
      />
    </SaveForm>
  );
}
