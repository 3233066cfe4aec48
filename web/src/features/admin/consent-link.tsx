import { Button, Link } from "@fluentui/react-components";
import { CopyRegular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";

/** The address at which a Microsoft administrator allows Deskbridge for everybody; it works in any browser. */
export function ConsentLink() {
  const notify = useNotify();
  const link = useQuery({
    queryKey: ["admin", "consent-link"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/consent-link", { signal })),
    staleTime: Infinity,
    retry: false,
  });
  if (link.isPending) return null;
  if (link.isError) return <p className={styles.muted}>{sentenceOf(link.error)}</p>;
  const { address } = link.data;
  return (
    <p className={styles.muted}>
      A Microsoft administrator has to allow Deskbridge once for everybody.{" "}
      <Link inline href={address} target="_blank" rel="noreferrer">
        Link for consent
      </Link>{" "}
      <Button
        size="small"
        appearance="subtle"
        icon={<CopyRegular />}
        onClick={() => {
          navigator.clipboard.writeText(address).then(
            () => {
              notify("success", "The link is copied. Send it to your Microsoft administrator.");
            },
            () => {
              notify("error", "The link was not copied.", "Copy it with the right mouse button.");
            },
          );
        }}
      >
        Copy
      </Button>
    </p>
  );
}
