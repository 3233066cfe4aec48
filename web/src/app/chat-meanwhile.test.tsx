import { act, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeMessage } from "../testing/builders";
import { CHAT, serverWith } from "../testing/chat";
import { holdAnswers } from "../testing/hold";
import { renderApp } from "../testing/render-app";

const MESSAGES = "/conversations/conversation-1/messages";

describe("while a chat is being read", () => {
  it("shows nothing of it before all is there, also when more is said meanwhile", async () => {
    const server = serverWith(
      makeMessage({ text: "Read" }),
      makeMessage({ text: "First unread" }),
    );
    const user = renderApp(server, "/");
    const chat = await screen.findByRole("link", { name: /^Robin Hale/ });
    const reading = holdAnswers(MESSAGES);
    await user.click(chat);
    await expect.poll(reading.asked).toBe(1);

    const said = makeMessage({ text: "Said meanwhile" });
    server.happen({ type: "message_changed", message: said });
    const [held] = server.world.conversations;
    if (held === undefined) throw new Error("unreachable");
    const conversation = {
      ...held,
      revision: 2,
      unread: 2,
      last_message: said,
    };
    server.happen({ type: "conversation_changed", conversation });
    expect(await screen.findByText("Said meanwhile")).toBeVisible();
    expect(screen.getByText("Loading messages")).toBeVisible();
    reading.release();

    const shown = await screen.findByRole("region", { name: /^Messages with/ });
    expect(shown).toHaveTextContent(/Read.*New.*First unread.*Said meanwhile/);
  });

  it("reads it anew when all else was, as what was on its way may lack what was said since", async () => {
    const server = serverWith(makeMessage({ text: "Before" }));
    const user = renderApp(server, "/");
    const chat = await screen.findByRole("link", { name: /^Robin Hale/ });
    const reading = holdAnswers(MESSAGES);
    await user.click(chat);
    await expect.poll(reading.asked).toBe(1);

    const missed = makeMessage({ text: "Missed" });
    server.world = {
      ...server.world,
      messages: {
        "conversation-1": [
          ...(server.world.messages["conversation-1"] ?? []),
          missed,
        ],
      },
    };
    const asked = server.calls.filter(
      ({ path }) => path === "/workspace",
    ).length;
    server.socket.tell({ type: "resync" });
    await expect
      .poll(
        () => server.calls.filter(({ path }) => path === "/workspace").length,
      )
      .toBe(asked + 1);
    reading.release();

    expect(await screen.findByText("Missed", { selector: "p" })).toBeVisible();
    expect(screen.getByText("Before", { selector: "p" })).toBeVisible();
  });

  it("stays as it is while it is fetched again, where it is too long ago for the snapshot", async () => {
    const server = serverWith(makeMessage({ text: "Long ago" }));
    const [conversation] = server.world.conversations;
    server.world = { ...server.world, conversations: [] };
    server.instead.set("GET /conversations/conversation-1", [
      200,
      conversation,
    ]);
    const user = renderApp(server, CHAT);
    const box = await screen.findByRole("textbox", { name: "Type a message" });
    await user.type(box, "half a thou");

    const fetching = holdAnswers("/conversations/conversation-1");
    server.socket.tell({ type: "resync" });
    await expect.poll(fetching.asked).toBeGreaterThan(0);
    expect(screen.queryByText("This chat is not here")).toBeNull();
    expect(box).toBeInTheDocument();
    fetching.release();

    await user.type(box, "ght");
    expect(box).toHaveTextContent("half a thought");
  });
});

describe("while a message is being changed", () => {
  it("takes the focus from nobody who has gone elsewhere since", async () => {
    const own = { person_id: "person-anne", user_id: "user-anne", display_name: "Anne", platform: "contact_center" as const };
    renderApp(serverWith(makeMessage({ text: "Helo", author: own })), CHAT);
    const composer = await screen.findByRole("textbox", { name: "Type a message" });
    const edit = await screen.findByRole("button", { name: "Edit" });

    // Within one frame, as somebody quick does.
    act(() => {
      edit.focus();
      edit.click();
    });
    expect(screen.getByRole("textbox", { name: "Edit the message" })).toBeVisible();
    composer.focus();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);

    expect(composer).toHaveFocus();
  });
});
