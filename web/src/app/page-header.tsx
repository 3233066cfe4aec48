import { Button } from "@fluentui/react-components";
import { ArrowLeftRegular } from "@fluentui/react-icons";
import { useNavigate } from "react-router";
import { useMedia } from "../components/ui/use-media";
import { NARROW } from "./places";
import styles from "./page-header.module.css";

/** The way back to the Control Panel on a narrow page. */
export function PageHeader() {
  const navigate = useNavigate();
  if (!useMedia(NARROW)) return null;
  return (
    <div className={styles.header}>
      <Button appearance="subtle" icon={<ArrowLeftRegular />} onClick={() => void navigate("/")}>
        Back
      </Button>
    </div>
  );
}
