import { Button, Tooltip } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import styles from "./quote-block.module.css";

interface Props {
  author: string;
  /** Empty when what is quoted was deleted. */
  text: string;
  onDismiss?: () => void;
}

/** What a message answers. */
export function QuoteBlock({ author, text, onDismiss }: Props) {
  return (
    <div className={styles.quote} role="group" aria-label={`Answer to ${author}`}>
      <div className={styles.words}>
        <bdi className={styles.author}>{author}</bdi>
        <div className={styles.text} dir="auto">
          {text === "" ? <em>Deleted message</em> : text}
        </div>
      </div>
      {onDismiss !== undefined && (
        <Tooltip content="Do not quote" relationship="label">
          <Button size="small" appearance="subtle" icon={<DismissRegular />} onClick={onDismiss} />
        </Tooltip>
      )}
    </div>
  );
}
