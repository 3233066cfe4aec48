import { Button } from "@fluentui/react-components";
import { PersonAddRegular } from "@fluentui/react-icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { OneTimeLink } from "./one-time-link";
import { UserForm, type UserFields } from "./user-form";
import { usersKey } from "./users-key";

/** Asks who it is, and shows the link that the new user gets. */
export function InviteButton() {
  const [isOpen, setOpen] = useState(false);
  const client = useQueryClient();
  const invite = useMutation({
    mutationFn: (body: UserFields) => answerOf(api.POST("/api/v1/admin/users", { body })),
    onSuccess: () => {
      setOpen(false);
    },
    onSettled: () => client.invalidateQueries({ queryKey: usersKey }),
  });
  return (
    <>
      <Button
        appearance="primary"
        icon={<PersonAddRegular />}
        onClick={() => {
          invite.reset();
          setOpen(true);
        }}
      >
        Invite
      </Button>
      {isOpen && (
        <UserForm
          problem={invite.isError ? sentenceOf(invite.error) : undefined}
          isPending={invite.isPending}
          onSubmit={invite.mutate}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
      <OneTimeLink link={invite.data} onClose={invite.reset} />
    </>
  );
}
