import { describe, expect, it } from "vitest";
import { makePerson } from "../../testing/builders";
import { withFresh, type Page, type Pages } from "./people-pages";

const page = (name: string, next: string | null): Page => ({ people: [makePerson(name)], next, total: 4, at: 0 });

const held: Pages = {
  pages: [page("Anne", "a"), page("Ben", "b"), page("Cara", "c"), page("Dana", null)],
  pageParams: [null, "a", "b", "c"],
};

const names = (pages: Pages) => pages.pages.flatMap((each) => each.people.map((person) => person.display_name));

describe("pages of people that are fetched again", () => {
  it("take the place of the old ones, and all others stay", () => {
    const now = withFresh(held, 1, [page("Benjamin", "b"), page("Carla", "c")]);
    expect(names(now)).toEqual(["Anne", "Benjamin", "Carla", "Dana"]);
    expect(now.pageParams).toEqual(held.pageParams);
  });

  it("are the last ones where they end elsewhere than before: nobody is left out between two pages", () => {
    const now = withFresh(held, 0, [page("Alice", "al"), page("Anne", "a2")]);
    expect(names(now)).toEqual(["Alice", "Anne"]);
    expect(now.pageParams).toEqual([null, "al"]);
    expect(now.pages.at(-1)?.next).toBe("a2");
  });

  it("end the list where it ends now", () => {
    expect(names(withFresh(held, 1, [page("Zoe", null)]))).toEqual(["Anne", "Zoe"]);
  });

  it("come too late for a list that has become shorter", () => {
    expect(withFresh(held, 5, [page("Zoe", null)])).toBe(held);
  });
});
