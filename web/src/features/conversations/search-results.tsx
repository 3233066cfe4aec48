import { Button, Skeleton, SkeletonItem, Spinner } from "@fluentui/react-components";
import { NavLink } from "react-router";
import { sentenceOf } from "../../api/problem";
import { PersonAvatar } from "../../components/ui/person-avatar";
import { useToday } from "../../realtime/use-today";
import { useWorld } from "../../realtime/world";
import { briefly, dateAndTime } from "../../wording/moments";
import styles from "./search-results.module.css";
import { useArrowKeys } from "./use-arrow-keys";
import { useApart } from "./use-apart";
import { useMe } from "./use-me";
import { useMessageSearch, type MessageQuery, type SearchHit } from "./use-message-search";

interface Props {
  query: MessageQuery;
  addressOf: (conversationId: string) => string;
}

/** Messages that were found, in place of the chats; each leads to where it was said. */
export function SearchResults({ query, addressOf }: Props) {
  const found = useMessageSearch(query);
  const onKeyDown = useArrowKeys();
  const apart = useApart();
  const hits = found.data?.pages.flatMap((page) => page.hits) ?? [];

  if (found.isPending) {
    return (
      <Skeleton className={styles.waiting} aria-label="Searching">
        {Array.from({ length: 5 }, (_, index) => (
          <SkeletonItem key={index} size={40} />
        ))}
      </Skeleton>
    );
  }
  if (found.isError && hits.length === 0) {
    return (
      <div className={styles.words} role="alert">
        <p>{sentenceOf(found.error)}</p>
        <Button size="small" onClick={() => void found.refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  return (
    <>
      <p className={hits.length === 0 ? styles.words : "visually-hidden"} role="status">
        {hits.length === 0
          ? "No messages found. Try the beginning of a word, fewer words, or other dates."
          : `${String(hits.length)}${found.hasNextPage ? " or more" : ""} messages found`}
      </p>
      <ul className={styles.list} aria-label="Messages found" onKeyDown={onKeyDown} data-old={found.isPlaceholderData}>
        {hits.map((hit) => (
          <li key={hit.message_id}>
            <Hit hit={hit} apart={apart.get(hit.conversation_id)} address={`${addressOf(hit.conversation_id)}?at=${String(hit.position)}`} />
          </li>
        ))}
        {found.hasNextPage && (
          <li className={styles.more}>
            {found.isFetchingNextPage ? (
              <Spinner size="tiny" label="Searching" />
            ) : (
              <Button size="small" appearance="subtle" onClick={() => void found.fetchNextPage()}>
                More
              </Button>
            )}
          </li>
        )}
      </ul>
    </>
  );
}

function Hit({ hit, apart, address }: { hit: SearchHit; apart: string | undefined; address: string }) {
  const me = useMe();
  const today = useToday();
  const known = useWorld((world) => world.conversations.find((each) => each.id === hit.conversation_id));
  const name = known?.person.display_name ?? hit.person_name;
  return (
    <NavLink to={address} className={styles.hit}>
      <PersonAvatar name={name} size={28} />
      <span className={styles.name} dir="auto">
        {name}
        {apart !== undefined && ` (${apart})`}
      </span>
      <time className={styles.time} dateTime={hit.created_at} title={dateAndTime(hit.created_at)}>
        {briefly(hit.created_at, today)}
      </time>
      <span className={styles.snippet} dir="auto">
        {hit.author_user_id === me.id && "You: "}
        {hit.snippet.map((part, index) => (part.is_hit ? <mark key={index}>{part.text}</mark> : part.text))}
      </span>
    </NavLink>
  );
}
