import { useEffect, useState } from "react";

const LOOK_EVERY_MS = 30_000;

/** Today; pages that stay open over midnight must not go on calling yesterday so. */
export function useToday(): Date {
  const [today, setToday] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => {
      setToday((held) => (held.toDateString() === new Date().toDateString() ? held : new Date()));
    }, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return today;
}
