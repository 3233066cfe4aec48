import { Button } from "@fluentui/react-components";
import { CopyRegular } from "@fluentui/react-icons";
import { useNotify } from "../../components/ui/notify";

interface Props {
  text: string;
  /** What it is, as the button's name and the confirmation have it. */
  what: string;
}

/** Puts a text where it can be pasted from. */
export function CopyButton({ text, what }: Props) {
  const notify = useNotify();
  return (
    <Button
      size="small"
      appearance="transparent"
      icon={<CopyRegular />}
      aria-label={`Copy ${what}`}
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => {
            notify("success", `Copied: ${what}.`);
          },
          () => {
            notify("error", "It was not copied.", "Select it and copy it by hand.");
          },
        );
      }}
    />
  );
}
