import { Link } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { askForProof } from "../../api/proof";
import { useNotify } from "../../components/ui/notify";

/** A whole list as a file. A link shows no answer that refuses it, so whether it will be is asked before. */
export function DownloadLink({ href, inline, children }: { href: string; inline?: boolean; children: ReactNode }) {
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
      onClick={(event) => {
        event.preventDefault();
        fetchIt().catch((error: unknown) => {
          notify("error", "The list could not be downloaded.", sentenceOf(error));
        });
      }}
    >
      {children}
    </Link>
  );
}
