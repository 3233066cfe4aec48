import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeIdentity, makeMessage, makePerson, makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const ben = makePerson("Ben Okafor", [], { identities: [makeIdentity("contact_center", "Ben Okafor", { user_id: "user-ben" })] });
const CONVERSATION = {
  ...{ id: "one", kind: "messenger", agent_id: "user-ben", agent_name: "Ben Okafor", person_name: "Robin Hale" },
  ...{ started_at: "2026-11-20T09:00:00Z", last_at: "2026-11-20T10:00:00Z" },
};

function server(): FakeServer {
  const there = new FakeServer(makeWorld({ me: makeUser({ role: "supervisor" }) }), [ben]);
  there.instead.set(`GET /people/${ben.id}`, [200, ben]);
  there.instead.set("GET /record/conversations", [200, { conversations: [CONVERSATION], next: null }]);
  there.instead.set("GET /record/conversations/one/messages", [
    200,
    { conversation: CONVERSATION, messages: [{ message: makeMessage({ text: "Half now." }), versions: [] }], earlier: null },
  ]);
  return there;
}

it("has an address for each conversation of the record, which can be sent to a colleague", async () => {
  renderApp(server(), "/record/one");

  expect(await screen.findByRole("heading", { name: "Ben Okafor with Robin Hale" })).toBeVisible();
  expect(await screen.findByText("Half now.")).toBeVisible();
});

it("says of an address that leads nowhere why, with the way to the record", async () => {
  const there = server();
  const message = "There is no such conversation in the record.";
  there.instead.set("GET /record/conversations/two/messages", [404, { code: "not_found", message }]);
  const user = renderApp(there, "/record/two");

  expect(await screen.findByText(message)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "All conversations" }));
  expect(await screen.findByRole("link", { name: /^Ben Okafor with Robin Hale/ })).toBeVisible();
});

it("keeps what the record was narrowed to in its address, and goes on there after a conversation", async () => {
  const there = server();
  const user = renderApp(there, `/record?agent=${ben.id}&since=2026-11-01`);
  expect(await screen.findByDisplayValue("Ben Okafor")).toBeVisible();

  await user.click(await screen.findByRole("link", { name: /^Ben Okafor with Robin Hale/ }));
  expect(await screen.findByRole("heading", { name: "Ben Okafor with Robin Hale" })).toHaveFocus();
  expect(globalThis.location.pathname + globalThis.location.search).toBe("/record/one");
  await user.click(screen.getByRole("button", { name: "Back" }));

  expect(await screen.findByRole("link", { name: /^Ben Okafor with Robin Hale/ })).toHaveFocus();
  expect(globalThis.location.search).toBe(`?agent=${ben.id}&since=2026-11-01`);
  const asked = there.calls.filter(({ path }) => path === "/record/conversations").map(({ query }) => query.get("agent_id"));
  expect(new Set(asked)).toEqual(new Set(["user-ben"]));
});
