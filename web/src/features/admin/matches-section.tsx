import { Button, Checkbox, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { DownloadLink } from "../../components/ui/download-link";
import { useNotify } from "../../components/ui/notify";
import { PlatformIcon } from "../../components/ui/platform-icon";
import { PLATFORM_NAMES } from "../../wording/platforms";
import styles from "./admin-page.module.css";
import { counted, matchesKey } from "./imports-key";

type Match = Schemas["Match"];
type Side = Match["sides"][number];

/** Accounts that share addresses, but not so that they surely are one person: an admin decides (D2). */
export function MatchesSection() {
  const matches = useInfiniteQuery({
    queryKey: matchesKey,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/admin/matches", {
          params: { query: pageParam === null ? {} : { after: pageParam } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const found = matches.data?.pages[0];
  const shown = matches.data?.pages.flatMap((page) => page.matches) ?? [];
  return (
    <section className={styles.section} aria-labelledby="matches">
      <div className={styles.head}>
        <h2 id="matches">The same person?</h2>
        <div className={styles.person}>
          <DownloadLink href="/api/v1/admin/matches.csv">Export CSV</DownloadLink>
          <DownloadLink href="/api/v1/admin/decisions.csv">Export decisions</DownloadLink>
        </div>
      </div>
      {matches.isError && (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(matches.error)}</MessageBarBody>
        </MessageBar>
      )}
      {found?.total === 0 && (
        <p className={styles.muted}>Nothing to decide: every shared address leads to one person.</p>
      )}
      {found !== undefined && found.total > 0 && (
        <>
          <p className={styles.muted}>
            {found.total === 1 ? "One group of accounts shares" : `${counted(found.total)} groups of accounts share`}{" "}
            addresses, but not surely a person. Nothing is merged until you decide, and later imports respect it.
          </p>
          <ul className={styles.matches}>
            {shown.map((each) => (
              <OneMatch key={each.id} match={each} />
            ))}
          </ul>
          {matches.hasNextPage && (
            <Button disabledFocusable={matches.isFetchingNextPage} onClick={() => void matches.fetchNextPage()}>
              Show more ({counted(found.total - shown.length)} left)
            </Button>
          )}
        </>
      )}
    </section>
  );
}

/** One card for each person as they are now; those who are chosen become one, the others stay who they are. */
function OneMatch({ match }: { match: Match }) {
  const client = useQueryClient();
  const notify = useNotify();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const settle = useMutation({
    mutationFn: (groups: string[][]) =>
      answerOf(
        api.POST("/api/v1/admin/matches/{match_id}", { params: { path: { match_id: match.id } }, body: { groups } }),
      ),
    onSuccess: (_, groups) => {
      notify("success", groups.length < people.length ? "They are one person now." : "They stay different people.");
    },
    onError: (error) => {
      notify("error", "This was not decided.", sentenceOf(error));
    },
    onSettled: () => client.invalidateQueries({ queryKey: matchesKey }),
  });
  const people = [...Map.groupBy(match.sides, ({ person_id }) => person_id).values()];
  const selected = people.filter((sides) => chosen.includes(idOf(sides)));
  const platforms = selected.flat().map(({ identity }) => identity.platform);
  const isTwice = new Set(platforms).size < platforms.length;
  const names = [...new Set(people.map(nameOf))].join(", ");
  return (
    <li className={styles.match} aria-label={names}>
      <p className={styles.muted}>
        {match.words} Shared: {match.shared.join(", ")}
      </p>
      <div className={styles.sides}>
        {people.map((sides) => (
          <OnePerson
            key={idOf(sides)}
            sides={sides}
            shared={match.shared}
            isChosen={chosen.includes(idOf(sides))}
            onChoose={(isChosen) => {
              const others = chosen.filter((each) => each !== idOf(sides));
              setChosen(isChosen ? [...others, idOf(sides)] : others);
            }}
          />
        ))}
      </div>
      {isTwice && <p role="alert">Nobody has two accounts on one platform: choose others.</p>}
      <div className={styles.buttons}>
        <Button
          appearance="primary"
          disabledFocusable={settle.isPending || selected.length < 2 || isTwice}
          onClick={() => {
            const others = people.filter((sides) => !selected.includes(sides));
            settle.mutate([selected.flat().map(idOfSide), ...others.map((sides) => sides.map(idOfSide))]);
          }}
        >
          Merge the chosen
        </Button>
        <Button
          disabledFocusable={settle.isPending}
          aria-label={`Keep ${names} apart`}
          onClick={() => {
            settle.mutate(people.map((sides) => sides.map(idOfSide)));
          }}
        >
          Keep all apart
        </Button>
      </div>
    </li>
  );
}

function idOfSide({ identity }: Side): string {
  return identity.id;
}

function idOf([first]: Side[]): string {
  return first?.person_id ?? "";
}

function nameOf([first]: Side[]): string {
  return first?.identity.display_name ?? "";
}

interface PersonProps {
  sides: Side[];
  shared: string[];
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}

function OnePerson({ sides, shared, isChosen, onChoose }: PersonProps) {
  const name = nameOf(sides);
  // Said once, above.
  const nameApart = (each: string) => (each === name ? null : each);
  return (
    <div className={styles.side}>
      <Checkbox
        label={<strong>{name}</strong>}
        checked={isChosen}
        onChange={(_, { checked }) => {
          onChoose(checked === true);
        }}
      />
      {sides.map(({ identity, addresses }) => (
        <div key={identity.id} className={styles.account}>
          <div className={styles.sideHead}>
            <PlatformIcon platform={identity.platform} isDecoration />
            {PLATFORM_NAMES[identity.platform]}
          </div>
          <div className={styles.small}>
            {[nameApart(identity.display_name), identity.job_title, identity.department].filter(Boolean).join(" · ")}
          </div>
          <ul className={styles.addresses}>
            {addresses.map((each) => (
              <li key={each}>{shared.includes(each) ? <mark>{each}</mark> : each}</li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
