import { useCallback, useState } from "react";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import type { RecordFilters } from "../features/record/filters";
import { RecordConversation } from "../features/record/record-conversation";
import { RecordPage } from "../features/record/record-page";
import { useSearchChange } from "./use-search-change";
import { useWayBack } from "./use-way-back";

const RECORD = "/record";

/** The record at its addresses: what it is narrowed to, and each conversation, can be reloaded and sent to somebody. */
export function Record() {
  const { conversationId } = useParams();
  const [search] = useSearchParams();
  const state: unknown = useLocation().state;
  const changeSearch = useSearchChange();
  const navigate = useNavigate();
  const toPanel = useWayBack();
  const [last, setLast] = useState<string | null>(null);
  if (conversationId !== undefined && conversationId !== last) setLast(conversationId);
  const onFilters = useCallback(
    (part: Partial<RecordFilters>) => {
      changeSearch((held) => {
        for (const [name, value] of Object.entries(part)) {
          if (value === "") held.delete(name);
          else held.set(name, value);
        }
      });
    },
    [changeSearch],
  );
  if (conversationId !== undefined) {
    return (
      <RecordConversation
        id={conversationId}
        onBack={() => void navigate({ pathname: RECORD, search: typeof state === "string" ? state : "" })}
      />
    );
  }
  return (
    <RecordPage
      filters={{
        agent: search.get("agent") ?? "",
        person: search.get("person") ?? "",
        since: search.get("since") ?? "",
        until: search.get("until") ?? "",
      }}
      onFilters={onFilters}
      // Whoever is sent the address of a conversation has no use for what its sender looked for.
      linkTo={(id) => ({ to: `${RECORD}/${id}`, state: search.toString() })}
      last={last}
      onBack={toPanel}
    />
  );
}
