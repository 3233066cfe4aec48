import {
  Button,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Tooltip,
  useArrowNavigationGroup,
} from "@fluentui/react-components";
import { ArrowReplyRegular, DeleteRegular, EditRegular, EmojiAddRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Message } from "../../realtime/protocol";
import styles from "./message-actions.module.css";
import { answer } from "./reply-target";
import type { useMessageActions } from "./use-message-actions";

/** Those of Teams first, in its order. */
const EMOJIS: [emoji: string, name: string][] = [
  ["👍", "Like"],
  ["❤️", "Heart"],
  ["😆", "Laugh"],
  ["😮", "Surprised"],
  ["😢", "Sad"],
  ["😡", "Angry"],
  ["🎉", "Celebrate"],
  ["🙏", "Thanks"],
  ["👏", "Applause"],
  ["✅", "Done"],
  ["👀", "Looking"],
  ["💯", "Hundred"],
];

interface Props {
  message: Message;
  isOwn: boolean;
  userId: string;
  act: ReturnType<typeof useMessageActions>["act"];
  onEdit: () => void;
  onRemove: () => void;
}

/** What can be done with a message: shown while the pointer or the focus is on it; one stop for the keyboard. */
export function MessageActions({ message, isOwn, userId, act, onEdit, onRemove }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const group = useArrowNavigationGroup({ axis: "horizontal", circular: true, memorizeCurrent: true });
  return (
    <div className={styles.actions} data-open={isOpen} role="toolbar" aria-label="Message actions" {...group}>
      <Popover
        open={isOpen}
        onOpenChange={(_, { open }) => {
          setIsOpen(open);
        }}
        trapFocus
        positioning="above-end"
      >
        <PopoverTrigger disableButtonEnhancement>
          <Tooltip content="React" relationship="label">
            <Button size="small" appearance="subtle" icon={<EmojiAddRegular />} />
          </Tooltip>
        </PopoverTrigger>
        <PopoverSurface className={styles.palette} aria-label="Reactions to choose from">
          <Palette
            message={message}
            userId={userId}
            onChoose={(reaction, isSet) => {
              setIsOpen(false);
              act({ type: "react", reaction, isSet });
            }}
          />
        </PopoverSurface>
      </Popover>
      <Tooltip content="Answer with a quote" relationship="label">
        <Button
          size="small"
          appearance="subtle"
          icon={<ArrowReplyRegular />}
          onClick={() => {
            answer(message.conversation_id, message);
          }}
        />
      </Tooltip>
      {isOwn && (
        <>
          <Tooltip content="Edit" relationship="label">
            <Button size="small" appearance="subtle" icon={<EditRegular />} data-goes-on onClick={onEdit} />
          </Tooltip>
          <Tooltip content="Delete" relationship="label">
            <Button
              size="small"
              appearance="subtle"
              icon={<DeleteRegular />}
              onClick={onRemove}
            />
          </Tooltip>
        </>
      )}
    </div>
  );
}

interface PaletteProps {
  message: Message;
  userId: string;
  onChoose: (reaction: string, isSet: boolean) => void;
}

function Palette({ message, userId, onChoose }: PaletteProps) {
  const group = useArrowNavigationGroup({ axis: "grid-linear" });
  return (
    <div className={styles.emojis} {...group}>
      {EMOJIS.map(([emoji, name]) => {
        const isMine = hasReacted(message, emoji, userId);
        return (
          <button
            key={emoji}
            type="button"
            className={styles.emoji}
            aria-label={name}
            aria-pressed={isMine}
            onClick={() => {
              onChoose(emoji, !isMine);
            }}
          >
            {emoji}
          </button>
        );
      })}
    </div>
  );
}

export function hasReacted({ reactions }: Message, reaction: string, userId: string): boolean {
  return reactions.some((each) => each.reaction === reaction && each.user_ids.includes(userId));
}
