import { Button, ProgressBar, Tooltip } from "@fluentui/react-components";
import {
  ArrowClockwiseRegular,
  DismissRegular,
  ErrorCircleRegular,
  ImageRegular,
} from "@fluentui/react-icons";
import { createElement } from "react";
import { sizeInWords } from "../../wording/sizes";
import type { Attached } from "./attached";
import { iconOf } from "../../components/ui/attachment-cards";
import styles from "./attached-list.module.css";

interface Props {
  attached: Attached[];
  onRemove: (id: string) => void;
  onRetry: (id: string) => void;
}

/** What goes with the message that is being written, and how far each has come. */
export function AttachedList({ attached, onRemove, onRetry }: Props) {
  if (attached.length === 0) return null;
  return (
    <ul className={styles.list} aria-label="Attached files">
      {attached.map((each) => (
        <li
          key={each.id}
          className={styles.chip}
          data-failed={each.problem !== null}
        >
          <Thumbnail of={each} />
          <span className={styles.words}>
            <bdi className={styles.name} title={each.name}>
              {each.name}
            </bdi>
            <State of={each} />
          </span>
          {each.canRetry && (
            <Tooltip content={`Try again: ${each.name}`} relationship="label">
              <Button
                size="small"
                appearance="subtle"
                icon={<ArrowClockwiseRegular />}
                onClick={() => {
                  onRetry(each.id);
                }}
              />
            </Tooltip>
          )}
          <Tooltip content={`Remove ${each.name}`} relationship="label">
            <Button
              size="small"
              appearance="subtle"
              icon={<DismissRegular />}
              onClick={() => {
                onRemove(each.id);
              }}
            />
          </Tooltip>
        </li>
      ))}
    </ul>
  );
}

function Thumbnail({ of: { address, kind, name, problem } }: { of: Attached }) {
  if (address !== null)
    return <img className={styles.thumbnail} src={address} alt="" />;
  return (
    <span className={styles.thumbnail} aria-hidden>
      {problem !== null ? (
        <ErrorCircleRegular />
      ) : kind === "file" ? (
        createElement(iconOf(name))
      ) : (
        <ImageRegular />
      )}
    </span>
  );
}

function State({
  of: { isKept, name, problem, progress, size },
}: {
  of: Attached;
}) {
  if (problem !== null) {
    return (
      <span className={styles.problem} role="alert">
        {problem}
      </span>
    );
  }
  if (!isKept) {
    return (
      <ProgressBar
        className={styles.progress}
        value={progress}
        aria-label={`Attaching ${name}`}
      />
    );
  }
  return <span className={styles.detail}>{sizeInWords(size)}</span>;
}
