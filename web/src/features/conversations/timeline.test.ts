import { describe, expect, it } from "vitest";
import type { Platform } from "../../realtime/protocol";
import { makeMessage } from "../../testing/builders";
import { firstUnreadOf, timeline, type Me } from "./timeline";

const me: Me = { id: "user-anne", personId: "person-anne" };
const mine = {
  person_id: "person-anne",
  user_id: "user-anne",
  display_name: "Anne",
  platform: "contact_center" as const,
};

function at(time: string, over: Parameters<typeof makeMessage>[0] = {}) {
  return makeMessage({ created_at: `2026-11-22T${time}:00Z`, ...over });
}

describe("timeline", () => {
  it("says each day once", () => {
    const rows = timeline(
      [makeMessage({ created_at: "2026-11-20T12:00:00Z" }), at("12:00"), at("12:01")],
      [],
      me,
      null,
      new Date(),
    );

    expect(rows.map((row) => row.type)).toEqual(["day", "message", "day", "message", "message"]);
  });

  it("groups what one author says within five minutes", () => {
    const rows = timeline(
      [at("12:00"), at("12:04"), at("12:10"), at("12:11", { author: mine })],
      [],
      me,
      null,
      new Date(),
    );

    expect(rows.flatMap((row) => (row.type === "message" ? [[row.isFirst, row.isLast, row.isOwn]] : []))).toEqual([
      [true, false, false],
      [false, true, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it("takes what I wrote in Teams itself for mine", () => {
    const [, row] = timeline(
      [at("12:00", { author: { ...mine, user_id: null, platform: "teams" } })],
      [],
      me,
      null,
      new Date(),
    );

    expect(row).toMatchObject({ isOwn: true });
  });

  it("says where messages go when the other one has gained or lost an account", () => {
    const sent = { state: "sent" as const, reason: null, changed_at: "2026-11-22T12:00:00Z" };
    const to = (...platforms: Platform[]) => platforms.map((platform) => ({ platform, ...sent }));
    const rows = timeline(
      [
        at("12:00", { author: mine, deliveries: to("teams") }),
        at("12:01", { author: mine, deliveries: to("teams", "work") }),
        at("12:02"),
        at("12:03", { author: { ...mine, user_id: null, platform: "teams" }, deliveries: [] }),
        at("12:04", { author: mine, deliveries: to("work") }),
        at("12:05", { author: mine, deliveries: to("work") }),
      ],
      [],
      me,
      null,
      new Date(),
    );

    expect(rows.flatMap((row) => (row.type === "route" ? [row.label] : []))).toEqual([
      "From here on to Microsoft Teams and Work",
      "From here on to Work, no longer to Microsoft Teams",
    ]);
  });

  it("shows reactions as lines of their own", () => {
    const rows = timeline(
      [at("12:00"), at("12:01", { kind: "reaction", text: "Robin reacted" })],
      [],
      me,
      null,
      new Date(),
    );

    expect(rows.at(-1)).toMatchObject({ type: "reaction" });
  });
});

describe("firstUnreadOf", () => {
  it("counts back over what others wrote", () => {
    const messages = [at("12:00"), at("12:01"), at("12:02", { author: mine }), at("12:03")];

    expect(firstUnreadOf(messages, 2, me)).toBe(messages[1]?.id);
    expect(firstUnreadOf(messages, 0, me)).toBeNull();
    expect(firstUnreadOf(messages, 99, me)).toBe(messages[0]?.id);
  });
});
