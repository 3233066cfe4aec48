import { Button, Dropdown, Field, Input, Option, SearchBox, Tooltip } from "@fluentui/react-components";
import { FilterFilled, FilterRegular } from "@fluentui/react-icons";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import styles from "./chats-search.module.css";
import { SearchResults } from "./search-results";
import { peopleApart } from "./use-apart";
import { useConversations } from "./use-conversations";
import { isAsking, NOTHING_ASKED, type MessageQuery } from "./use-message-search";

interface Props {
  addressOf: (conversationId: string) => string;
  /** The chats, shown while nothing is searched. */
  children: ReactNode;
}

const TYPING_PAUSE_MS = 200;

/** A search box over one's own messages; what it finds takes the place of the chats until it is cleared. */
export function ChatsSearch({ addressOf, children }: Props) {
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState<MessageQuery>(NOTHING_ASKED);
  const [hasFilters, setHasFilters] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const filtersId = useId();

  useEffect(() => {
    const timer = setTimeout(() => {
      setQuery((held) => (held.q === typed.trim() ? held : { ...held, q: typed.trim() }));
    }, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [typed]);

  const clear = () => {
    setTyped("");
    setQuery(NOTHING_ASKED);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && (isAsking(query) || typed !== "")) {
      event.preventDefault();
      clear();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      frame.current?.querySelector<HTMLElement>("ul a[href]")?.focus();
    }
  };
  const isNarrowed = query.personId !== null || query.since !== "" || query.until !== "";
  return (
    <div ref={frame} className={styles.frame} role="search" aria-label="Messages">
      <div className={styles.bar}>
        <SearchBox
          className={styles.box}
          aria-label="Search messages"
          placeholder="Search messages"
          value={typed}
          onChange={(_, { value }) => {
            setTyped(value);
          }}
          onKeyDown={onKeyDown}
        />
        <Tooltip content={isNarrowed ? "Filters (in use)" : "Filters"} relationship="label">
          <Button
            appearance="subtle"
            icon={isNarrowed ? <FilterFilled /> : <FilterRegular />}
            aria-expanded={hasFilters}
            aria-controls={filtersId}
            onClick={() => {
              setHasFilters(!hasFilters);
            }}
          />
        </Tooltip>
      </div>
      <div id={filtersId} hidden={!hasFilters} className={styles.filters}>
        {hasFilters && <Filters query={query} onQuery={setQuery} onClear={clear} />}
      </div>
      {isAsking(query) ? <SearchResults query={query} addressOf={addressOf} /> : children}
    </div>
  );
}

interface FiltersProps {
  query: MessageQuery;
  onQuery: (change: (held: MessageQuery) => MessageQuery) => void;
  onClear: () => void;
}

function Filters({ query, onQuery, onClear }: FiltersProps) {
  const conversations = useConversations();
  const people = useMemo(() => {
    const known = [...new Map(conversations.map(({ person }) => [person.id, person])).values()];
    const apart = peopleApart(known);
    return known
      .map(({ id, display_name }): [string, string] => {
        const more = apart.get(id);
        return [id, more === undefined ? display_name : `${display_name} (${more})`];
      })
      .sort(([, a], [, b]) => a.localeCompare(b));
  }, [conversations]);
  const name = people.find(([id]) => id === query.personId)?.[1];
  const change = (part: Partial<MessageQuery>) => {
    onQuery((held) => ({ ...held, ...part }));
  };
  return (
    <>
      <Field label="With" size="small">
        <Dropdown
          size="small"
          className={styles.person}
          value={name ?? "Everyone"}
          selectedOptions={[query.personId ?? ""]}
          onOptionSelect={(_, { optionValue }) => {
            change({ personId: optionValue === undefined || optionValue === "" ? null : optionValue });
          }}
        >
          <Option value="">Everyone</Option>
          {people.map(([id, each]) => (
            <Option key={id} value={id}>
              {each}
            </Option>
          ))}
        </Dropdown>
      </Field>
      <div className={styles.days}>
        <Field label="From" size="small">
          <Input
            size="small"
            type="date"
            value={query.since}
            max={query.until === "" ? undefined : query.until}
            onChange={(_, { value }) => {
              change({ since: value });
            }}
          />
        </Field>
        <Field label="To" size="small">
          <Input
            size="small"
            type="date"
            value={query.until}
            min={query.since === "" ? undefined : query.since}
            onChange={(_, { value }) => {
              change({ until: value });
            }}
          />
        </Field>
      </div>
      <Button size="small" appearance="subtle" onClick={onClear}>
        Clear search
      </Button>
    </>
  );
}
