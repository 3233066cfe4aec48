import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from "@fluentui/react-components";
import type { ReactNode } from "react";

interface Props {
  title: ReactNode;
  /** What will happen, and what stays. */
  children: ReactNode;
  /** The verb on the button that does it. */
  action: string;
  /** The word for leaving all as it is. */
  instead?: string;
  isPending?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot simply be undone, or that somebody else will notice. */
export function ConfirmDialog({ title, children, action, instead = "Cancel", isPending = false, onConfirm, onClose }: Props) {
  return (
    <Dialog
      open
      modalType="alert"
      onOpenChange={(_, { open }) => {
        if (!open) onClose();
      }}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>{children}</DialogContent>
          <DialogActions>
            <Button appearance="secondary" onClick={onClose}>
              {instead}
            </Button>
            <Button appearance="primary" disabledFocusable={isPending} onClick={onConfirm}>
              {action}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
