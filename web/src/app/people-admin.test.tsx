import { fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Schemas } from "../api/client";
import { IMPORT_SETTINGS, makeIdentity, makePerson, makeUser, makeWorld, NOW } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const robin = makePerson("Robin Hale", ["teams", "work"]);
const hale = makePerson("R. Hale", ["contact_center"]);

function serverOf(role: "admin" | "agent" = "admin"): FakeServer {
  return new FakeServer(makeWorld({ me: makeUser({ role }) }), [robin, hale]);
}

function sent(server: FakeServer, method: string, path: string): unknown {
  return server.calls.find((call) => call.method === method && call.path === path)?.body;
}

async function openRobin(user: ReturnType<typeof renderApp>) {
  const row = await screen.findByRole("listitem", { name: "Robin Hale" });
  await user.click(within(row).getByRole("button", { name: "Show more" }));
  return row;
}

describe("who is who, under Show more", () => {
  it("is an admin's to decide: two entries become one, after asking", async () => {
    const server = serverOf();
    server.instead.set("POST /admin/people/merge", [
      409,
      { code: "cannot_merge", message: "These cannot be one person." },
    ]);
    const user = renderApp(server, "/contacts");
    const row = await openRobin(user);

    await user.click(within(row).getByRole("button", { name: "Merge with…" }));
    const dialog = await screen.findByRole("dialog", { name: "Who is the same person as Robin Hale?" });
    expect(within(dialog).getByRole("button", { name: "Merge" })).toHaveAttribute("aria-disabled", "true");
    await user.type(within(dialog).getByRole("searchbox"), "hale");
    await user.click(await within(dialog).findByRole("radio", { name: /R. Hale/ }));
    expect(within(dialog).queryByRole("radio", { name: /Robin Hale/ })).toBeNull();
    await user.click(within(dialog).getByRole("button", { name: "Merge" }));
    expect(await within(dialog).findByText("These cannot be one person.")).toBeVisible();

    server.instead.set("POST /admin/people/merge", [200, robin]);
    await user.click(within(dialog).getByRole("button", { name: "Merge" }));
    expect(await screen.findByText("They are one person now.")).toBeVisible();
    expect(sent(server, "POST", "/admin/people/merge")).toEqual({ person_ids: [robin.id, hale.id] });
  });

  it("splits the accounts that are somebody else's, but never all", async () => {
    const server = serverOf();
    const path = `/admin/people/${robin.id}/split`;
    server.instead.set(`POST ${path}`, [200, [robin, hale]]);
    const user = renderApp(server, "/contacts");
    const row = await openRobin(user);

    await user.click(within(row).getByRole("button", { name: "Split…" }));
    const dialog = await screen.findByRole("dialog");
    const [first, second] = within(dialog).getAllByRole("checkbox");
    if (first === undefined || second === undefined) throw new Error("Two accounts are to choose from.");
    await user.click(first);
    await user.click(second);
    expect(within(dialog).getByRole("alert")).toHaveTextContent("Leave at least one account here.");
    await user.click(first);
    await user.click(within(dialog).getByRole("button", { name: "Split" }));

    expect(await screen.findByText("They are two people now.")).toBeVisible();
    const work = robin.identities.find(({ platform }) => platform === "work");
    expect(sent(server, "POST", path)).toEqual({ identity_ids: [work?.id] });
  });

  it("is not offered to others", async () => {
    const user = renderApp(serverOf("agent"), "/contacts");
    const row = await openRobin(user);

    expect(within(row).queryByRole("group")).toBeNull();
  });
});

function makeMatch(number: number): Schemas["Match"] {
  const sides = ["Robin Hale", "R. Hale"].map((name, place) => ({
    person_id: `person-${String(number)}-${String(place)}`,
    identity: makeIdentity(place === 0 ? "teams" : "work", `${name} ${String(number)}`),
    addresses: ["robin@contoso.example"],
  }));
  return {
    id: `match-${String(number)}`,
    doubt: "platform_twice",
    words: "One address, two people.",
    shared: ["robin@contoso.example"],
    sides,
  };
}

describe("the admin page", () => {
  it("shows more matches than one page, and keeps accounts apart", async () => {
    const server = serverOf();
    server.instead.set("GET /admin/matches", [200, { matches: [makeMatch(1)], next: "match-1", total: 2 }]);
    const user = renderApp(server, "/admin");

    const more = await screen.findByRole("button", { name: "Show more (1 left)" });
    server.instead.set("GET /admin/matches", [200, { matches: [makeMatch(2)], next: null, total: 2 }]);
    await user.click(more);
    expect(await screen.findByRole("listitem", { name: "Robin Hale 2, R. Hale 2" })).toBeVisible();
    expect(server.calls.at(-1)?.query.get("after")).toBe("match-1");
    expect(screen.getByRole("listitem", { name: "Robin Hale 1, R. Hale 1" })).toBeVisible();

    server.instead.set("POST /admin/matches/match-2", [200, []]);
    await user.click(screen.getByRole("button", { name: "Keep Robin Hale 2, R. Hale 2 apart" }));
    expect(await screen.findByText("They stay different people.")).toBeVisible();
    const groups = makeMatch(2).sides.length;
    expect((sent(server, "POST", "/admin/matches/match-2") as { groups: string[][] }).groups).toHaveLength(groups);
  });

  it("says when and whom to import, and why that was not taken", async () => {
    const server = serverOf();
    const refused = { code: "invalid", message: "groups: not the object id of a group" };
    server.instead.set("PUT /admin/imports/settings", [422, refused]);
    const user = renderApp(server, "/admin");

    const form = await screen.findByRole("form", { name: "When and whom to import from Microsoft" });
    fireEvent.change(within(form).getByLabelText("Each night at"), { target: { value: "" } });
    await user.type(within(form).getByLabelText("Only addresses of these domains"), "a.example; b.example");
    await user.type(within(form).getByLabelText("Only members of these groups"), "sales");
    await user.click(within(form).getByRole("checkbox", { name: "Guests too" }));
    await user.click(within(form).getByRole("button", { name: "Save" }));

    expect(await screen.findByText(refused.message)).toBeVisible();
    expect(sent(server, "PUT", "/admin/imports/settings")).toEqual({
      ...IMPORT_SETTINGS,
      at: null,
      domains: ["a.example", "b.example"],
      groups: ["sales"],
      guests: false,
    });
  });

  it("shows how far an import is, and takes no other meanwhile", async () => {
    const server = serverOf();
    const running = {
      id: "import-1", kind: "csv", state: "running", is_full: true, is_scheduled: false, started_at: NOW,
      finished_at: null, total: 4_000, remaining_seconds: 130, read: 1_000, added: 900, changed: 0, merged: 1,
      removed: 0, ambiguous: 0, skipped: [], error: null, waiting: null,
    };
    server.instead.set("GET /admin/imports", [200, [running]]);
    renderApp(server, "/admin");

    const bar = await screen.findByRole("progressbar", { name: /Importing/ });
    expect([bar.getAttribute("aria-valuenow"), bar.getAttribute("aria-valuemax")]).toEqual(["1000", "4000"]);
    expect(screen.getByText(/1,000 of 4,000 read, 900 added/)).toBeVisible();
    expect(screen.getByText("About 2 minutes remaining.")).toBeVisible();
    expect(screen.getByRole("button", { name: "Import a CSV file" })).toHaveAttribute("aria-disabled", "true");
  });

  it.each([
    [true, "How long it will take is not known yet."],
    [false, "Microsoft does not say how many changes there are."],
  ])("says why nobody knows how long an import takes; of everybody: %s", async (isFull, words) => {
    const server = serverOf();
    const running = {
      id: "import-1", kind: "teams", state: "running", is_full: isFull, is_scheduled: true, started_at: NOW,
      finished_at: null, total: null, remaining_seconds: null, read: 20, added: 2, changed: 3, merged: 0,
      removed: 0, ambiguous: 0, skipped: [], error: null, waiting: null,
    };
    server.instead.set("GET /admin/imports", [200, [running]]);
    renderApp(server, "/admin");

    expect(await screen.findByText(words)).toBeVisible();
  });

  it("says why an import waits, since when and until when", async () => {
    const server = serverOf();
    const words = "Microsoft does not answer. It is tried again by itself.";
    const running = {
      id: "import-1", kind: "teams", state: "running", is_full: true, is_scheduled: false, started_at: NOW,
      finished_at: null, total: null, remaining_seconds: null, read: 0, added: 0, changed: 0, merged: 0,
      removed: 0, ambiguous: 0, skipped: [], error: null, waiting: { since: NOW, until: NOW, words },
    };
    server.instead.set("GET /admin/imports", [200, [running]]);
    renderApp(server, "/admin");

    expect(await screen.findByText(/Microsoft does not answer/)).toHaveTextContent(/It waits since .*, and goes on at/);
    expect(screen.queryByText("How long it will take is not known yet.")).toBeNull();
  });
});
