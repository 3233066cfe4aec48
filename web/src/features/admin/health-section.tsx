import { Badge, MessageBar, MessageBarBody, Skeleton, SkeletonItem } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { dateAndTime } from "../../wording/moments";
import { DownloadLink } from "../../components/ui/download-link";
import { HealthAgents } from "./health-agents";
import styles from "./admin-page.module.css";
import own from "./health-section.module.css";

type Health = Schemas["HealthView"];
type Fact = { name: string; value: string; hint?: string; isWrong?: boolean };

const DAY = 86_400_000;
const QUEUES: Record<Health["queues"][number]["name"], string> = {
  inbox: "Told by Microsoft, not applied yet",
  outbox: "On their way to Teams",
  reading: "Chats to be read again",
};
const CERTIFICATE_DAYS = 180;

/** How the connection with Microsoft Teams is, as it is now. */
export function HealthSection() {
  const health = useQuery({
    queryKey: ["admin", "health"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/health", { signal })),
    refetchInterval: 5_000,
  });
  return (
    <section className={styles.section} aria-labelledby="health">
      <div className={styles.head}>
        <h2 id="health">Health</h2>
        <div className={styles.tools}>
          {health.data !== undefined && <Overall health={health.data} />}
          <DownloadLink href="/api/v1/admin/health.csv">
            Export CSV
          </DownloadLink>
        </div>
      </div>
      {health.isPending && (
        <Skeleton aria-label="Loading health">
          <SkeletonItem size={96} />
        </Skeleton>
      )}
      {health.isError && (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(health.error)}</MessageBarBody>
        </MessageBar>
      )}
      {health.data !== undefined && (
        <>
          <Facts facts={factsOf(health.data)} />
          <HealthAgents counts={health.data.connections} />
        </>
      )}
    </section>
  );
}

function Overall({ health }: { health: Health }) {
  const wrong = factsOf(health).filter((each) => each.isWrong === true).length + health.connections.to_look_at;
  return wrong === 0 ? (
    <Badge appearance="tint" color="success">
      All is well
    </Badge>
  ) : (
    <Badge appearance="tint" color="warning">
      {wrong === 1 ? "One thing to look at" : `${String(wrong)} things to look at`}
    </Badge>
  );
}

function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className={own.facts}>
      {facts.map(({ name, value, hint, isWrong }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {isWrong === true && (
              <Badge appearance="tint" color="warning" size="small">
                Look
              </Badge>
            )}
            <span>{value}</span>
            {hint !== undefined && <span className={own.hint}>{hint}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function factsOf(health: Health): Fact[] {
  const now = Date.parse(health.at);
  const { messages, missing, presence, first_expires_at } = health.subscriptions;
  return [
    ...health.queues.map((each) => queueFact(each, now)),
    delayFact("Microsoft tells after", health.delay_at_microsoft, now),
    delayFact("Applied here after", health.delay_here, now),
    {
      name: "Subscriptions to messages",
      value: missing > 0 ? `${counted(messages)}, ${counted(missing)} missing` : counted(messages),
      ...(first_expires_at !== null && { hint: `the first until ${dateAndTime(first_expires_at)}; renewed by itself` }),
    },
    { name: "Subscriptions to presence", value: counted(presence) },
    { name: "Agents whom Microsoft asks to wait", value: counted(health.agents_asked_to_wait) },
    ...statusFacts(health),
    {
      name: "Agents told too little",
      value: counted(health.agents_not_told),
      hint: "by Microsoft in the last hour; what was missing has been read",
      isWrong: health.agents_not_told > 0,
    },
    importFact(health, now),
    credentialFact(health, now),
    certificateFact(health, now),
    { name: "Users with a workspace open", value: counted(health.users_online) },
  ];
}

function queueFact({ name, length, oldest_at }: Health["queues"][number], now: number): Fact {
  const waited = oldest_at === null ? 0 : now - Date.parse(oldest_at);
  const fact = { name: QUEUES[name], value: counted(length), isWrong: waited > 10 * 60_000 };
  return oldest_at === null || length === 0 ? fact : { ...fact, hint: `the oldest for ${lasting(waited)}` };
}

function delayFact(name: string, delay: Health["delay_here"], now: number): Fact {
  const { p50_seconds, p99_seconds, newest_at } = delay;
  if (p50_seconds === null || p99_seconds === null || newest_at === null) return { name, value: "Nothing in the last day" };
  const age = delay.hours === 1 ? "" : `; the newest ${lasting(now - Date.parse(newest_at))} ago`;
  return { name, value: seconds(p50_seconds), hint: slowest(p99_seconds, delay) + age };
}

/** Of fewer than a hundred, what one in a hundred takes is what the slowest took. */
function slowest(p99: number, { samples, hours }: Health["delay_here"]): string {
  const lately = hours === 1 ? "in the last hour" : "in the last day";
  if (samples === 1) return `the only one ${lately}`;
  if (samples < 100) return `the slowest of ${counted(samples)} ${lately} took ${seconds(p99)}`;
  return `1 in 100 took ${seconds(p99)} or more, of ${counted(samples)} ${lately}`;
}

/** Said only where it is wanted. */
function statusFacts({ agent_status }: Health): Fact[] {
  const { enabled, shown, failing, message } = agent_status;
  if (!enabled) return [];
  const value = failing === 0 ? `Of ${counted(shown)} agents` : `Of ${counted(shown)} agents, not of ${counted(failing)}`;
  const fact = { name: "Status shown in Teams", value, isWrong: message !== null };
  return [message === null ? fact : { ...fact, hint: message }];
}

function importFact({ last_import }: Health, now: number): Fact {
  const name = "Last import";
  if (last_import === null) return { name, value: "Never", isWrong: true };
  if (last_import.state === "failed") return { name, value: "Failed", hint: last_import.error ?? "", isWrong: true };
  if (last_import.finished_at === null) return { name, value: "Running" };
  const isOld = now - Date.parse(last_import.finished_at) > 3 * DAY;
  return { name, value: dateAndTime(last_import.finished_at), isWrong: isOld };
}

/** What the product signs in to Microsoft with: a certificate, or else a secret. */
function credentialFact({ app_certificate, secret_expires_at }: Health, now: number): Fact {
  if (app_certificate !== null) {
    const { expires_at, problem } = app_certificate;
    const name = "The certificate for Microsoft lasts";
    if (expires_at === null) return { name, value: "Cannot be used", hint: problem ?? "", isWrong: true };
    const left = Math.floor((Date.parse(expires_at) - now) / DAY);
    return { name, value: left < 0 ? "Expired" : `${counted(left)} days`, isWrong: left < 30 };
  }
  const name = "The client secret lasts";
  if (secret_expires_at === null) return { name, value: "Unknown", hint: "Microsoft does not let the application see it" };
  const days = Math.floor((Date.parse(secret_expires_at) - now) / DAY);
  return { name, value: `${counted(days)} days`, isWrong: days < 30 };
}

function certificateFact({ certificate_made_at }: Health, now: number): Fact {
  const name = "Webhook certificate";
  if (certificate_made_at === null) return { name, value: "Not made yet" };
  const days = CERTIFICATE_DAYS - Math.floor((now - Date.parse(certificate_made_at)) / DAY);
  return { name, value: `Replaced in ${counted(Math.max(days, 0))} days`, hint: "by itself" };
}

function counted(count: number): string {
  return count.toLocaleString();
}

function seconds(value: number): string {
  return value < 1 ? `${String(Math.round(value * 1_000))} ms` : `${value.toFixed(1)} s`;
}

function lasting(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 1) return "less than a minute";
  return minutes < 120 ? `${counted(minutes)} minutes` : `${counted(Math.round(minutes / 60))} hours`;
}
