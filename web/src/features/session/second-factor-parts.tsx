import { MessageBar, MessageBarBody } from "@fluentui/react-components";
import type { Schemas } from "../../api/client";
import styles from "./own-sign-in.module.css";

/** What an authenticator app reads, as a picture and as letters. */
export function ToScan({ picture, secret }: Schemas["NewSecondFactor"]) {
  return (
    <div className={styles.picture}>
      <img src={picture} alt="QR code for your authenticator app" width={200} height={200} />
      <p className={styles.muted}>
        Scan it with your authenticator app, or type in this key: <code>{secret}</code>
      </p>
    </div>
  );
}

/** Shown once, to be kept. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        Keep these recovery codes: each signs you in once when your phone is lost. They are not shown again.
        <ul className={styles.codes}>
          {codes.map((each) => (
            <li key={each}>
              <code>{each}</code>
            </li>
          ))}
        </ul>
      </MessageBarBody>
    </MessageBar>
  );
}
