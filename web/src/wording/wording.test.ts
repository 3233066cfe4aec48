import { describe, expect, it } from "vitest";
import { makePerson } from "../testing/builders";
import { dayInWords, duration } from "./moments";
import { initialsOf } from "./names";
import { identitiesInOrder, platformsInWords, reachedIdentity } from "./platforms";
import { presenceDetail, presenceInWords } from "./presence";
import { MOST_BYTES, sentBytes, whyTooLong } from "./sizes";

describe("sizes", () => {
  it("counts bytes as they are sent, not characters", () => {
    expect(sentBytes("a")).toBe("<p>a</p>".length);
    expect(sentBytes("é")).toBe("<p>a</p>".length + 1);
    expect(sentBytes("a&b\nc")).toBe("<p>a&amp;b<br>c</p>".length);
    expect(sentBytes("see https://a.example.")).toBe(
      '<p>see <a href="https://a.example">https://a.example</a>.</p>'.length,
    );
  });

  it("allows exactly 28 KB", () => {
    const most = "a".repeat(MOST_BYTES - "<p></p>".length);
    expect(whyTooLong(most)).toBeUndefined();
    expect(whyTooLong(`${most}a`)).toBe(
      "This message has 28.1 KB; a message can have at most 28 KB. Shorten it or send it in parts.",
    );
    expect(whyTooLong("😀".repeat(8_000))).toContain("31.3 KB");
  });
});

describe("moments", () => {
  it.each([
    [0, "0 min"],
    [12 * 60_000, "12 min"],
    [(3 * 60 + 5) * 60_000, "3 h 05 min"],
    [51 * 3_600_000, "2 d 3 h"],
    [-5, "0 min"],
  ])("says %d ms as %s", (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  it("calls the last days by their names", () => {
    const now = new Date(2026, 10, 22, 9);
    expect(dayInWords(new Date(2026, 10, 22, 1).toISOString(), now)).toBe("Today");
    expect(dayInWords(new Date(2026, 10, 21, 23).toISOString(), now)).toBe("Yesterday");
    expect(dayInWords(new Date(2026, 10, 1).toISOString(), now)).toContain("2026");
  });
});

describe("initialsOf", () => {
  it.each([
    ["Robin Hale", "RH"],
    ["José Álvarez Núñez de la Peña", "JP"],
    ["山田 太郎", "山"],
    ["سارة الأحمد", "س"],
    ["Øystein (Contractor)", "Ø"],
    ["", ""],
  ])("of %s are %s", (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});

describe("platforms", () => {
  it("puts the main identity first", () => {
    const person = makePerson("Taylor", ["work", "teams", "contact_center"]);

    expect(identitiesInOrder(person).map((each) => each.platform)).toEqual(["contact_center", "teams", "work"]);
    expect(reachedIdentity(person, ["work", "teams"])?.platform).toBe("teams");
    expect(platformsInWords(["work", "teams"])).toBe("Microsoft Teams and Work");
  });
});

describe("presence", () => {
  it("does not say of a source that never told that it was lost", () => {
    const unknown = { availability: "unknown", activity: "Unknown", source: "teams", as_of: null } as const;
    expect(presenceDetail(unknown)).toBe("Not told by Microsoft Teams");
    expect(presenceDetail({ ...unknown, source: "work" })).toBe("Not told by this workspace");
    expect(presenceDetail({ ...unknown, isLost: true })).toBe("No longer told by Microsoft Teams");
  });

  it("never calls unknown offline", () => {
    expect(presenceInWords(undefined)).toBe("Unknown");
    expect(presenceInWords({ availability: "busy", activity: "In a call", source: "teams", as_of: null })).toBe(
      "In a call",
    );
  });
});
