import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  MessageBar,
  MessageBarBody,
  useRestoreFocusTarget,
} from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { lookAtPeopleAgain } from "../../realtime/people-changed";
import type { Person } from "../../realtime/protocol";
import { identitiesInOrder, PLATFORM_NAMES } from "../../wording/platforms";
import styles from "./identity-details.module.css";
import { PersonPicker } from "./person-picker";

export interface Deciding {
  person: Person;
  what: "merge" | "split";
}

/** For admins: this entry and another are one person, or some of its accounts are somebody else's (D2). */
export function DecisionButtons({ person, onDecide }: { person: Person; onDecide: (deciding: Deciding) => void }) {
  const focusTarget = useRestoreFocusTarget();
  const button = (what: Deciding["what"], label: string) => (
    <Button
      size="small"
      appearance="subtle"
      {...focusTarget}
      onClick={() => {
        onDecide({ person, what });
      }}
    >
      {label}
    </Button>
  );
  return (
    <div className={styles.decisions} role="group" aria-label={`Who ${person.display_name} is`}>
      {button("merge", "Merge with…")}
      {person.identities.length > 1 && button("split", "Split…")}
    </div>
  );
}

/** Beside the list and not in it: an entry may move or scroll away while somebody decides about it. */
export function DecisionDialog({ deciding, onClose }: { deciding: Deciding; onClose: () => void }) {
  const { person, what } = deciding;
  return what === "merge" ? (
    <MergeDialog person={person} onClose={onClose} />
  ) : (
    <SplitDialog person={person} onClose={onClose} />
  );
}

interface DialogProps {
  person: Person;
  onClose: () => void;
}

function MergeDialog({ person, onClose }: DialogProps) {
  const [other, setOther] = useState<Person | null>(null);
  const merge = useDecision("They are one person now.", onClose, (chosen: Person) =>
    answerOf(api.POST("/api/v1/admin/people/merge", { body: { person_ids: [person.id, chosen.id] } })),
  );
  return (
    <Decision
      title={
        <>
          Who is the same person as <bdi>{person.display_name}</bdi>?
        </>
      }
      action="Merge"
      isReady={other !== null && !merge.isPending}
      error={merge.error}
      onDecide={() => {
        if (other !== null) merge.mutate(other);
      }}
      onClose={onClose}
    >
      <p>Their accounts become one entry of Contacts. Conversations stay with the accounts that they go to.</p>
      <PersonPicker except={person.id} chosen={other} onChoose={setOther} />
    </Decision>
  );
}

function SplitDialog({ person, onClose }: DialogProps) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const split = useDecision("They are two people now.", onClose, (identityIds: readonly string[]) =>
    answerOf(
      api.POST("/api/v1/admin/people/{person_id}/split", {
        params: { path: { person_id: person.id } },
        body: { identity_ids: [...identityIds] },
      }),
    ),
  );
  const isAll = chosen.length === person.identities.length;
  return (
    <Decision
      title={
        <>
          Which accounts are not <bdi>{person.display_name}</bdi>’s?
        </>
      }
      action="Split"
      isReady={chosen.length > 0 && !isAll && !split.isPending}
      error={split.error}
      onDecide={() => {
        split.mutate(chosen);
      }}
      onClose={onClose}
    >
      <p>The chosen ones become an entry of their own. Later imports leave it so, whatever addresses they share.</p>
      {identitiesInOrder(person).map((identity) => (
        <div key={identity.id}>
          <Checkbox
            label={[PLATFORM_NAMES[identity.platform], identity.address].filter(Boolean).join(" · ")}
            checked={chosen.includes(identity.id)}
            onChange={(_, { checked }) => {
              const others = chosen.filter((each) => each !== identity.id);
              setChosen(checked === true ? [...others, identity.id] : others);
            }}
          />
        </div>
      ))}
      {isAll && <p role="alert">Leave at least one account here.</p>}
    </Decision>
  );
}

interface DecisionProps {
  title: React.ReactNode;
  action: string;
  isReady: boolean;
  error: Error | null;
  onDecide: () => void;
  onClose: () => void;
  children: React.ReactNode;
}

/** Asks first; what went wrong is said where it was asked. */
function Decision({ title, action, isReady, error, onDecide, onClose, children }: DecisionProps) {
  return (
    <Dialog open onOpenChange={onClose}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>
            {children}
            {error !== null && (
              <MessageBar intent="error">
                <MessageBarBody>{sentenceOf(error)}</MessageBarBody>
              </MessageBar>
            )}
          </DialogContent>
          <DialogActions>
            <Button appearance="secondary" onClick={onClose}>
              Cancel
            </Button>
            <Button appearance="primary" disabledFocusable={!isReady} onClick={onDecide}>
              {action}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function useDecision<Choice>(done: string, onDone: () => void, decide: (choice: Choice) => Promise<unknown>) {
  const client = useQueryClient();
  const notify = useNotify();
  return useMutation({
    mutationFn: decide,
    onSuccess: async () => {
      onDone();
      notify("success", done);
      await lookAtPeopleAgain(client);
    },
  });
}
