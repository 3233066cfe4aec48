import { Combobox, Field, Option } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { usePerson } from "./filters";

interface Props {
  label: string;
  /** A person's id; empty means everyone. */
  chosen: string;
  onChoose: (personId: string) => void;
  /** Only agents can be chosen. */
  isAgent?: boolean;
}

/** One person of the directory, found by the beginning of a name. */
export function PersonChoice({ label, chosen, onChoose, isAgent = false }: Props) {
  const [typed, setTyped] = useState("");
  const person = usePerson(chosen);
  const found = useQuery({
    queryKey: ["people", "choice", typed, isAgent],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/people", {
          params: { query: { q: typed, limit: 20, ...(isAgent && { type: "contact_center" as const }) } },
          signal,
        }),
      ),
  });
  const people = found.data?.people ?? [];
  const name = person.data?.display_name ?? (person.isError ? "Somebody unknown" : "…");
  return (
    <Field label={label}>
      <Combobox
        placeholder="Everyone"
        clearable
        value={chosen === "" ? typed : name}
        selectedOptions={chosen === "" ? [] : [chosen]}
        onChange={(event) => {
          setTyped(event.target.value);
          if (chosen !== "") onChoose("");
        }}
        onOptionSelect={(_, { optionValue }) => {
          setTyped("");
          onChoose(optionValue ?? "");
        }}
        // What was typed and not chosen narrows nothing, and is not to look as if it did.
        onBlur={() => {
          setTyped("");
        }}
      >
        {people.map((each) => (
          <Option key={each.id} value={each.id} text={each.display_name}>
            {each.display_name}
          </Option>
        ))}
        {found.isSuccess && people.length === 0 && (
          <Option value="" text="" disabled>
            Nobody found
          </Option>
        )}
      </Combobox>
    </Field>
  );
}
