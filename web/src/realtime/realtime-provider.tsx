import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { Link } from "./link";
import { RealtimeContext, type Realtime } from "./realtime-context";

interface Props {
  children: ReactNode;
  onSignedOut: () => void;
}

/** Keeps the world up to date over one WebSocket while someone is signed in. */
export function RealtimeProvider({ children, onSignedOut }: Props) {
  const client = useQueryClient();
  const [link] = useState(() => new Link(client));
  const [isLive, setLive] = useState(true);

  useEffect(() => link.start({ onSignedOut, onLive: setLive }), [link, onSignedOut]);

  const realtime = useMemo(
    (): Realtime => ({
      presences: link.presences,
      watchList: link.watchList,
      typing: link.typing,
      isLive,
      clock: link.clock,
      onEvent: link.onEvent,
    }),
    [link, isLive],
  );
  return <RealtimeContext value={realtime}>{children}</RealtimeContext>;
}
