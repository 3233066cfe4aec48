import { Radio, RadioGroup } from "@fluentui/react-components";
import { useState } from "react";
import { useNotify } from "../../components/ui/notify";
import { useWorld } from "../../realtime/world";
import { ConfirmDialog } from "../../components/ui/confirm-dialog";
import styles from "./admin-page.module.css";
import { TextField } from "./edited-fields";
import { SaveForm } from "./save-form";
import { useAccountChange } from "./use-account-change";
import { useEdited } from "./use-edited";

const MOST_DAYS = 36_500;
const A_YEAR = 365;

/** For how many days messages are kept. */
export function RetentionSection() {
  const days = useWorld((world) => world.account.keep_messages_days) ?? null;
  return (
    <section className={styles.section} aria-labelledby="retention">
      <h2 id="retention">How long messages are kept</h2>
      <p className={styles.muted}>
        Older messages are deleted here for good, with what they said before they were edited. In Microsoft Teams they
        stay. What still waits to be sent stays until it was.
      </p>
      <RetentionForm days={days} />
    </section>
  );
}

function RetentionForm({ days }: { days: number | null }) {
  const notify = useNotify();
  const { fields, change } = useEdited({ isLimited: days !== null, text: String(days ?? A_YEAR) });
  const { isLimited, text } = fields;
  const [isAsking, setAsking] = useState(false);
  const wanted = isLimited ? Number(text) : 0;
  const lacks = isLimited && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST_DAYS);
  const isSame = wanted === (days ?? 0);
  const save = useAccountChange({
    onSuccess: () => {
      notify("success", "Saved. It holds from now on.");
    },
    onSettled: () => {
      setAsking(false);
    },
  });
  const isShorter = isLimited && (days === null || wanted < days);
  return (
    <SaveForm
      canSave={!lacks && !isSame}
      isPending={save.isPending}
      error={save.error}
      onSave={() => {
        if (isShorter) setAsking(true);
        else save.mutate({ keep_messages_days: wanted });
      }}
    >
      <RadioGroup
        aria-label="How long messages are kept"
        value={isLimited ? "days" : "always"}
        onChange={(_, { value }) => {
          change({ isLimited: value === "days" });
        }}
      >
        <Radio value="always" label="For good" />
        <Radio value="days" label="For a number of days" />
      </RadioGroup>
      {isLimited && (
        <TextField
          className={styles.days}
          label="Days"
          validationMessage={lacks ? "Enter a number from 1 to 36,500." : undefined}
          type="number"
          min={1}
          max={MOST_DAYS}
          value={text}
          onValue={(typed) => {
            change({ text: typed });
          }}
        />
      )}
      {isAsking && (
        <ConfirmDialog
          title={`Delete messages that are older than ${wanted === 1 ? "a day" : `${wanted.toLocaleString("en")} days`}?`}
          action="Delete"
          isPending={save.isPending}
          onConfirm={() => {
            save.mutate({ keep_messages_days: wanted });
          }}
          onClose={() => {
            setAsking(false);
          }}
        >
          They are deleted within minutes, for everybody, and cannot be brought back; from then on the same happens each
          day. Export first what has to be kept elsewhere.
        </ConfirmDialog>
      )}
    </SaveForm>
  );
}
