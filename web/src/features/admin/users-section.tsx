import {
  Button,
  MessageBar,
  MessageBarBody,
  SearchBox,
  Skeleton,
  SkeletonItem,
} from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { DownloadLink } from "../../components/ui/download-link";
import { PersonAvatar } from "../../components/ui/person-avatar";
import type { License } from "../../realtime/protocol";
import { dateAndTime } from "../../wording/moments";
import { PLATFORM_NAMES } from "../../wording/platforms";
import { ConnectionBadge } from "./connection-badge";
import styles from "./admin-page.module.css";
import { DisconnectButton } from "./disconnect-button";
import { InviteButton } from "./invite-button";
import { ROLES } from "./roles";
import { UserActions } from "./user-actions";
import { usersKey } from "./users-key";

type AdminUser = Schemas["AdminUser"];

const PAGE = 100;

/** Everybody who signs in here, with their Teams connection. */
export function UsersSection() {
  const [typed, setTyped] = useState("");
  const [shown, setShown] = useState(PAGE);
  const wanted = useDeferredValue(typed.trim().toLocaleLowerCase());
  const users = useQuery({
    queryKey: usersKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/users", { signal })),
    // Connections come and go by what their owners do; nothing tells this page.
    refetchInterval: 15_000,
  });
  const found = (users.data ?? []).filter(({ user }) =>
    `${user.display_name}\n${user.username}\n${user.email}`.toLocaleLowerCase().includes(wanted),
  );

  return (
    <section className={styles.section} aria-labelledby="users">
      <div className={styles.head}>
        <h2 id="users">Users</h2>
        <div className={styles.person}>
          <SearchBox
            aria-label="Search users"
            placeholder="Search users"
            value={typed}
            onChange={(_, { value }) => {
              setTyped(value);
            }}
          />
          <DownloadLink href="/api/v1/admin/users.csv">
            Export CSV
          </DownloadLink>
          <DownloadLink href="/api/v1/admin/connections.csv">
            Export connections
          </DownloadLink>
          <InviteButton />
        </div>
      </div>
      <Counts users={users.data ?? []} />
      {users.isPending && (
        <Skeleton aria-label="Loading users">
          <SkeletonItem size={96} />
        </Skeleton>
      )}
      {users.isError && (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(users.error)}</MessageBarBody>
        </MessageBar>
      )}
      {users.isSuccess && found.length === 0 && <p className={styles.muted}>Nobody found.</p>}
      {found.length > 0 && <Table users={found.slice(0, shown)} />}
      {found.length > shown && (
        <Button
          onClick={() => {
            setShown(shown + PAGE);
          }}
        >
          Show more
        </Button>
      )}
    </section>
  );
}

/** Who is suspended does not count. */
function Counts({ users }: { users: AdminUser[] }) {
  const active = users.filter(({ user }) => !user.suspended);
  const holding = (license: License) => active.filter(({ user }) => user.licenses.includes(license)).length;
  const connected = active.filter(({ connection }) => connection.state === "connected").length;
  if (users.length === 0) return null;
  return (
    <p className={styles.muted}>
      {users.length.toLocaleString()} users · Contact Center licenses: {holding("contact_center").toLocaleString()} · Work
      licenses: {holding("work").toLocaleString()} · connected to Microsoft Teams: {connected.toLocaleString()} ·{" "}
      <DownloadLink href="/api/v1/admin/licenses.csv" inline>
        Export licenses
      </DownloadLink>
    </p>
  );
}

function Table({ users }: { users: AdminUser[] }) {
  return (
    <div className={styles.tableBox} tabIndex={0} role="region" aria-label="List of users">
      <table className={styles.table}>
        <thead>
          <tr>
            <th>Name</th>
            <th>Role</th>
            <th>Licenses</th>
            <th>Microsoft Teams</th>
            <th>
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((each) => (
            <UserRow key={each.user.id} {...each} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function UserRow(admin: AdminUser) {
  const { user, connection, microsoft_number } = admin;
  return (
    <tr aria-label={user.display_name}>
      <td>
        <div className={styles.person}>
          <PersonAvatar name={user.display_name} size={28} />
          <div>
            <span dir="auto">{user.display_name}</span>
            <span className={styles.small}>{user.username}</span>
          </div>
        </div>
      </td>
      <td>{user.suspended ? `${ROLES[user.role]}, suspended` : ROLES[user.role]}</td>
      <td>{user.licenses.map((each) => PLATFORM_NAMES[each]).join(", ") || "None"}</td>
      <td>
        <ConnectionBadge state={connection.state} />
        {connection.microsoft_username != null && <div className={styles.small}>{connection.microsoft_username}</div>}
        {connection.since != null && <div className={styles.small}>Since {dateAndTime(connection.since)}</div>}
        {connection.remedy != null && <div className={styles.small}>{connection.remedy}</div>}
        {microsoft_number != null && <div className={styles.small}>Microsoft’s number: AADSTS{microsoft_number}</div>}
      </td>
      <td className={styles.number}>
        {(connection.state === "connected" || connection.state === "lost") && <DisconnectButton user={user} />}
        <UserActions admin={admin} />
      </td>
    </tr>
  );
}
