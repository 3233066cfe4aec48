import { Field, MessageBar, MessageBarBody, ProgressBar } from "@fluentui/react-components";
import { dateAndTime } from "../../wording/moments";
import styles from "./admin-page.module.css";
import { counted, type Import } from "./imports-key";

/** How far a running import is: in counts, and in time where the number of people is known. */
export function ImportProgress({ running }: { running: Import }) {
  const { read, total, waiting } = running;
  const isKnown = total !== null && total > 0;
  const where = running.kind === "csv" ? "from the file" : "from Microsoft";
  return (
    <Field label={`Importing ${where}`} hint={waiting === null ? remaining(running) : undefined}>
      {isKnown ? <ProgressBar value={Math.min(read, total)} max={total} /> : <ProgressBar />}
      <p className={styles.muted} role="status">
        {isKnown ? `${counted(read)} of ${counted(total)} read` : `${counted(read)} read`}, {counted(running.added)} added,{" "}
        {counted(running.changed)} changed, {counted(running.merged)} merged
      </p>
      {waiting !== null && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            It waits since {dateAndTime(waiting.since)}, and goes on at {dateAndTime(waiting.until)} at the earliest.{" "}
            {waiting.words}
          </MessageBarBody>
        </MessageBar>
      )}
    </Field>
  );
}

function remaining({ remaining_seconds: seconds, is_full: isFull }: Import): string {
  // Nobody is to wait for a number that never comes.
  if (seconds === null && !isFull) return "Microsoft does not say how many changes there are.";
  if (seconds === null) return "How long it will take is not known yet.";
  if (seconds < 60) return "Less than a minute remaining.";
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? "About a minute remaining." : `About ${counted(minutes)} minutes remaining.`;
}
