import { Link } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { askForProof } from "../../api/proof";
import { useNotify } from "./notify";

interface Props {
  href: string;
  inline?: boolean;
  /** What it is called by those who do not see what stands around it. */
  label?: string;
  children: ReactNode;
}

/** What is sensitive as a file. A link shows no answer that refuses it, so whether it will be is asked before. */
export function DownloadLink({ href, inline, label, children }: Props) {
  const notify = useNotify();
  const fetchIt = async () => {
    const { is_good } = await answerOf(api.GET("/api/v1/session/proof"));
    if (!is_good && !(await askForProof())) return;
    const link = document.createElement("a");
    link.href = href;
    link.download = "";
    link.click();
  };
  return (
    <Link
      href={href}
      download
      inline={inline === true}
      aria-label={label}
      onClick={(event) => {
        event.preventDefault();
        fetchIt().catch((error: unknown) => {
          notify("error", "The file could not be downloaded.", sentenceOf(error));
        });
      }}
    >
      {children}
    </Link>
  );
}
