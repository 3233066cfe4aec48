import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeMessage } from "../testing/builders";
import { CHAT, serverWith } from "../testing/chat";
import { renderApp } from "../testing/render-app";

describe("what did not get through to Teams", () => {
  it("says why a message failed and tries again", async () => {
    const own = makeMessage({
      author: { person_id: "person-anne", user_id: "user-anne", display_name: "Anne", platform: "contact_center" },
      deliveries: [
        {
          platform: "teams",
          state: "failed",
          reason: "Robin cannot be reached in Teams.",
          changed_at: "2026-11-22T14:00:00Z",
        },
        { platform: "work", state: "sent", reason: null, changed_at: "2026-11-22T14:00:00Z" },
      ],
    });
    const server = serverWith(own);
    server.instead.set(`POST /conversations/conversation-1/messages/${own.id}/retry`, [
      200,
      { ...own, revision: 5, deliveries: own.deliveries.map((each) => ({ ...each, state: "sent", reason: null })) },
    ]);
    const user = renderApp(server, CHAT);

    expect(await screen.findByText(/Robin cannot be reached in Teams/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Try again" }));

    await waitFor(() => {
      expect(screen.queryByText(/cannot be reached/)).toBeNull();
    });
  });

  it("gives up what failed, where trying again makes no sense", async () => {
    const change = { reaction: null, platform: "teams", changed_at: "2026-11-22T14:00:00Z" } as const;
    const own = makeMessage({
      text: "Not now",
      html: "<p>Not now</p>",
      author: { person_id: "person-anne", user_id: "user-anne", display_name: "Anne", platform: "contact_center" },
      changes: [{ ...change, kind: "edit", state: "failed", reason: "Microsoft Teams does not let you." }],
    });
    const server = serverWith(own);
    const before = { ...own, revision: 5, text: "Hello Robin", html: "<p>Hello Robin</p>", changes: [] };
    server.instead.set(`POST /conversations/conversation-1/messages/${own.id}/discard`, [200, before]);
    const user = renderApp(server, CHAT);

    expect(await screen.findByText(/Microsoft Teams does not let you/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Discard" }));

    await waitFor(() => {
      expect(screen.queryByText(/does not let you/)).toBeNull();
    });
    expect(within(screen.getByRole("region", { name: /^Messages with/ })).getByText("Hello Robin")).toBeVisible();
  });
});
