import type { ReactNode } from "react";
import styles from "./notice.module.css";

interface Props {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** What an empty or failed part of the page says in its middle, and what one can do about it. */
export function Notice({ icon, title, children, action }: Props) {
  return (
    <div className={styles.notice}>
      {icon !== undefined && (
        <span className={styles.icon} aria-hidden>
          {icon}
        </span>
      )}
      <p className={styles.title}>{title}</p>
      {children !== undefined && <div className={styles.text}>{children}</div>}
      {action}
    </div>
  );
}
