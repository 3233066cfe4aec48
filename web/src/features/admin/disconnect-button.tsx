import { Button } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import type { User } from "../../realtime/protocol";
import { ConfirmDialog } from "../../components/ui/confirm-dialog";
import { usersKey } from "./users-key";

/** Undoes a user's Teams connection, after asking. */
export function DisconnectButton({ user }: { user: User }) {
  const [isOpen, setOpen] = useState(false);
  const client = useQueryClient();
  const notify = useNotify();
  const disconnect = useMutation({
    mutationFn: () =>
      answerOf(api.POST("/api/v1/admin/users/{user_id}/disconnect", { params: { path: { user_id: user.id } } })),
    onSuccess: () => {
      setOpen(false);
      notify("success", `${user.display_name} is disconnected from Microsoft Teams.`);
    },
    onError: (error) => {
      notify("error", `${user.display_name} was not disconnected.`, sentenceOf(error));
    },
    onSettled: () => client.invalidateQueries({ queryKey: usersKey }),
  });

  return (
    <>
      <Button
        size="small"
        onClick={() => {
          setOpen(true);
        }}
      >
        Disconnect
      </Button>
      {isOpen && (
        <ConfirmDialog
          title={
            <>
              Disconnect <bdi>{user.display_name}</bdi> from Microsoft Teams?
            </>
          }
          action="Disconnect"
          isPending={disconnect.isPending}
          onConfirm={() => {
            disconnect.mutate();
          }}
          onClose={() => {
            setOpen(false);
          }}
        >
          Their Microsoft sign-in is erased here and messages from Teams stop coming. Past conversations stay. They can
          then connect the same or another Microsoft account.
        </ConfirmDialog>
      )}
    </>
  );
}
