import { Button, Dropdown, Option, SearchBox, Skeleton, SkeletonItem } from "@fluentui/react-components";
import { PeopleSearchRegular, PlugDisconnectedRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { sentenceOf } from "../../api/problem";
import { BackButton } from "../../components/ui/back-button";
import { Notice } from "../../components/ui/notice";
import type { Person, Platform } from "../../realtime/protocol";
import { useWorld } from "../../realtime/world";
import { PLATFORM_NAMES, PLATFORMS } from "../../wording/platforms";
import styles from "./directory-panel.module.css";
import { PeopleList } from "./people-list";
import type { PeopleQuery } from "./people-pages";
import { Refusals } from "./refusals";
import { usePeople } from "./people-query";
import { useStartConversation } from "./start-conversation";

interface Props {
  query: PeopleQuery;
  onQuery: (query: PeopleQuery) => void;
  onOpenChat: (conversationId: string) => void;
  /** Shown where the directory is alone on a narrow page. */
  onBack?: (() => void) | undefined;
}

const TYPING_PAUSE_MS = 150;

/** The Contacts directory: search, Type filter and the list, all over the whole directory. */
export function DirectoryPanel({ query, onQuery, onOpenChat, onBack }: Props) {
  const hasTeams = useWorld((world) => world.account.teams_chat_enabled);
  const canStart = useCanStart();
  const start = useStartConversation(onOpenChat);
  const list = usePeople(query);
  const [typed, setTyped] = useState(query.q);

  useEffect(() => {
    if (typed === query.q) return;
    const timer = setTimeout(() => {
      onQuery({ ...query, q: typed });
    }, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [typed, query, onQuery]);

  const types = PLATFORMS.filter((each) => each !== "teams" || hasTeams);
  return (
    <section className={styles.panel} aria-labelledby="contacts-title">
      <header className={styles.header}>
        <div className={styles.heading}>
          {onBack !== undefined && <BackButton onBack={onBack} />}
          <h1 id="contacts-title">Contacts</h1>
          <span className={styles.count} role="status">
            {list.data !== undefined && peopleCounted(list.total)}
          </span>
        </div>
        <div className={styles.tools}>
          <SearchBox
            className={styles.search}
            aria-label="Search contacts"
            placeholder="Search by name, job title, department or address"
            value={typed}
            onChange={(_, { value }) => {
              setTyped(value);
            }}
          />
          <Dropdown
            className={styles.type}
            aria-label="Type"
            value={query.type === null ? "Type: All" : PLATFORM_NAMES[query.type]}
            selectedOptions={[query.type ?? "all"]}
            onOptionSelect={(_, { optionValue }) => {
              onQuery({ q: typed, type: optionValue === "all" ? null : (optionValue as Platform) });
            }}
          >
            <Option value="all">All</Option>
            {types.map((each) => (
              <Option key={each} value={each}>
                {PLATFORM_NAMES[each]}
              </Option>
            ))}
          </Dropdown>
        </div>
      </header>
      <DirectoryBody list={list} query={query} canStart={canStart} onStart={start} />
    </section>
  );
}

interface BodyProps {
  list: ReturnType<typeof usePeople>;
  query: PeopleQuery;
  canStart: (person: Person) => boolean;
  onStart: ReturnType<typeof useStartConversation>;
}

function DirectoryBody({ list, query, canStart, onStart }: BodyProps) {
  if (list.isPending) return <LoadingRows />;
  if (list.isError && list.people.length === 0) {
    return (
      <Notice
        icon={<PlugDisconnectedRegular />}
        title="Contacts could not be loaded"
        action={<Button onClick={() => void list.refetch()}>Try again</Button>}
      >
        {sentenceOf(list.error)}
      </Notice>
    );
  }
  if (list.people.length === 0) {
    return (
      <Notice icon={<PeopleSearchRegular />} title="Nobody found">
        {query.q === "" && query.type === null
          ? "The directory is empty. An administrator can import the organization’s people."
          : "Try the beginning of a name, job title, department or address, or another type."}
      </Notice>
    );
  }
  return (
    <Refusals value={list.refused}>
      <PeopleList
        key={`${query.q}\n${String(query.type)}`}
        people={list.people}
        total={list.total}
        hasMore={list.hasNextPage}
        isFetchingMore={list.isFetchingNextPage}
        trouble={list.isFetchNextPageError ? sentenceOf(list.error) : null}
        onMore={list.onMore}
        onShow={list.onShow}
        canStart={canStart}
        onStart={onStart}
      />
    </Refusals>
  );
}

/** Agents start chats, and not with themselves. */
function useCanStart(): (person: Person) => boolean {
  const isAgent = useWorld((world) => world.me.licenses.includes("contact_center"));
  const myPersonId = useWorld((world) => world.my_person_id);
  return (person) => isAgent && person.id !== myPersonId;
}

function peopleCounted(total: number): string {
  return `${total.toLocaleString()} ${total === 1 ? "person" : "people"}`;
}

function LoadingRows() {
  return (
    <Skeleton className={styles.loading} aria-label="Loading contacts">
      {Array.from({ length: 9 }, (_, index) => (
        <div key={index} className={styles.placeholder}>
          <SkeletonItem shape="circle" size={36} />
          <div>
            <SkeletonItem size={16} style={{ width: `${String(30 + ((index * 17) % 35))}%` }} />
            <SkeletonItem size={12} style={{ width: `${String(18 + ((index * 11) % 20))}%` }} />
          </div>
        </div>
      ))}
    </Skeleton>
  );
}
