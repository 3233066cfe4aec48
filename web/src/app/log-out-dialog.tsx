import { ConfirmDialog } from "../components/ui/confirm-dialog";
import { useUnfinished, type Unfinished } from "../features/conversations/use-unfinished";

interface Props {
  onStay: () => void;
  onLogOut: () => void;
}

/** Whoever leaves something unfinished hears of it first: nothing of it is sent while they are away. */
export function LogOutDialog({ onStay, onLogOut }: Props) {
  const unfinished = useUnfinished();
  return (
    <ConfirmDialog title="Log out now?" action="Log out anyway" instead="Stay" onConfirm={onLogOut} onClose={onStay}>
      <p>{whatWaits(unfinished)}</p>
      <p>{whereItWaits(unfinished)}</p>
    </ConfirmDialog>
  );
}

function whatWaits({ unsent, drafts, uploads }: Unfinished): string {
  const parts = [
    counted(unsent, "message is not sent yet", "messages are not sent yet"),
    counted(drafts, "draft is not finished", "drafts are not finished"),
    counted(uploads, "file is not uploaded yet", "files are not uploaded yet"),
  ].filter((part) => part !== "");
  if (parts.length === 0) return "Everything has been sent meanwhile.";
  return `${[parts.slice(0, -1).join(", "), parts.at(-1)].filter((part) => part !== "").join(", and ")}.`;
}

function whereItWaits({ unsent, drafts, uploads, isLasting }: Unfinished): string {
  const lost = uploads > 0 ? " What is not uploaded has to be attached again." : "";
  if (unsent + drafts === 0) return lost.trim();
  if (!isLasting) return `This browser does not let Deskbridge keep what you wrote: it is lost when you close this page.${lost}`;
  return `What you wrote stays in this browser, encrypted: nobody else can read it, and it waits until you sign in here again.${lost}`;
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? "" : `${String(count)} ${count === 1 ? one : many}`;
}
