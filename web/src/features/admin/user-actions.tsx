import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { MoreHorizontalRegular } from "@fluentui/react-icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { ConfirmDialog } from "../../components/ui/confirm-dialog";
import { OneTimeLink } from "./one-time-link";
import { STEPS, type Step } from "./user-steps";
import { UserForm, type UserFields } from "./user-form";
import { usersKey } from "./users-key";

type AdminUser = Schemas["AdminUser"];

/** What an admin does to one user; whatever the user will notice is asked about first. */
export function UserActions({ admin }: { admin: AdminUser }) {
  const { user } = admin;
  const [isChanging, setChanging] = useState(false);
  const [asked, setAsked] = useState<Step>();
  const client = useQueryClient();
  const notify = useNotify();
  const refresh = () => client.invalidateQueries({ queryKey: usersKey });
  const change = useMutation({
    mutationFn: ({ display_name, email, role, licenses }: UserFields) =>
      answerOf(
        api.PATCH("/api/v1/admin/users/{user_id}", {
          params: { path: { user_id: user.id } },
          body: { display_name, email, role, licenses },
        }),
      ),
    onSuccess: () => {
      setChanging(false);
    },
    onSettled: refresh,
  });
  const act = useMutation({
    mutationFn: (step: Step) => step.run(user.id).then((link) => ({ step, link })),
    onSuccess: ({ step }) => {
      if (step.done !== undefined) notify("success", `${user.display_name} ${step.done}`);
    },
    onError: (error) => {
      notify("error", "Nothing was changed.", sentenceOf(error));
    },
    onSettled: () => {
      setAsked(undefined);
      return refresh();
    },
  });
  const steps = STEPS.filter((each) => each.applies(admin));
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            size="small"
            appearance="subtle"
            icon={<MoreHorizontalRegular />}
            aria-label={`Actions for ${user.display_name}`}
          />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem
              onClick={() => {
                change.reset();
                setChanging(true);
              }}
            >
              Change …
            </MenuItem>
            {steps.map((step) => (
              <MenuItem
                key={step.name}
                onClick={() => {
                  if (step.asks === undefined) act.mutate(step);
                  else setAsked(step);
                }}
              >
                {step.asks === undefined ? step.name : `${step.name} …`}
              </MenuItem>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
      {isChanging && (
        <UserForm
          user={user}
          problem={change.isError ? sentenceOf(change.error) : undefined}
          isPending={change.isPending}
          onSubmit={change.mutate}
          onClose={() => {
            setChanging(false);
          }}
        />
      )}
      {asked !== undefined && (
        <ConfirmDialog
          title={
            <>
              {asked.name}: <bdi>{user.display_name}</bdi>?
            </>
          }
          action={asked.name}
          isPending={act.isPending}
          onConfirm={() => {
            act.mutate(asked);
          }}
          onClose={() => {
            setAsked(undefined);
          }}
        >
          {asked.asks}
        </ConfirmDialog>
      )}
      <OneTimeLink link={act.data?.link} onClose={act.reset} />
    </>
  );
}
