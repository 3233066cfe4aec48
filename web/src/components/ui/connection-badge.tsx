import { Badge } from "@fluentui/react-components";
import type { ConnectionState } from "../../realtime/protocol";

/** How a Teams connection stands, for whoever has it and for administrators in the same words. */
export function ConnectionBadge({ state }: { state: ConnectionState }) {
  switch (state) {
    case "connected":
      return <Badge color="success">Connected</Badge>;
    case "lost":
      return <Badge color="warning">Connection lost</Badge>;
    case "not_connected":
      return <Quiet words="Not connected" />;
    case "off":
      return <Quiet words="Switched off" />;
  }
}

function Quiet({ words }: { words: string }) {
  return (
    <Badge appearance="tint" color="informative">
      {words}
    </Badge>
  );
}
