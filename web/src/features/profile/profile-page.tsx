import { Radio, RadioGroup, Tab, TabList } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { BackButton } from "../../components/ui/back-button";
import { chooseTheme, useThemeChoice, type ThemeChoice } from "../../components/theme/theme-choice";
import { PersonAvatar } from "../../components/ui/person-avatar";
import type { License, Role } from "../../realtime/protocol";
import { useWorld } from "../../realtime/world";
import styles from "./profile-page.module.css";

export type ProfileTab = "profile" | "settings";

interface Props {
  tab: ProfileTab;
  onTab: (tab: ProfileTab) => void;
  onBack?: (() => void) | undefined;
  /** The Teams connection's part of the settings. */
  connection: ReactNode;
  /** How one signs in. */
  security: ReactNode;
}

/** My profile: who I am here, and my settings. */
export function ProfilePage({ tab, onTab, onBack, connection, security }: Props) {
  return (
    <div className={styles.scroller}>
      <div className={styles.page}>
        <div className={styles.title}>
          {onBack !== undefined && <BackButton onBack={onBack} />}
          <h1>My profile</h1>
        </div>
        <TabList
          selectedValue={tab}
          onTabSelect={(_, { value }) => {
            onTab(value as ProfileTab);
          }}
        >
          <Tab value="profile" id="tab-profile" aria-controls="panel-profile">
            Profile
          </Tab>
          <Tab value="settings" id="tab-settings" aria-controls="panel-profile">
            Settings
          </Tab>
        </TabList>
        <div role="tabpanel" id="panel-profile" aria-labelledby={`tab-${tab}`} className={styles.panel}>
          {tab === "profile" ? (
            <About />
          ) : (
            <>
              {connection}
              {security}
              <Appearance />
            </>
          )}
        </div>
      </div>
    </div>
  );
}

const ROLES: Record<Role, string> = {
  agent: "Agent",
  supervisor: "Supervisor",
  admin: "Administrator",
  none: "Work user",
};
const LICENSES: Record<License, string> = { contact_center: "Contact Center", work: "Work" };

function About() {
  const me = useWorld((world) => world.me);
  const account = useWorld((world) => world.account);
  const facts: [string, string | null | undefined][] = [
    ["Username", me.username],
    ["Email", me.email],
    ["Job title", me.job_title],
    ["Department", me.department],
    ["Organization", account.name],
    ["Role", ROLES[me.role]],
    ["Licenses", me.licenses.map((each) => LICENSES[each]).join(", ")],
  ];
  return (
    <section className={styles.section}>
      <div className={styles.who}>
        <PersonAvatar name={me.display_name} size={64} />
        <h2 dir="auto">{me.display_name}</h2>
      </div>
      <dl className={styles.facts}>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function Appearance() {
  const choice = useThemeChoice();
  return (
    <section className={styles.section} aria-labelledby="appearance">
      <h2 id="appearance">Appearance</h2>
      <RadioGroup
        aria-labelledby="appearance"
        layout="horizontal"
        value={choice}
        onChange={(_, { value }) => {
          chooseTheme(value as ThemeChoice);
        }}
      >
        <Radio value="system" label="As the system" />
        <Radio value="light" label="Light" />
        <Radio value="dark" label="Dark" />
      </RadioGroup>
    </section>
  );
}
