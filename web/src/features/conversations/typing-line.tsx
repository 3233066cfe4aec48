import { useEffect, useRef, useState } from "react";
import { useTypingIn } from "../../realtime/realtime-context";
import styles from "./typing-line.module.css";

/** Whoever listens instead of looking hears of it once, and not again until it has been quiet for so long. */
const QUIET_MS = 60_000;

/** Says in words that the other is writing; always as high, so that nothing moves. */
export function TypingLine({ conversationId }: { conversationId: string }) {
  const name = useTypingIn(conversationId);
  const aloud = useSaidOnce(name);
  return (
    <div className={styles.line}>
      {name !== undefined && (
        <span aria-hidden>
          <bdi>{name}</bdi> is typing
        </span>
      )}
      <span className="visually-hidden" role="status">
        {aloud}
      </span>
    </div>
  );
}

function useSaidOnce(name: string | undefined): string {
  const lastAt = useRef(-Infinity);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const now = performance.now();
    const isNews = name !== undefined && now - lastAt.current > QUIET_MS;
    // While somebody goes on writing, the quiet has not begun.
    if (isNews || lastAt.current > -Infinity) lastAt.current = now;
    setSaid(isNews ? `${name} is typing` : "");
  }, [name]);
  return said;
}
