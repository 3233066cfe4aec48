import {
  Button,
  MessageBar,
  MessageBarBody,
  SearchBox,
  Skeleton,
  SkeletonItem,
} from "@fluentui/react-components";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Fragment, useDeferredValue, useState } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { DownloadLink } from "../../components/ui/download-link";
import { ConnectionBadge } from "../../components/ui/connection-badge";
import { PersonAvatar } from "../../components/ui/person-avatar";
import { dateAndTime } from "../../wording/moments";
import { PLATFORM_NAMES } from "../../wording/platforms";
import styles from "./admin-page.module.css";
import { DataRow, DataTable } from "./data-table";
import { DisconnectButton } from "./disconnect-button";
import { InviteButton } from "./invite-button";
import { ROLES } from "./roles";
import { UserActions } from "./user-actions";
import { useLicenseCounts } from "./use-license-counts";
import { usersKey } from "./users-key";

type AdminUser = Schemas["AdminUser"];

/** Connections come and go by what their owners do; nothing tells this page. Milliseconds. */
const LOOKED_AT_EVERY = 15_000;

/** Everybody who signs in here, with their Teams connection. */
export function UsersSection() {
  const [typed, setTyped] = useState("");
  const search = useDeferredValue(typed.trim());
  const users = useInfiniteQuery({
    queryKey: [...usersKey, "list", search],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET("/api/v1/admin/users", { signal, params: { query: { search, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: LOOKED_AT_EVERY,
  });
  const found = users.data?.pages.flatMap((page) => page.users) ?? [];

  return (
    <section className={styles.section} aria-labelledby="users">
      <div className={styles.head}>
        <h2 id="users">Users</h2>
        <div className={styles.tools}>
          <SearchBox
            aria-label="Search users"
            placeholder="Search users"
            value={typed}
            maxLength={100}
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
      <Counts />
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
      {found.length > 0 && (
        <DataTable label="List of users" columns={COLUMNS}>
          {found.map((each) => (
            <UserRow key={each.user.id} {...each} />
          ))}
        </DataTable>
      )}
      {users.hasNextPage && (
        <Button
          disabledFocusable={users.isFetchingNextPage}
          onClick={() => {
            void users.fetchNextPage();
          }}
        >
          Show more
        </Button>
      )}
    </section>
  );
}

/** Who is suspended does not count. */
function Counts() {
  const { data: counts } = useLicenseCounts(LOOKED_AT_EVERY);
  if (counts === undefined) return null;
  return (
    <p className={styles.muted}>
      {counts.users.toLocaleString()} users · Contact Center licenses: {counts.contact_center.toLocaleString()} · Work
      licenses: {counts.work.toLocaleString()} · connected to Microsoft Teams: {counts.connected.toLocaleString()} ·{" "}
      <DownloadLink href="/api/v1/admin/licenses.csv" inline>
        Export licenses
      </DownloadLink>
    </p>
  );
}

const COLUMNS = [
  { name: "Name" },
  { name: "Role" },
  { name: "Licenses" },
  { name: "Microsoft Teams" },
  { name: "Actions", isNameless: true, isAtEnd: true },
] as const;

function UserRow(admin: AdminUser) {
  const { user, connection, microsoft_number } = admin;
  return (
    <DataRow
      label={user.display_name}
      cells={[
        <div key="name" className={styles.person}>
          <PersonAvatar name={user.display_name} size={28} />
          <div>
            <span dir="auto">{user.display_name}</span>
            <span className={styles.small}>{user.username}</span>
          </div>
        </div>,
        user.suspended ? `${ROLES[user.role]}, suspended` : ROLES[user.role],
        user.licenses.map((each) => PLATFORM_NAMES[each]).join(", ") || "None",
        <Fragment key="teams">
          {user.licenses.includes("contact_center") ? (
            <ConnectionBadge state={connection.state} />
          ) : (
            <span className={styles.small}>For agents only</span>
          )}
          {connection.microsoft_username != null && <div className={styles.small}>{connection.microsoft_username}</div>}
          {connection.since != null && <div className={styles.small}>Since {dateAndTime(connection.since)}</div>}
          {connection.remedy != null && <div className={styles.small}>{connection.remedy}</div>}
          {microsoft_number != null && <div className={styles.small}>Microsoft’s number: AADSTS{microsoft_number}</div>}
        </Fragment>,
        <div key="actions" className={styles.actions}>
          {(connection.state === "connected" || connection.state === "lost") && <DisconnectButton user={user} />}
          <UserActions admin={admin} />
        </div>,
      ]}
    />
  );
}
