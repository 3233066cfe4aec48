import type { Schemas } from "../../api/client";
import styles from "./admin-page.module.css";
import { CopyButton } from "./copy-button";
import own from "./set-up.module.css";

type Microsoft = Schemas["MicrosoftSetUp"];

/** What somebody enters in the Microsoft Entra admin center. */
export function RegistrationStep({ microsoft }: { microsoft: Microsoft }) {
  return (
    <section className={styles.section} aria-labelledby="registration">
      <h2 id="registration">1. Register the application at Microsoft</h2>
      <p className={styles.muted}>
        In the Microsoft Entra admin center, under App registrations, register an application for accounts in this
        organizational directory only, make a client secret, and enter these values.
      </p>
      <dl className={own.values}>
        <Value name="Redirect URI, platform Web" value={microsoft.redirect_uri} />
        <Value name="Delegated permissions of Microsoft Graph" value={microsoft.delegated_permissions.join(" ")} />
        <Value name="Application permissions of Microsoft Graph" value={microsoft.application_permissions.join(" ")} />
        <Value name="Microsoft must reach this address" value={microsoft.webhook} />
      </dl>
    </section>
  );
}

function Value({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code>{value}</code>
        <CopyButton text={value} what={name} />
      </dd>
    </div>
  );
}
