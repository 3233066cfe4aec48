import { Combobox, Field, Option } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api, type Schemas } from "../../api/client";

type Person = Schemas["Person"];

interface Props {
  label: string;
  chosen: Person | null;
  onChoose: (person: Person | null) => void;
  /** Only agents can be chosen. */
  isAgent?: boolean;
}

/** One person of the directory, found by the beginning of a name; empty means everyone. */
export function PersonChoice({ label, chosen, onChoose, isAgent = false }: Props) {
  const [typed, setTyped] = useState("");
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
  return (
    <Field label={label}>
      <Combobox
        placeholder="Everyone"
        clearable
        value={chosen === null ? typed : chosen.display_name}
        selectedOptions={chosen === null ? [] : [chosen.id]}
        onChange={(event) => {
          setTyped(event.target.value);
          if (chosen !== null) onChoose(null);
        }}
        onOptionSelect={(_, { optionValue }) => {
          setTyped("");
          onChoose(people.find((each) => each.id === optionValue) ?? null);
        }}
      >
        {people.map((each) => (
          <Option key={each.id} value={each.id}>
            {each.display_name}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}
