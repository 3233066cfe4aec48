import { Button, Tooltip } from "@fluentui/react-components";
import {
  Menu,
  MenuDivider,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  PresenceBadge,
} from "@fluentui/react-components";
import { ChevronDownRegular, PersonRegular, SignOutRegular } from "@fluentui/react-icons";
import { useMutation } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { PersonAvatar } from "../../components/ui/person-avatar";
import type { Status, User } from "../../realtime/protocol";
import { useRealtime, useServerNow } from "../../realtime/realtime-context";
import { useAnswer, useWorld } from "../../realtime/world";
import { duration } from "../../wording/moments";
import { badgeOfStatus } from "../../wording/presence";
import styles from "./own-status.module.css";
import { statusesFor } from "./statuses";

interface Props {
  onProfile: () => void;
  onLogOut: () => void;
}

/** The top of the Control Panel: who I am, my status and since when, and the menu to change it. */
export function OwnStatus({ onProfile, onLogOut }: Props) {
  const me = useWorld((world) => world.me);
  const statuses = statusesFor(me);
  const setStatus = useSetStatus();
  // Nobody is told of it while the connection is away, and others may see another one.
  const { isLive } = useRealtime();

  return (
    <Menu
      checkedValues={{ status: [me.status] }}
      onCheckedValueChange={(_, { checkedItems }) => {
        const chosen = checkedItems[0];
        if (chosen !== undefined && chosen !== me.status) setStatus.mutate(chosen as Status);
      }}
    >
      <div className={styles.header}>
        <PersonAvatar
          name={me.display_name}
          size={40}
          badge={statuses.length > 0 ? (isLive ? badgeOfStatus(me.status) : "unknown") : undefined}
        />
        <div className={styles.who}>
          <span className={styles.name} dir="auto">
            {me.display_name}
          </span>
          {statuses.length > 0 && (isLive ? <StatusAndTime me={me} /> : <span className={styles.status}>{me.status}, as last known</span>)}
        </div>
        <MenuTrigger disableButtonEnhancement>
          <Tooltip content="Change status" relationship="label" positioning="below-end">
            <Button className={styles.change} appearance="subtle" icon={<ChevronDownRegular />} />
          </Tooltip>
        </MenuTrigger>
      </div>
      <MenuPopover>
        <MenuList>
          {statuses.map((status) => (
            <MenuItemRadio
              key={status}
              name="status"
              value={status}
              icon={<PresenceBadge size="small" status={badgeOfStatus(status)} aria-hidden />}
            >
              {status}
            </MenuItemRadio>
          ))}
          {statuses.length > 0 && <MenuDivider />}
          <MenuItem icon={<PersonRegular />} onClick={onProfile}>
            My profile
          </MenuItem>
          <MenuItem icon={<SignOutRegular />} onClick={onLogOut}>
            Log out
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function StatusAndTime({ me }: { me: User }) {
  const now = useServerNow(10_000);
  return (
    <span className={styles.status} title={`In this status since ${new Date(me.status_since).toLocaleString()}`}>
      {me.status} · {duration(now - Date.parse(me.status_since))}
    </span>
  );
}

function useSetStatus() {
  const { asking, take } = useAnswer("me");
  const notify = useNotify();
  return useMutation({
    mutationFn: (status: Status) => answerOf(api.PUT("/api/v1/me/status", { body: { status } })),
    onMutate: asking,
    onSuccess: (me, _, asked) => {
      take(me, asked);
    },
    onError: (error) => {
      notify("error", "Your status was not changed.", sentenceOf(error));
    },
  });
}
