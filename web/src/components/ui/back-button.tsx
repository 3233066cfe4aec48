import { Button, Tooltip } from "@fluentui/react-components";
import { ArrowLeftRegular } from "@fluentui/react-icons";

/** The way back on a narrow page, at the beginning of a heading. */
export function BackButton({ onBack }: { onBack: () => void }) {
  return (
    <Tooltip content="Back" relationship="label">
      <Button appearance="subtle" icon={<ArrowLeftRegular />} onClick={onBack} />
    </Tooltip>
  );
}
