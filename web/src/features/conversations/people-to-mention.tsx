import { PersonAvatar } from "../../components/ui/person-avatar";
import type { Candidate } from "./mentioning";
import styles from "./people-to-mention.module.css";

interface Props {
  id: string;
  people: Candidate[];
  chosen: number;
  onPick: (person: Candidate) => void;
}

/** Who can be named, above where one writes; the focus stays in the text. */
export function PeopleToMention({ id, people, chosen, onPick }: Props) {
  const current = people[chosen];
  return (
    <>
      <span className="visually-hidden" role="status">
        {current === undefined
          ? ""
          : `${String(people.length)} ${people.length === 1 ? "person" : "people"}: ${current.name}. Enter to mention.`}
      </span>
      {people.length > 0 && (
        <ul id={id} role="listbox" aria-label="People to mention" className={styles.list}>
          {people.map((person, index) => (
            <li
              key={person.id}
              id={`${id}-${String(index)}`}
              role="option"
              aria-selected={index === chosen}
              className={styles.person}
              onPointerDown={(event) => {
                // The text keeps the focus.
                event.preventDefault();
                onPick(person);
              }}
            >
              <PersonAvatar name={person.name} size={24} />
              <bdi>{person.name}</bdi>
              {person.isMe && <span className={styles.me}>You</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
