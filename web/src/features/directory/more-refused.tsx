import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import styles from "./more-refused.module.css";

interface Props {
  reason: string;
  onMore: () => void;
}

/** Says that the next page did not come, and why; asked for again when somebody says so, or the connection is back. */
export function MoreRefused({ reason, onMore }: Props) {
  return (
    <MessageBar className={styles.trouble} intent="warning" layout="auto">
      <MessageBarBody>
        <MessageBarTitle>More people could not be loaded</MessageBarTitle> {reason}
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={onMore}>Try again</Button>
      </MessageBarActions>
    </MessageBar>
  );
}
