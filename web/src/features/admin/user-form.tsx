import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Select,
} from "@fluentui/react-components";
import { useState, type SubmitEvent } from "react";
import type { License, Role, User } from "../../realtime/protocol";
import { PLATFORM_NAMES } from "../../wording/platforms";
import { ROLES } from "./roles";
import styles from "./user-form.module.css";

export interface UserFields {
  username: string;
  display_name: string;
  email: string;
  role: Role;
  licenses: License[];
}

interface Props {
  /** Whom to change; without one it is an invitation. */
  user?: User;
  problem: string | undefined;
  isPending: boolean;
  onSubmit: (fields: UserFields) => void;
  onClose: () => void;
}

const LICENSES: readonly License[] = ["contact_center", "work"];

/** Name, address, role and licenses of a user, new or known. */
export function UserForm({ user, problem, isPending, onSubmit, onClose }: Props) {
  const [licenses, setLicenses] = useState<readonly License[]>(user?.licenses ?? ["contact_center"]);
  const [isIncomplete, setIncomplete] = useState(false);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const fields = {
      username: user?.username ?? textOf(form, "username"),
      display_name: textOf(form, "display_name"),
      email: textOf(form, "email"),
      role: textOf(form, "role") as Role,
      licenses: LICENSES.filter((each) => licenses.includes(each)),
    };
    const lacks = fields.username === "" || fields.display_name === "" || fields.email === "";
    setIncomplete(lacks);
    if (!lacks && !isPending) onSubmit(fields);
  };
  const said = isIncomplete ? "Fill in username, name and e-mail address." : problem;
  return (
    <Dialog
      open
      onOpenChange={(_, { open }) => {
        if (!open) onClose();
      }}
    >
      <DialogSurface>
        <form onSubmit={submit} noValidate>
          <DialogBody>
            <DialogTitle>{user === undefined ? "Invite a user" : <>Change {user.display_name}</>}</DialogTitle>
            <DialogContent className={styles.fields}>
              {said !== undefined && (
                <MessageBar intent="error" layout="multiline" role="alert">
                  <MessageBarBody>{said}</MessageBarBody>
                </MessageBar>
              )}
              {user === undefined && (
                <Field label="Username" required>
                  <Input name="username" autoComplete="off" autoCapitalize="none" spellCheck={false} />
                </Field>
              )}
              <Field label="Name" required>
                <Input name="display_name" defaultValue={user?.display_name ?? ""} autoComplete="off" />
              </Field>
              <Field label="E-mail address" required hint="Also finds the same person among imported Teams users.">
                <Input name="email" type="email" defaultValue={user?.email ?? ""} autoComplete="off" />
              </Field>
              <Field label="Role">
                <Select name="role" defaultValue={user?.role ?? "agent"}>
                  {Object.entries(ROLES).map(([role, name]) => (
                    <option key={role} value={role}>
                      {name}
                    </option>
                  ))}
                </Select>
              </Field>
              <fieldset className={styles.licenses}>
                <legend>Licenses</legend>
                {LICENSES.map((each) => (
                  <Checkbox
                    key={each}
                    label={PLATFORM_NAMES[each]}
                    checked={licenses.includes(each)}
                    onChange={(_, { checked }) => {
                      setLicenses(checked === true ? [...licenses, each] : licenses.filter((other) => other !== each));
                    }}
                  />
                ))}
              </fieldset>
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" appearance="primary" disabledFocusable={isPending}>
                {user === undefined ? "Invite" : "Save"}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}
