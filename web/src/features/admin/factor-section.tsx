import { useState } from "react";
import { useWorld } from "../../realtime/world";
import { ConfirmDialog } from "../../components/ui/confirm-dialog";
import { SwitchSection } from "./switch-section";
import { useSwitch } from "./use-switch";
import { useLicenseCounts } from "./use-license-counts";
import styles from "./admin-page.module.css";

/** Whether everybody who signs in with a password has to have a second factor. */
export function FactorSection() {
  const isRequired = useWorld((world) => world.account.second_factor_required);
  const [isAsking, setAsking] = useState(false);
  const lacking = useLicenseCounts().data?.without_second_factor;
  const change = useSwitch("second_factor_required", {
    onSettled: () => {
      setAsking(false);
    },
  });
  const howMany = lacking === undefined ? "" : ` ${lacking === 1 ? "1 user has" : `${lacking.toLocaleString("en")} users have`} none yet.`;
  return (
    <SwitchSection
      id="second-factor"
      title="Second factor"
      label="Required"
      isOn={isRequired}
      isPending={change.isPending}
      onTurn={(isOn) => {
        if (isOn) setAsking(true);
        else change.turn(false);
      }}
    >
      <p className={styles.muted}>
        {isRequired
          ? "Whoever signs in with a password has a second factor, or sets one up before anything else."
          : "Each user chooses whether to have a second factor."}
        {howMany} Single sign-on is exempt: your provider asks there.
      </p>
      {isAsking && (
        <ConfirmDialog
          title="Ask everybody for a second factor?"
          action="Require it"
          isPending={change.isPending}
          onConfirm={() => {
            change.turn(true);
          }}
          onClose={() => {
            setAsking(false);
          }}
        >
          Whoever signed in with a password and has none gets no further than setting one up, in open workspaces at once, and
          so do you. What they wrote and did not send is kept in their browser.{howMany}
        </ConfirmDialog>
      )}
    </SwitchSection>
  );
}
