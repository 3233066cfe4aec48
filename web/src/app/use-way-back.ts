import { useNavigate } from "react-router";
import { useMedia } from "../components/ui/use-media";
import { NARROW } from "./places";

/** Back to the Control Panel, on a narrow page only: elsewhere it is in sight. */
export function useWayBack(): (() => void) | undefined {
  const navigate = useNavigate();
  const isNarrow = useMedia(NARROW);
  return isNarrow ? () => void navigate("/") : undefined;
}
