import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { MoreHorizontalRegular } from "@fluentui/react-icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import type { User } from "../../realtime/protocol";
import { OneTimeLink } from "./one-time-link";
import { UserForm, type UserFields } from "./user-form";
import { usersKey } from "./users-key";

/** What an admin does to one user. */
export function UserActions({ user }: { user: User }) {
  const [isChanging, setChanging] = useState(false);
  const client = useQueryClient();
  const notify = useNotify();
  const params = { path: { user_id: user.id } };
  const shared = {
    onError: (error: unknown) => {
      notify("error", "Nothing was changed.", sentenceOf(error));
    },
    onSettled: () => client.invalidateQueries({ queryKey: usersKey }),
  };
  const change = useMutation({
    mutationFn: ({ display_name, email, role, licenses }: UserFields) =>
      answerOf(api.PATCH("/api/v1/admin/users/{user_id}", { params, body: { display_name, email, role, licenses } })),
    onSuccess: () => {
      setChanging(false);
    },
    onSettled: shared.onSettled,
  });
  const reset = useMutation({
    mutationFn: () => answerOf(api.POST("/api/v1/admin/users/{user_id}/reset-password", { params })),
    ...shared,
  });
  const signOut = useMutation({
    mutationFn: () => answerOf(api.POST("/api/v1/admin/users/{user_id}/sign-out", { params })),
    onSuccess: () => {
      notify("success", `${user.display_name} is signed out everywhere.`);
    },
    ...shared,
  });
  const suspend = useMutation({
    mutationFn: () =>
      answerOf(
        user.suspended
          ? api.POST("/api/v1/admin/users/{user_id}/resume", { params })
          : api.POST("/api/v1/admin/users/{user_id}/suspend", { params }),
      ),
    onSuccess: (after) => {
      notify("success", `${user.display_name} ${after.suspended ? "is suspended." : "can sign in again."}`);
    },
    ...shared,
  });
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
            <MenuItem onClick={() => { reset.mutate(); }}>Reset password</MenuItem>
            <MenuItem onClick={() => { signOut.mutate(); }}>Sign out everywhere</MenuItem>
            <MenuItem onClick={() => { suspend.mutate(); }}>{user.suspended ? "Resume" : "Suspend"}</MenuItem>
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
      <OneTimeLink link={reset.data} onClose={reset.reset} />
    </>
  );
}
