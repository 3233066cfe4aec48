import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";
import { listedIn, TextField, Tick } from "./edited-fields";
import { importsKey } from "./imports-key";
import { SaveForm } from "./save-form";
import { useEdited } from "./use-edited";

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
  return settings.data === undefined ? null : <ScheduleForm settings={settings.data} />;
}

function ScheduleForm({ settings }: { settings: Settings }) {
  const client = useQueryClient();
  const notify = useNotify();
  const { fields, change } = useEdited({
    at: settings.at ?? "",
    guests: settings.guests,
    domains: (settings.domains ?? []).join(", "),
    groups: (settings.groups ?? []).join(", "),
  });
  const { at, guests, domains, groups } = fields;
  const wanted: Settings = {
    ...settings,
    at: at === "" ? null : at,
    guests,
    domains: listedIn(domains),
    groups: listedIn(groups),
  };
  const save = useMutation({
    mutationFn: () => answerOf(api.PUT("/api/v1/admin/imports/settings", { body: wanted })),
    onSuccess: (saved) => {
      client.setQueryData(settingsKey, saved);
      notify("success", "Saved. It holds from the next import on.");
    },
  });
  const isSame = JSON.stringify(wanted) === JSON.stringify(settings);

  return (
    <SaveForm
      label="When and whom to import from Microsoft"
      className={styles.form}
      canSave={!isSame}
      isPending={save.isPending}
      error={save.error}
      onSave={() => {
        save.mutate();
      }}
    >
      <TextField
        label="Each night at"
        hint={at === "" ? "Not by itself" : settings.time_zone}
        type="time"
        value={at}
        onValue={(chosen) => {
          change({ at: chosen });
        }}
      />
      <TextField
        label="Only addresses of these domains"
        hint="Empty: of all"
        placeholder="contoso.com, contoso.de"
        value={domains}
        onValue={(listed) => {
          change({ domains: listed });
        }}
      />
      <TextField
        label="Only members of these groups"
        hint="Object ids from Microsoft Entra; empty: everybody"
        placeholder="11111111-2222-3333-4444-555555555555"
        value={groups}
        onValue={(listed) => {
          change({ groups: listed });
        }}
      />
      <Tick
        label="Guests too"
        isOn={guests}
        onTurn={(isOn) => {
          change({ guests: isOn });
        }}
      />
    </SaveForm>
  );
}
