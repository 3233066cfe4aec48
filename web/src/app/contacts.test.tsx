import { act, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makePerson, makeWorld, NOW } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";
import { timeOfDay } from "../wording/moments";

const named = (number: number) => makePerson(`Person ${String(number).padStart(4, "0")}`);

function asked(server: FakeServer): string[] {
  return server.calls.filter(({ path }) => path === "/people").map(({ query }) => query.get("after") ?? "first");
}

describe("an identity under Show more", () => {
  it("says where its presence comes from, how old it is, and when its source is lost", async () => {
    const robin = makePerson("Robin Hale", ["teams", "work"]);
    const [teams, work] = robin.identities.map(({ id }) => id) as [string, string];
    const server = new FakeServer(makeWorld(), [robin]);
    const told = { source: "teams", activity: "In a meeting", status_message: "Back at three" };
    server.presences[teams] = { ...told, availability: "busy", as_of: NOW, live: false };
    server.presences[work] = { availability: "away", activity: "On Break", source: "status", as_of: NOW, live: true };
    const user = renderApp(server, "/contacts");
    await user.click(await screen.findByRole("button", { name: "Show more" }));
    const shown = (name: string) => screen.getByRole("listitem", { name });

    expect(await within(shown("Microsoft Teams")).findByText("In a meeting")).toBeVisible();
    expect(within(shown("Microsoft Teams")).getByText("Back at three")).toBeVisible();
    const age = `From Microsoft Teams, as of ${timeOfDay(NOW)}`;
    expect(within(shown("Microsoft Teams")).getByText(age)).toBeVisible();
    expect(within(shown("Work")).getByText("Live from this workspace")).toBeVisible();

    const presence = { availability: "unknown", activity: "Unknown", source: "teams", as_of: null } as const;
    const lost = { person_id: robin.id, identity_id: teams, presence };
    act(() => server.socket.tell({ type: "presence", presences: [lost, lost] }));
    expect(within(shown("Microsoft Teams")).getByText("Unknown")).toBeVisible();
    expect(within(shown("Microsoft Teams")).getByText("No longer told by Microsoft Teams")).toBeVisible();
    expect(screen.queryByText("Back at three")).toBeNull();
  });
});

describe("a long list of Contacts", () => {
  it("fetches again only what is on screen when the directory changes", async () => {
    const server = new FakeServer(
      makeWorld(),
      Array.from({ length: 900 }, (_, index) => named(index)),
    );
    renderApp(server, "/contacts");
    const list = await screen.findByRole("list", { name: "Contacts" });
    await expect.poll(() => asked(server)).toEqual(["first", "200", "400"]);

    server.people = [makePerson("Aaron New"), ...server.people];
    server.calls.length = 0;
    act(() => server.sockets.at(-1)?.tell({ type: "directory_changed" }));

    expect(await within(list).findByText("Aaron New")).toBeVisible();
    expect(await screen.findByText("901 people")).toBeVisible();
    expect(asked(server)).toEqual(["first"]);
  });

  it("makes little of a row, as whoever scrolls sees hundreds a second", async () => {
    const server = new FakeServer(makeWorld(), [named(1)]);
    renderApp(server, "/contacts");
    const list = await screen.findByRole("list", { name: "Contacts" });
    const row = within(list).getByRole("listitem", { name: "Person 0001" });

    expect(within(row).getAllByRole("img").map((each) => each.title)).toEqual(["Microsoft Teams"]);
    expect(row.querySelectorAll("*").length).toBeLessThan(12);
  });

  it("says when more could not be loaded, and asks again only when told to", async () => {
    const server = refusingMore();
    const user = renderApp(server, "/contacts");

    expect(await screen.findByText("More people could not be loaded")).toBeVisible();
    expect(screen.getByText(/The directory is being moved/)).toBeVisible();
    expect(screen.getByText("Person 0000")).toBeVisible();
    expect(screen.getByText("900 people")).toBeVisible();
    expect(asked(server)).toEqual(["first", "200", "400"]);

    server.instead.clear();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await expect.poll(() => asked(server)).toEqual(["first", "200", "400", "400"]);
    expect(screen.queryByText("More people could not be loaded")).toBeNull();
  });

  it("asks for them when the connection is back, and not for every page", async () => {
    const server = refusingMore();
    renderApp(server, "/contacts");
    expect(await screen.findByText("More people could not be loaded")).toBeVisible();
    server.instead.clear();
    server.calls.length = 0;

    act(() => {
      server.socket.end();
    });

    await expect.poll(() => asked(server), { timeout: 5_000 }).toEqual(["first", "400"]);
    expect(screen.queryByText("More people could not be loaded")).toBeNull();
  });
});

/** Gives two pages and refuses the third. */
function refusingMore(): FakeServer {
  const server = new FakeServer(
    makeWorld(),
    Array.from({ length: 900 }, (_, index) => named(index)),
  );
  const refusal = { code: "service_unavailable", message: "The directory is being moved." };
  server.instead.set("GET /people", ({ query }) => (query.get("after") === "400" ? [400, refusal] : undefined));
  return server;
}
