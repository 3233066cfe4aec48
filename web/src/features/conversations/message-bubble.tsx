import { Tooltip } from "@fluentui/react-components";
import type { MouseEvent } from "react";
import { PersonAvatar } from "../../components/ui/person-avatar";
import { PlatformIcon } from "../../components/ui/platform-icon";
import type { Message } from "../../realtime/protocol";
import { dateAndTime, timeOfDay } from "../../wording/moments";
import { DeliveryLine, isSentWholly, SentMark } from "./delivery-line";
import styles from "./message-bubble.module.css";
import type { Row } from "./timeline";

type Props = Pick<Extract<Row, { type: "message" }>, "message" | "isOwn" | "isFirst" | "isLast">;

/** One message: own ones at the right with their deliveries, others' at the left with their author. */
export function MessageBubble({ message, isOwn, isFirst, isLast }: Props) {
  const isBrief = isOwn && !isLast && message.deleted_at === null && isSentWholly(message);
  return (
    <li className={styles.row} data-own={isOwn} data-first={isFirst} data-last={isLast} data-message-id={message.id}>
      {!isOwn && isFirst && (
        <span className={styles.avatar}>
          <PersonAvatar name={message.author.display_name} size={28} />
        </span>
      )}
      <div className={styles.body}>
        <div className={isFirst ? styles.byline : "visually-hidden"}>
          <bdi className={isOwn ? "visually-hidden" : styles.author}>{isOwn ? "You" : message.author.display_name}</bdi>{" "}
          <time dateTime={message.created_at} title={dateAndTime(message.created_at)}>
            {timeOfDay(message.created_at)}
          </time>
          {isFirst && message.author.platform === "teams" && <FromTeams isOwn={isOwn} />}
        </div>
        <div className={styles.line}>
          {isBrief && <SentMark message={message} />}
          <div className={styles.bubble} title={isFirst ? undefined : dateAndTime(message.created_at)}>
            <Content message={message} />
          </div>
        </div>
        <Reactions message={message} />
        {isOwn && !isBrief && <DeliveryLine message={message} />}
      </div>
    </li>
  );
}

/** Where it was written, which for own messages is a surprise worth words. */
function FromTeams({ isOwn }: { isOwn: boolean }) {
  return isOwn ? <span>Written in Microsoft Teams</span> : <PlatformIcon platform="teams" />;
}

function Content({ message }: { message: Message }) {
  if (message.deleted_at !== null) {
    return (
      <em className={styles.changed}>
        Deleted <time dateTime={message.deleted_at}>{dateAndTime(message.deleted_at)}</time>
      </em>
    );
  }
  return (
    <>
      {message.html === "" ? (
        <div className={styles.plain} dir="auto">
          {message.text}
        </div>
      ) : (
        // The server sanitizes every html with an allow-list before it stores it.
        <div
          className={styles.html}
          dir="auto"
          onClick={openElsewhere}
          dangerouslySetInnerHTML={{ __html: message.html }}
        />
      )}
      {message.edited_at !== null && (
        <span className={styles.changed}>
          Edited <time dateTime={message.edited_at}>{dateAndTime(message.edited_at)}</time>
        </span>
      )}
    </>
  );
}

/** A link in a message must not take the workspace away. */
function openElsewhere(event: MouseEvent<HTMLElement>): void {
  const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[href]");
  if (link === null) return;
  event.preventDefault();
  globalThis.open(link.href, "_blank", "noopener,noreferrer");
}

function Reactions({ message }: { message: Message }) {
  if (message.reactions.length === 0 || message.deleted_at !== null) return null;
  return (
    <ul className={styles.reactions} aria-label="Reactions">
      {message.reactions.map(({ reaction, by }) => (
        <Tooltip key={reaction} content={by.join(", ")} relationship="description">
          <li className={styles.reaction}>
            <span>{reaction}</span> <span>{by.length}</span>
          </li>
        </Tooltip>
      ))}
    </ul>
  );
}
