import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeConversation, makePerson, makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { holdAnswers } from "../testing/hold";
import { renderApp } from "../testing/render-app";

/** As long as Contacts wait until somebody has finished typing. */
const TYPING_PAUSE_MS = 150;

describe("the address", () => {
  it("stays where one went, whatever the page before still meant to say", async () => {
    const user = renderApp(new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) })), "/contacts");
    const box = await screen.findByRole("searchbox", { name: "Search contacts" });

    await user.type(box, "rob");
    await user.click(screen.getByRole("link", { name: "Admin" }));
    // Timers of one length go off in the order in which they were set.
    await new Promise((resolve) => setTimeout(resolve, TYPING_PAUSE_MS));

    expect(await screen.findByRole("heading", { name: "Admin" })).toBeVisible();
    expect(globalThis.location.pathname).toBe("/admin");
  });

  it("stays where one went while a chat was being started", async () => {
    const [robin, lee] = [makePerson("Robin Hale", ["teams"]), makePerson("Lee Chen", ["teams"])];
    const conversation = makeConversation({ id: "conversation-lee", person: lee });
    const server = new FakeServer(makeWorld({ conversations: [conversation] }), [robin, lee]);
    const user = renderApp(server, "/contacts");
    const row = await screen.findByRole("listitem", { name: "Robin Hale" });
    await user.click(within(row).getByRole("button", { name: "Show more" }));

    const starting = holdAnswers("/api/v1/conversations");
    await user.click(within(row).getByRole("button", { name: "Start Teams chat" }));
    await expect.poll(starting.asked).toBe(1);
    await user.click(screen.getByRole("link", { name: /^Lee Chen/ }));
    starting.release();

    expect(await screen.findByRole("link", { name: /^Robin Hale/ })).toBeVisible();
    expect(globalThis.location.pathname).toBe("/chats/conversation-lee");
  });

  it("of a chat that is not here leads on, and so does any other that means nothing", async () => {
    const server = new FakeServer(makeWorld());
    server.instead.set("GET /conversations/xyz", [404, { code: "not_found", message: "There is no such conversation." }]);
    const user = renderApp(server, "/chats/xyz");
    expect(await screen.findByText("This chat is not here")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Find someone" }));
    expect(await screen.findByRole("searchbox", { name: "Search contacts" })).toBeVisible();
    expect(globalThis.location.pathname).toBe("/contacts");
  });
});
