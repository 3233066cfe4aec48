import { screen } from "@testing-library/react";
import axe from "axe-core";
import { expect, it } from "vitest";
import { makeConversation, makeMessage, makePerson, makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const robin = makePerson("Robin Hale", ["contact_center", "teams", "work"]);

function server(): FakeServer {
  const failed = {
    platform: "teams" as const,
    state: "failed" as const,
    reason: "Not reachable.",
    changed_at: "2026-11-22T14:00:00Z",
  };
  const own = {
    person_id: "person-anne",
    user_id: "user-anne",
    display_name: "Anne",
    platform: "contact_center" as const,
  };
  const messages = [
    makeMessage({ reactions: [{ reaction: "👍", by: ["Anne"], user_ids: ["user-anne"] }] }),
    makeMessage({ author: own, deliveries: [failed] }),
    makeMessage({ kind: "reaction", text: "Robin Hale reacted 👍" }),
    makeMessage({ deleted_at: "2026-11-22T14:00:00Z", html: "", text: "" }),
  ];
  const world = makeWorld({
    me: makeUser({ role: "admin" }),
    conversations: [makeConversation({ person: robin, unread: 2, last_message: messages[0] ?? null })],
    messages: { "conversation-1": messages },
  });
  return new FakeServer(world, [robin]);
}

/** Colors need a browser; Tabster's dummies are focusable on purpose and known to mislead the rule. */
async function violations(): Promise<string[]> {
  const { violations } = await axe.run(
    { exclude: ["[data-tabster-dummy]"] },
    { rules: { "color-contrast": { enabled: false } } },
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

it.each([
  ["the start", "/", () => screen.findByText("Choose a chat on the left")],
  ["Contacts", "/contacts", () => screen.findByRole("button", { name: "Show more" })],
  ["a chat", "/chats/conversation-1", () => screen.findByRole("button", { name: "Try again" })],
  ["the settings", "/profile/settings", () => screen.findByRole("heading", { name: "Connect your Teams account" })],
  ["the admin page", "/admin", () => screen.findByRole("row", { name: "Anne Archer" })],
])("%s has nothing that axe objects to", async (_, address, shown) => {
  const user = renderApp(server(), address);
  const element = await shown();
  if (address === "/contacts") await user.click(element);

  expect(await violations()).toEqual([]);
});

it("neither has the sign-in page", async () => {
  const away = server();
  away.isSignedIn = false;
  renderApp(away);
  await screen.findByLabelText("Password");

  expect(await violations()).toEqual([]);
});
