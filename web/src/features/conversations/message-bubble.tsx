import { Link } from "@fluentui/react-components";
import { useRef, useState, type MouseEvent, type SyntheticEvent } from "react";
import { LinkedText } from "../../components/ui/linked-text";
import { PersonAvatar } from "../../components/ui/person-avatar";
import { PlatformIcon } from "../../components/ui/platform-icon";
import type { Message } from "../../realtime/protocol";
import { dateAndTime, timeOfDay } from "../../wording/moments";
import { AttachmentCards } from "../../components/ui/attachment-cards";
import { ChangeLines } from "./change-lines";
import { DeliveryLine, isSentWholly, SentMark } from "./delivery-line";
import { EditBox } from "./edit-box";
import { MessageActions } from "./message-actions";
import actions from "./message-actions.module.css";
import styles from "./message-bubble.module.css";
import { QuoteBlock } from "./quote-block";
import { ReactionPills } from "./reaction-pills";
import type { Row } from "./timeline";
import { useGoingOn } from "./use-going-on";
import { useMe } from "./use-me";
import { useMessageActions } from "./use-message-actions";

type Props = Pick<
  Extract<Row, { type: "message" }>,
  "message" | "isOwn" | "isFirst" | "isLast"
>;

/** One message: own ones at the right with their deliveries, others' at the left with their author. */
export function MessageBubble({ message, isOwn, isFirst, isLast }: Props) {
  const userId = useMe().id;
  const { act, isPending } = useMessageActions(message);
  const [isEditing, setIsEditing] = useState(false);
  const isDeleted = message.deleted_at !== null;
  const line = useRef<HTMLDivElement>(null);
  const goOn = useGoingOn(line, `${String(isEditing)} ${String(isDeleted)}`);
  const hasMoreToSay = message.changes.length > 0;
  const isBrief =
    isOwn && !isLast && !isDeleted && !hasMoreToSay && isSentWholly(message);
  return (
    <li
      className={styles.row}
      data-own={isOwn}
      data-first={isFirst}
      data-last={isLast}
      data-message-id={message.id}
    >
      {!isOwn && isFirst && (
        <span className={styles.avatar}>
          <PersonAvatar name={message.author.display_name} size={28} />
        </span>
      )}
      <div className={styles.body}>
        <div className={isFirst ? styles.byline : "visually-hidden"}>
          <bdi className={isOwn ? "visually-hidden" : styles.author}>
            {isOwn ? "You" : message.author.display_name}
          </bdi>{" "}
          <time
            dateTime={message.created_at}
            title={dateAndTime(message.created_at)}
          >
            {timeOfDay(message.created_at)}
          </time>
          {isFirst && message.author.platform === "teams" && (
            <FromTeams isOwn={isOwn} />
          )}
        </div>
        <div ref={line} className={`${styles.line ?? ""} ${actions.frame ?? ""}`}>
          {isBrief && <SentMark message={message} />}
          <div
            className={styles.bubble}
            title={isFirst ? undefined : dateAndTime(message.created_at)}
          >
            {isEditing && !isDeleted ? (
              <EditBox
                message={message}
                onSave={(written) => {
                  act(
                    { type: "edit", written },
                    {
                      onSuccess: () => {
                        goOn();
                        setIsEditing(false);
                      },
                    },
                  );
                }}
                onCancel={() => {
                  goOn();
                  setIsEditing(false);
                }}
              />
            ) : (
              <Content message={message} />
            )}
            {isDeleted && isOwn && (
              <Link
                as="button"
                className={styles.undo}
                disabledFocusable={isPending}
                onClick={() => {
                  goOn();
                  act({ type: "restore" });
                }}
              >
                Undo
              </Link>
            )}
          </div>
          {!isDeleted && !isEditing && (
            <MessageActions
              message={message}
              isOwn={isOwn}
              userId={userId}
              act={act}
              onRemove={() => {
                goOn();
                act({ type: "remove" });
              }}
              onEdit={() => {
                setIsEditing(true);
              }}
            />
          )}
        </div>
        <ReactionPills message={message} userId={userId} act={act} />
        {isOwn && !isBrief && <DeliveryLine message={message} />}
        <ChangeLines message={message} />
      </div>
    </li>
  );
}

/** Where it was written, which for own messages is a surprise worth words. */
function FromTeams({ isOwn }: { isOwn: boolean }) {
  return isOwn ? (
    <span>Written in Microsoft Teams</span>
  ) : (
    <PlatformIcon platform="teams" />
  );
}

function Content({ message }: { message: Message }) {
  if (message.deleted_at !== null) {
    return (
      <em className={styles.deleted}>
        Deleted{" "}
        <time dateTime={message.deleted_at}>
          {dateAndTime(message.deleted_at)}
        </time>
      </em>
    );
  }
  return (
    <>
      {message.quote !== null && (
        <QuoteBlock
          author={message.quote.author_name}
          text={message.quote.text}
        />
      )}
      {message.html === "" ? (
        message.attachments.length === 0 && (
          <div className={styles.plain} dir="auto">
            <LinkedText text={message.text} />
          </div>
        )
      ) : (
        // The server sanitizes every html with an allow-list before it stores it.
        <div
          className={styles.html}
          dir="auto"
          onClick={openElsewhere}
          onErrorCapture={sayWhatIsMissing}
          onLoadCapture={showLoaded}
          dangerouslySetInnerHTML={{ __html: message.html }}
        />
      )}
      <AttachmentCards attachments={message.attachments} />
      {message.edited_at !== null && (
        <span className={styles.changed}>
          Edited{" "}
          <time dateTime={message.edited_at}>
            {dateAndTime(message.edited_at)}
          </time>
        </span>
      )}
    </>
  );
}

/** An image that does not come says so in its place; pressing it tries again. */
function sayWhatIsMissing({ target }: SyntheticEvent): void {
  if (target instanceof HTMLImageElement) target.dataset.state = "failed";
}

function showLoaded({ target }: SyntheticEvent): void {
  if (target instanceof HTMLImageElement) target.dataset.state = "loaded";
}

function pressImage(image: HTMLImageElement): void {
  if (image.dataset.state === "failed") {
    delete image.dataset.state;
    const { src } = image;
    image.src = "";
    image.src = src;
  } else globalThis.open(image.src, "_blank", "noopener,noreferrer");
}

/** A link in a message must not take the workspace away. */
function openElsewhere(event: MouseEvent<HTMLElement>): void {
  if (event.target instanceof HTMLImageElement) {
    pressImage(event.target);
    return;
  }
  const link = (event.target as HTMLElement).closest<HTMLAnchorElement>(
    "a[href]",
  );
  if (link === null) return;
  event.preventDefault();
  globalThis.open(link.href, "_blank", "noopener,noreferrer");
}
