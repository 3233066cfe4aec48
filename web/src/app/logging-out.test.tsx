import { cleanup, screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { expect, it } from "vitest";
import { makeUser, makeWorld } from "../testing/builders";
import { CHAT, serverWith } from "../testing/chat";
import { renderApp } from "../testing/render-app";

const stored = () => Array.from({ length: localStorage.length }, (_, index) => localStorage.getItem(localStorage.key(index) ?? "")).join();

async function logOut(user: UserEvent): Promise<void> {
  await user.click(await screen.findByRole("button", { name: "Change status" }));
  await user.click(await screen.findByRole("menuitem", { name: "Log out" }));
}

async function signIn(user: UserEvent): Promise<void> {
  await user.type(await screen.findByLabelText("Username"), "anne");
  await user.type(screen.getByLabelText("Password"), "secret");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

it("asks before logging out where something is unfinished, and has it again at the next sign-in", async () => {
  const server = serverWith();
  const user = renderApp(server, CHAT);
  const box = await screen.findByRole("textbox", { name: "Type a message" });
  server.instead.set("POST /conversations/conversation-1/messages", [503, undefined]);
  await user.type(box, "Canary one{Enter}");
  expect(await screen.findByText("Queued")).toBeVisible();
  await user.type(box, "Canary two");

  await logOut(user);
  const asked = await screen.findByRole("alertdialog", { name: "Log out now?" });
  expect(within(asked).getByText("1 message is not sent yet, and 1 draft is not finished.")).toBeVisible();
  await user.click(within(asked).getByRole("button", { name: "Stay" }));
  expect(screen.getByText("Canary two")).toBeVisible();
  await logOut(user);
  await user.click(await screen.findByRole("button", { name: "Log out anyway" }));

  expect(await screen.findByLabelText("Username")).toBeVisible();
  expect(stored()).not.toBe("");
  expect(stored() + document.body.textContent).not.toContain("Canary");
  server.instead.clear();
  await signIn(user);
  expect(await screen.findByRole("textbox", { name: "Type a message" })).toHaveTextContent("Canary two");
  await waitFor(() => {
    expect(server.world.messages["conversation-1"]).toMatchObject([{ text: "Canary one" }]);
  });
});

it("asks nothing where nothing is unfinished", async () => {
  const user = renderApp(serverWith(), CHAT);
  await logOut(user);
  expect(await screen.findByLabelText("Username")).toBeVisible();
  expect(localStorage).toHaveLength(0);
});

it("forgets everything at once while the server is away, also over a reload, and lets nobody in before it answered", async () => {
  const server = serverWith();
  const user = renderApp(server, CHAT);
  await screen.findByRole("textbox", { name: "Type a message" });
  server.isAway = true;
  await logOut(user);

  expect(await screen.findByText("You are logged out of this page, not yet of Deskbridge")).toBeVisible();
  expect(document.body.textContent).not.toContain("Robin Hale");
  cleanup();
  server.isAway = false;
  server.instead.set("DELETE /session", [503, undefined]);
  const again = renderApp(server, CHAT);
  expect(await screen.findByText("You are logged out of this page, not yet of Deskbridge")).toBeVisible();
  expect(screen.queryByLabelText("Username")).toBeNull();

  server.instead.clear();
  await again.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByLabelText("Username")).toBeVisible();
  expect(server.isSignedIn).toBe(false);
  expect(localStorage).toHaveLength(0);
});

it("shows the next user of the same page nothing of the one before, and loses nothing of theirs", async () => {
  const server = serverWith();
  const user = renderApp(server, CHAT);
  await user.type(await screen.findByRole("textbox", { name: "Type a message" }), "Canary");
  const hers = server.world;
  server.isSignedIn = false;
  server.socket.end(4401);
  await screen.findByLabelText("Username");

  server.world = makeWorld({
    me: makeUser({ id: "user-ben", username: "ben", display_name: "Ben Okafor" }),
    drawer_key: btoa("b".repeat(32)),
    conversations: hers.conversations,
  });
  await signIn(user);
  expect(await screen.findByText("Ben Okafor")).toBeVisible();
  expect(await screen.findByRole("textbox", { name: "Type a message" })).toHaveTextContent("");
  expect(screen.queryByText(/cannot be opened/)).toBeNull();

  server.isSignedIn = false;
  server.socket.end(4401);
  server.world = hers;
  await signIn(user);
  expect(await screen.findByText("Anne Archer")).toBeVisible();
  expect(await screen.findByRole("textbox", { name: "Type a message" })).toHaveTextContent("Canary");
});

it("says what cannot be opened any more, and removes it when told to", async () => {
  const server = serverWith();
  const user = renderApp(server, CHAT);
  await user.type(await screen.findByRole("textbox", { name: "Type a message" }), "Canary");
  cleanup();
  server.world = { ...server.world, drawer_key: btoa("n".repeat(32)) };
  const again = renderApp(server, CHAT);

  expect(await screen.findByText("A draft or unsent message of yours cannot be opened.")).toBeVisible();
  await again.click(screen.getByRole("button", { name: "Remove" }));
  expect(screen.queryByText(/cannot be opened/)).toBeNull();
  expect(localStorage).toHaveLength(0);
});
