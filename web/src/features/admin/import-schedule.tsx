import { Button, Checkbox, Field, Input } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";
import { importsKey } from "./imports-key";

type Settings = Schemas["ImportSettings"];

const settingsKey = [...importsKey, "settings"];

/** When Teams users are imported by themselves, and who of them. */
export function ImportSchedule() {
  const settings = useQuery({
    queryKey: settingsKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/imports/settings", { signal })),
    // What is being typed is not to be overwritten.
    staleTime: Infinity,
  });
  if (settings.isError) return <p role="alert">{sentenceOf(settings.error)}</p>;
  return settings.data === undefined ? null : (
    <ScheduleForm key={JSON.stringify(settings.data)} settings={settings.data} />
  );
}

function split(listed: string) {
  return listed.split(/[\s,;]+/).filter((each) => each !== "");
}

function ScheduleForm({ settings }: { settings: Settings }) {
  const client = useQueryClient();
  const notify = useNotify();
  const [at, setAt] = useState(settings.at ?? "");
  const [guests, setGuests] = useState(settings.guests);
  const [domains, setDomains] = useState((settings.domains ?? []).join(", "));
  const [groups, setGroups] = useState((settings.groups ?? []).join(", "));
  const wanted: Settings = {
    ...settings,
    at: at === "" ? null : at,
    guests,
    domains: split(domains),
    groups: split(groups),
  };
  const save = useMutation({
    mutationFn: () => answerOf(api.PUT("/api/v1/admin/imports/settings", { body: wanted })),
    onSuccess: (saved) => {
      client.setQueryData(settingsKey, saved);
      notify("success", "Saved. It holds from the next import on.");
    },
    onError: (error) => {
      notify("error", "This was not saved.", sentenceOf(error));
    },
  });
  const isSame = JSON.stringify(wanted) === JSON.stringify(settings);

  return (
    <form
      className={styles.form}
      aria-label="When and whom to import from Microsoft"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isSame) save.mutate();
      }}
    >
      <Field label="Each night at" hint={at === "" ? "Not by itself" : settings.time_zone}>
        <Input
          type="time"
          value={at}
          onChange={(_, { value }) => {
            setAt(value);
          }}
        />
      </Field>
      <Field label="Only addresses of these domains" hint="Empty: of all">
        <Input
          value={domains}
          placeholder="contoso.com, contoso.de"
          onChange={(_, { value }) => {
            setDomains(value);
          }}
        />
      </Field>
      <Field
        label="Only members of these groups"
        hint="Object ids from Microsoft Entra; empty: everybody"
      >
        <Input
          value={groups}
          placeholder="11111111-2222-3333-4444-555555555555"
          onChange={(_, { value }) => {
            setGroups(value);
          }}
        />
      </Field>
      <Checkbox
        label="Guests too"
        checked={guests}
        onChange={(_, { checked }) => {
          setGuests(checked === true);
        }}
      />
      <div className={styles.buttons}>
        <Button type="submit" disabledFocusable={isSame || save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
