import { Badge } from "@fluentui/react-components";
import type { ConnectionState } from "../../realtime/protocol";

/** How a User's Teams connection stands. */
export function ConnectionBadge({ state }: { state: ConnectionState }) {
  switch (state) {
    case "connected":
      return <Badge color="success">Connected</Badge>;
    case "lost":
      return <Badge color="warning">Connection lost</Badge>;
    case "not_connected":
      return (
        <Badge appearance="tint" color="informative">
          Not connected
        </Badge>
      );
    case "off":
      return (
        <Badge appearance="tint" color="informative">
          Off
        </Badge>
      );
  }
}
