import { Link, MessageBar, MessageBarBody, Skeleton, SkeletonItem } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { BackButton } from "../../components/ui/back-button";
import { AccountSection } from "./account-section";
import styles from "./admin-page.module.css";
import { ConsentLink } from "./consent-link";
import { RegistrationStep } from "./set-up-registration";
import { SetUpChecks } from "./set-up-checks";
import { setUpKey } from "./set-up-key";
import { ServerStep } from "./set-up-server";

interface Props {
  onBack?: (() => void) | undefined;
  /** To the sections of the Admin page. */
  onGoOn: () => void;
}

/** From an organisation without Microsoft to a working connection, one step after the other. */
export function SetUpGuide({ onBack, onGoOn }: Props) {
  const microsoft = useQuery({
    queryKey: setUpKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/microsoft", { signal })),
  });
  return (
    <div className={styles.scroller}>
      <div className={styles.page}>
        <div className={styles.title}>
          {onBack !== undefined && <BackButton onBack={onBack} />}
          <h1>Set-up</h1>
        </div>
        {microsoft.isPending && (
          <Skeleton aria-label="Loading the set-up">
            <SkeletonItem size={96} />
          </Skeleton>
        )}
        {microsoft.isError && (
          <MessageBar intent="error">
            <MessageBarBody>{sentenceOf(microsoft.error)}</MessageBarBody>
          </MessageBar>
        )}
        {microsoft.isSuccess && (
          <>
            <RegistrationStep microsoft={microsoft.data} />
            <ServerStep key={microsoft.data.tenant_id} microsoft={microsoft.data} />
            <section className={styles.section} aria-labelledby="consent">
              <h2 id="consent">3. Consent</h2>
              <ConsentLink key={microsoft.data.tenant_id} />
            </section>
            <SetUpChecks />
            <AccountSection />
            <section className={styles.section} aria-labelledby="next">
              <h2 id="next">5. People</h2>
              <p className={styles.muted}>
                Switch Teams chat on above. Then import the people of your organization and invite your agents, under{" "}
                <Link inline as="button" onClick={onGoOn}>
                  Admin
                </Link>
                . Each agent connects their own Microsoft account with <strong>Authenticate now</strong>.
              </p>
            </section>
          </>
        )}
      </div>
    </div>
  );
}
