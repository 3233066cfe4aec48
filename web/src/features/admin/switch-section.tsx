import { Switch } from "@fluentui/react-components";
import type { ReactNode } from "react";
import styles from "./admin-page.module.css";

interface Props {
  id: string;
  title: string;
  /** What the switch is called. */
  label: string;
  isOn: boolean;
  isPending: boolean;
  onTurn: (isOn: boolean) => void;
  /** What it means where it stands, and what belongs to it. */
  children: ReactNode;
}

/** A section of the admin page that is one switch. */
export function SwitchSection({ id, title, label, isOn, isPending, onTurn, children }: Props) {
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        <Switch
          label={label}
          labelPosition="before"
          checked={isOn}
          disabled={isPending}
          onChange={(_, { checked }) => {
            onTurn(checked);
          }}
        />
      </div>
      {children}
    </section>
  );
}
