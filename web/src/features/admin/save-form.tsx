import { Button, MessageBar, MessageBarBody } from "@fluentui/react-components";
import type { ReactNode, SubmitEvent } from "react";
import { sentenceOf } from "../../api/problem";
import styles from "./admin-page.module.css";

interface Props {
  /** What it is called, where the section's heading does not say it. */
  label?: string;
  /** How the fields stand; under each other unless told. */
  className?: string | undefined;
  /** Something was changed, and it is complete. */
  canSave: boolean;
  isPending: boolean;
  /** Why it was not saved the last time. */
  error: Error | null;
  onSave: () => void;
  /** What else can be done, beside Save. */
  actions?: ReactNode;
  children: ReactNode;
}

/** Fields of the admin page that hold once they are saved; Save is offered only where that would change something. */
export function SaveForm({ label, className = styles.column, canSave, isPending, error, onSave, actions, children }: Props) {
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (canSave && !isPending) onSave();
  };
  return (
    <form className={className} aria-label={label} onSubmit={submit} noValidate>
      {children}
      {error !== null && (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>{sentenceOf(error)}</MessageBarBody>
        </MessageBar>
      )}
      <div className={styles.buttons}>
        <Button type="submit" appearance="primary" disabledFocusable={!canSave || isPending}>
          Save
        </Button>
        {actions}
      </div>
    </form>
  );
}
