import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeMessage } from "../testing/builders";
import { CHAT, serverWith } from "../testing/chat";
import { renderApp } from "../testing/render-app";

const anne = {
  person_id: "person-anne",
  user_id: "user-anne",
  display_name: "Anne",
  platform: "contact_center" as const,
};

describe("a chat", () => {
  it("sends with Enter, and says how far the message has come", async () => {
    const server = serverWith();
    const user = renderApp(server, CHAT);

    await user.type(
      await screen.findByRole("textbox", { name: "Type a message" }),
      "On my{Shift>}{Enter}{/Shift}way{Enter}",
    );

    expect(await screen.findByText("Queued")).toBeVisible();
    const sent = server.world.messages["conversation-1"]?.[0];
    expect(sent?.text).toBe("On my\nway");
    if (sent === undefined) return;
    const deliveries = sent.deliveries.map((each) => ({ ...each, state: "sent" as const }));
    server.happen({ type: "message_changed", message: { ...sent, revision: 9, deliveries } });
    expect(await screen.findByText("Sent")).toBeVisible();
    expect(screen.getByRole("textbox", { name: "Type a message" })).toHaveTextContent("");
  });

  it("keeps what was written while the server is away, and sends it once", async () => {
    const server = serverWith();
    const user = renderApp(server, CHAT);
    const box = await screen.findByRole("textbox", { name: "Type a message" });
    server.isAway = true;

    await user.type(box, "Still here{Enter}");
    expect(await screen.findByText("Queued")).toBeVisible();
    server.isAway = false;

    await waitFor(() => {
      expect(server.world.messages["conversation-1"]).toHaveLength(1);
    });
    await waitFor(() => {
      expect(localStorage).toHaveLength(0);
    });
    expect(screen.getAllByText("Still here")).toHaveLength(1);
  });

  it("keeps the draft of each chat", async () => {
    const user = renderApp(serverWith(), CHAT);
    await user.type(await screen.findByRole("textbox", { name: "Type a message" }), "half a thou");
    await user.click(screen.getByRole("link", { name: "Contacts" }));
    await user.click(await screen.findByRole("link", { name: /^Robin Hale/ }));

    expect(await screen.findByRole("textbox", { name: "Type a message" })).toHaveTextContent("half a thou");
  });

  it("cannot send nothing, nor too much", async () => {
    const user = renderApp(serverWith(), CHAT);
    const box = await screen.findByRole("textbox", { name: "Type a message" });
    const send = screen.getByRole("button", { name: "Send" });
    await user.type(box, "  ");
    expect(send).toHaveAttribute("aria-disabled", "true");

    await user.clear(box);
    await user.click(box);
    await user.paste("x".repeat(29_000));
    expect(await screen.findByText(/can have at most 28 KB/)).toBeVisible();
    expect(send).toHaveAttribute("aria-disabled", "true");
  });

  it("shows edits, deletions and reactions as they come", async () => {
    const answer = makeMessage({ text: "It is paid" });
    const server = serverWith(answer);
    renderApp(server, CHAT);
    await screen.findByText("It is paid", { selector: "p" });

    const edited = { ...answer, revision: 2, html: "<p>Not yet</p>", edited_at: "2026-11-22T15:00:00Z" };
    server.happen({
      type: "message_changed",
      message: { ...edited, reactions: [{ reaction: "👍", by: ["Robin Hale"], user_ids: [] }] },
    });
    expect(await screen.findByText("Not yet")).toBeVisible();
    expect(screen.getByText(/^Edited/)).toBeVisible();
    expect(within(screen.getByRole("list", { name: "Reactions" })).getByText("👍")).toBeVisible();

    server.happen({
      type: "message_changed",
      message: { ...edited, revision: 3, html: "", text: "", deleted_at: "2026-11-22T15:01:00Z" },
    });
    expect(await screen.findByText(/^Deleted/)).toBeVisible();
    expect(screen.queryByText("Not yet")).toBeNull();
  });

  it("changes one's own message where it stands", async () => {
    const own = makeMessage({ text: "Helo", html: "<p>Helo</p>", author: anne });
    const user = renderApp(serverWith(own, makeMessage({ text: "Hi" })), CHAT);

    await user.click(await screen.findByRole("button", { name: "Edit" }));
    const box = screen.getByRole("textbox", { name: "Edit the message" });
    await user.type(box, "!{Enter}");

    expect(await screen.findByText(/!/)).toBeVisible();
    expect(screen.getByText(/^Edited/)).toBeVisible();
    expect(screen.queryByRole("textbox", { name: "Edit the message" })).toBeNull();
  });

  it("keeps what was typed when an edit is refused, and Escape leaves all as it was", async () => {
    const own = makeMessage({ text: "Helo", html: "<p>Helo</p>", author: anne });
    const server = serverWith(own);
    const address = `PATCH /conversations/conversation-1/messages/${own.id}`;
    server.instead.set(address, [409, { code: "cannot_change", message: "This message cannot be changed." }]);
    const user = renderApp(server, CHAT);

    await user.click(await screen.findByRole("button", { name: "Edit" }));
    const box = screen.getByRole("textbox", { name: "Edit the message" });
    await user.type(box, "!{Enter}");
    expect(await screen.findByText("This message cannot be changed.")).toBeVisible();
    expect(box).toHaveTextContent(/!/);

    await user.type(box, "{Escape}");
    expect(screen.getByText("Helo")).toBeVisible();
  });

  it("deletes one's own message, and undoes it", async () => {
    const own = makeMessage({ text: "Oops", html: "<p>Oops</p>", author: anne });
    const server = serverWith(own);
    const address = `POST /conversations/conversation-1/messages/${own.id}/restore`;
    server.instead.set(address, [200, { ...own, revision: 9 }]);
    const user = renderApp(server, CHAT);

    await user.click(await screen.findByRole("button", { name: "Delete" }));
    expect(await screen.findByText(/^Deleted/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByText("Oops")).toBeVisible();
  });

  it("answers with a quote, which can be taken away again", async () => {
    const theirs = makeMessage({ text: "Is it paid?" });
    const server = serverWith(theirs);
    const user = renderApp(server, CHAT);
    const answer = await screen.findByRole("button", { name: "Answer with a quote" });

    await user.click(answer);
    await user.click(within(screen.getByRole("group", { name: "Answer to Robin Hale" })).getByRole("button"));
    expect(screen.queryByRole("group", { name: "Answer to Robin Hale" })).toBeNull();

    await user.click(answer);
    await user.type(screen.getByRole("textbox", { name: "Type a message" }), "It is{Enter}");
    await waitFor(() => {
      expect(
        server.calls.find((each) => each.method === "POST" && each.path.endsWith("/messages"))?.body,
      ).toMatchObject({
        text: "It is",
        reply_to: theirs.id,
      });
    });
    expect(screen.queryByRole("group", { name: "Answer to Robin Hale" })).toBeNull();
  });

  it("reacts, and takes the reaction back by pressing it", async () => {
    const theirs = makeMessage({ text: "Paid" });
    const server = serverWith(theirs);
    const change = {
      platform: "teams" as const,
      state: "queued" as const,
      reason: null,
      changed_at: theirs.created_at,
    };
    const address = `PUT /conversations/conversation-1/messages/${theirs.id}/reaction`;
    const liked = {
      reactions: [{ reaction: "👍", by: ["Anne"], user_ids: ["user-anne"] }],
      changes: [{ ...change, kind: "reaction", reaction: "👍" }],
    };
    server.instead.set(address, [200, { ...theirs, ...liked, revision: 2 }]);
    const user = renderApp(server, CHAT);

    await user.click(await screen.findByRole("button", { name: "React" }));
    await user.click(await screen.findByRole("button", { name: "Like" }));
    const pill = within(await screen.findByRole("list", { name: "Reactions" })).getByRole("button", { name: /👍/ });
    expect(pill).toHaveAttribute("aria-pressed", "true");
    expect(screen.getByText(/Reaction 👍 queued/)).toBeVisible();

    server.instead.set(address, [200, { ...theirs, revision: 3 }]);
    await user.click(pill);
    await waitFor(() => {
      expect(screen.queryByRole("list", { name: "Reactions" })).toBeNull();
    });
    expect(server.calls.at(-1)?.body).toEqual({ reaction: "👍", is_set: false });
  });

  it("offers the conversation as a file", async () => {
    const user = renderApp(serverWith(makeMessage()), CHAT);
    await user.click(await screen.findByRole("button", { name: "Export this conversation" }));
    const place = "/api/v1/conversations/conversation-1/export?format=";
    const links = await screen.findAllByRole("menuitem");
    expect(links.map((each) => each.getAttribute("href"))).toEqual([`${place}html`, `${place}json`, `${place}zip`]);
    expect(links.every((each) => each.hasAttribute("download"))).toBe(true);
  });

  it("marks what is on screen read, and counts in the title what is not", async () => {
    const server = serverWith(makeMessage());
    renderApp(server, "/");
    await waitFor(() => {
      expect(document.title).toBe("(1) Deskbridge");
    });

    (await screen.findByRole("link", { name: /^Robin Hale/ })).click();

    await waitFor(() => {
      expect(document.title).toBe("Robin Hale – Deskbridge");
    });
    expect(await screen.findByText("New")).toBeVisible();
  });
});
