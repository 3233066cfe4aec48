import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
} from "@fluentui/react-components";
import { CopyRegular } from "@fluentui/react-icons";
import type { Schemas } from "../../api/client";
import { useNotify } from "../../components/ui/notify";
import { dateAndTime } from "../../wording/moments";

interface Props {
  link: Schemas["PasswordLink"] | undefined;
  onClose: () => void;
}

/** Shown once: the link with which somebody chooses a password, to be passed on. */
export function OneTimeLink({ link, onClose }: Props) {
  const notify = useNotify();
  if (link === undefined) return null;
  const copy = () => {
    navigator.clipboard.writeText(link.address).then(
      () => {
        notify("success", "The link is copied.");
      },
      () => {
        notify("error", "The link was not copied.", "Select it and copy it by hand.");
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(_, { open }) => {
        if (!open) onClose();
      }}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>
            A link for <bdi>{link.user.display_name}</bdi>
          </DialogTitle>
          <DialogContent>
            <p>
              Pass it on to them: with it they choose their password. It works once, until {dateAndTime(link.expires_at)},
              and is not shown again.
            </p>
            <Field label="One-time link">
              <Input
                readOnly
                value={link.address}
                contentAfter={<Button appearance="transparent" icon={<CopyRegular />} aria-label="Copy" onClick={copy} />}
                onFocus={(event) => {
                  event.target.select();
                }}
              />
            </Field>
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={onClose}>
              Done
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
