import { Radio, RadioGroup, SearchBox } from "@fluentui/react-components";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { PlatformIcons } from "../../components/ui/platform-icon";
import type { Person } from "../../realtime/protocol";
import styles from "./identity-details.module.css";

const SHOWN = 8;

interface Props {
  except: string;
  chosen: Person | null;
  onChoose: (person: Person) => void;
}

/** Finds one person in the whole directory. */
export function PersonPicker({ except, chosen, onChoose }: Props) {
  const [typed, setTyped] = useState("");
  const q = useDeferredValue(typed.trim());
  const found = useQuery({
    queryKey: ["people", "picker", q],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/people", { params: { query: { q, limit: SHOWN + 1 } }, signal })),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });
  const people = q === "" ? [] : (found.data?.people.filter((each) => each.id !== except).slice(0, SHOWN) ?? []);
  return (
    <>
      <SearchBox
        className={styles.pick}
        aria-label="Search for the other person"
        placeholder="Name or address of the other person"
        value={typed}
        onChange={(_, { value }) => {
          setTyped(value);
        }}
      />
      {found.isError && <p role="alert">{sentenceOf(found.error)}</p>}
      {q !== "" && found.isSuccess && people.length === 0 && <p role="status">Nobody else found.</p>}
      <RadioGroup
        aria-label="The other person"
        value={chosen?.id ?? ""}
        onChange={(_, { value }) => {
          const person = people.find((each) => each.id === value);
          if (person !== undefined) onChoose(person);
        }}
      >
        {people.map((each) => (
          <Radio key={each.id} value={each.id} label={<Label person={each} />} />
        ))}
      </RadioGroup>
    </>
  );
}

function Label({ person }: { person: Person }) {
  const addresses = [...new Set(person.identities.map((each) => each.address).filter(Boolean))].join(", ");
  return (
    <span className={styles.picked}>
      <strong dir="auto">{person.display_name}</strong>
      <PlatformIcons platforms={person.identities.map((each) => each.platform)} />
      <span className={styles.detail}>{addresses}</span>
    </span>
  );
}
