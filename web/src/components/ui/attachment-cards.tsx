import {
  AppsListDetailRegular,
  ArchiveRegular,
  ArrowDownloadRegular,
  DocumentPdfRegular,
  DocumentRegular,
  DocumentTableRegular,
  DocumentTextRegular,
  ImageRegular,
  MusicNote2Regular,
  OpenRegular,
  SlideTextRegular,
  VideoRegular,
  type FluentIcon,
} from "@fluentui/react-icons";
import { createElement } from "react";
import type { Attachment } from "../../realtime/protocol";
import { sizeInWords } from "../../wording/sizes";
import styles from "./attachment-cards.module.css";

/** Files and cards of a message, below its words. */
export function AttachmentCards({
  attachments,
}: {
  attachments: Attachment[];
}) {
  if (attachments.length === 0) return null;
  return (
    <ul className={styles.cards} aria-label="Attachments">
      {attachments.map((each, index) => (
        <li key={index}>
          {each.kind === "file" ? (
            <FileCard file={each} />
          ) : (
            <Card card={each} />
          )}
        </li>
      ))}
    </ul>
  );
}

/** Those of a message that the server does not have yet. */
export function FilesOnTheWay({
  files,
}: {
  files: { id: string; name: string; size: number }[];
}) {
  if (files.length === 0) return null;
  return (
    <ul className={styles.cards} aria-label="Attachments">
      {files.map((file) => (
        <li key={file.id}>
          <div className={styles.card}>
            <FileWords name={file.name} detail={detailOf(file, "")} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function FileWords({ name, detail }: { name: string; detail: string }) {
  return (
    <>
      {createElement(iconOf(name), {
        className: styles.icon,
        "aria-hidden": true,
      })}
      <span className={styles.words}>
        <bdi className={styles.name}>
          {name === "" ? "File without a name" : name}
        </bdi>
        <span className={styles.detail}>{detail}</span>
      </span>
    </>
  );
}

function FileCard({ file }: { file: Attachment }) {
  const isHere = file.address?.startsWith("/") === true;
  const where = isHere
    ? ""
    : file.address === null
      ? "In Microsoft Teams"
      : "Opens in Microsoft 365";
  const inside = <FileWords name={file.name} detail={detailOf(file, where)} />;
  if (file.address === null) return <div className={styles.card}>{inside}</div>;
  if (isHere) {
    return (
      <a
        className={styles.card}
        href={file.address}
        download={file.name}
        title={`Save ${file.name}`}
      >
        {inside}
        <ArrowDownloadRegular className={styles.open} aria-hidden />
      </a>
    );
  }
  return (
    <a
      className={styles.card}
      href={file.address}
      target="_blank"
      rel="noopener noreferrer"
      title={file.name}
    >
      {inside}
      <OpenRegular className={styles.open} aria-hidden />
    </a>
  );
}

function detailOf(
  file: { name: string; size?: number | null },
  where: string,
): string {
  const kind = extensionOf(file.name).toUpperCase();
  const size = typeof file.size === "number" ? sizeInWords(file.size) : "";
  return [kind.length <= 5 ? kind : "", size, where]
    .filter(Boolean)
    .join(" · ");
}

/** What only Teams shows whole: its words here, and the way there. */
function Card({ card }: { card: Attachment }) {
  return (
    <div className={styles.other}>
      <div className={styles.top}>
        <AppsListDetailRegular className={styles.icon} aria-hidden />
        <strong className={styles.title} dir="auto">
          {card.name === "" ? "A card" : card.name}
        </strong>
      </div>
      {card.text !== "" && (
        <p className={styles.text} dir="auto">
          {card.text}
        </p>
      )}
      {card.address === null ? (
        <span className={styles.detail}>
          Shown whole in Microsoft Teams only
        </span>
      ) : (
        <a
          className={styles.link}
          href={card.address}
          target="_blank"
          rel="noopener noreferrer"
        >
          Open in Microsoft Teams <OpenRegular aria-hidden />
        </a>
      )}
    </div>
  );
}

export function extensionOf(name: string): string {
  return /\.([\p{L}\p{N}]{1,8})$/u.exec(name)?.[1]?.toLowerCase() ?? "";
}

const ICONS: [FluentIcon, string[]][] = [
  [DocumentPdfRegular, ["pdf"]],
  [DocumentTextRegular, ["doc", "docx", "odt", "rtf", "txt", "md"]],
  [DocumentTableRegular, ["xls", "xlsx", "csv", "ods"]],
  [SlideTextRegular, ["ppt", "pptx", "odp"]],
  [ImageRegular, ["png", "jpg", "jpeg", "gif", "webp", "svg", "bmp", "heic"]],
  [VideoRegular, ["mp4", "mov", "avi", "webm", "mkv"]],
  [MusicNote2Regular, ["mp3", "wav", "ogg", "m4a", "flac"]],
  [ArchiveRegular, ["zip", "7z", "rar", "gz", "tar"]],
];

export function iconOf(name: string): FluentIcon {
  const extension = extensionOf(name);
  return (
    ICONS.find(([, known]) => known.includes(extension))?.[0] ?? DocumentRegular
  );
}
