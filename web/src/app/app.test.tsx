import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import {
  makeConversation,
  makeMessage,
  makePerson,
  makeUser,
  makeWorld,
} from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const robin = makePerson("Robin Hale", ["teams", "work"]);
const conversation = makeConversation({ person: robin });

function serverWithChat(
  over: Parameters<typeof makeWorld>[0] = {},
): FakeServer {
  const messages = { "conversation-1": [makeMessage({ text: "Is it paid?" })] };
  return new FakeServer(
    makeWorld({ conversations: [conversation], messages, ...over }),
    [robin],
  );
}

describe("signing in", () => {
  it("says what is wrong in the server's words, then opens the workspace", async () => {
    const server = serverWithChat();
    server.isSignedIn = false;
    const user = renderApp(server);

    await user.type(await screen.findByLabelText("Username"), "anne");
    await user.type(screen.getByLabelText("Password"), "wrong");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(
      await screen.findByText(/username or the password is wrong/),
    ).toBeVisible();

    await user.clear(screen.getByLabelText("Password"));
    await user.type(screen.getByLabelText("Password"), "secret{Enter}");
    expect(
      await screen.findByRole("navigation", { name: "Control Panel" }),
    ).toBeVisible();
  });

  it("asks an agent to connect, once", async () => {
    const user = renderApp(
      serverWithChat({ connection: { state: "not_connected" } }),
    );

    const dialog = await screen.findByRole("dialog", {
      name: "Connect your Microsoft Teams account",
    });
    expect(
      within(dialog).getByRole("button", { name: "Authenticate now" }),
    ).toBeVisible();
    await user.keyboard("{Escape}");
    await waitFor(() => {
      expect(screen.queryByRole("dialog")).toBeNull();
    });
  });

  it("says live that the connection is there", async () => {
    const server = serverWithChat({ connection: { state: "not_connected" } });
    renderApp(server);
    await screen.findByRole("dialog");

    server.happen({
      type: "connection_changed",
      connection: { state: "connected" },
    });

    expect(
      await screen.findByText("Your Microsoft Teams account is connected."),
    ).toBeVisible();
  });

  it("says when the workspace cannot be reached, and tries again", async () => {
    const server = serverWithChat();
    server.instead.set("GET /workspace", [
      500,
      { code: "internal_error", message: "Something went wrong here." },
    ]);
    const user = renderApp(server);
    expect(
      await screen.findByText(
        "Something went wrong here.",
        {},
        { timeout: 8_000 },
      ),
    ).toBeVisible();

    server.instead.clear();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(
      await screen.findByRole("navigation", { name: "Control Panel" }),
    ).toBeVisible();
  });
});

describe("status", () => {
  it("changes by the menu", async () => {
    const server = serverWithChat();
    const user = renderApp(server);

    await user.click(
      await screen.findByRole("button", { name: "Change status" }),
    );
    await user.click(
      await screen.findByRole("menuitemradio", { name: "On Break" }),
    );

    expect(await screen.findByText(/On Break · 0 min/)).toBeVisible();
  });

  it("offers a Work user no break", async () => {
    const me = makeUser({ role: "none", licenses: ["work"] });
    const user = renderApp(
      serverWithChat({ me, connection: { state: "off" } }),
    );

    await user.click(
      await screen.findByRole("button", { name: "Change status" }),
    );
    const names = (await screen.findAllByRole("menuitemradio")).map(
      (each) => each.textContent,
    );

    expect(names).toEqual(["Available", "Busy", "Work Offline"]);
  });

  it("leads to the settings with the Teams connection", async () => {
    const user = renderApp(
      serverWithChat({ connection: { state: "not_connected" } }),
    );
    await user.click(await screen.findByRole("button", { name: "Not now" }));

    await user.click(
      await screen.findByRole("button", { name: "Change status" }),
    );
    await user.click(
      await screen.findByRole("menuitem", { name: "My profile" }),
    );
    await user.click(await screen.findByRole("tab", { name: "Settings" }));

    expect(
      screen.getByRole("heading", { name: "Connect your Teams account" }),
    ).toBeVisible();
    expect(
      screen.getByRole("button", { name: "Authenticate to Microsoft Teams" }),
    ).toBeVisible();
  });
});

describe("Contacts", () => {
  it("finds someone, shows all identities and starts a Teams chat", async () => {
    const server = serverWithChat({ conversations: [] });
    server.people = [makePerson("Ben Okafor"), robin];
    const teams = robin.identities[0]?.id ?? "";
    server.presences[teams] = {
      availability: "busy",
      activity: "In a call",
      source: "teams",
      as_of: null,
    };
    const user = renderApp(server);

    await user.click(await screen.findByRole("link", { name: "Contacts" }));
    expect(await screen.findByText("2 people")).toBeVisible();
    await user.type(
      screen.getByRole("searchbox", { name: "Search contacts" }),
      "rob",
    );
    await screen.findByText("1 person");
    const row = screen.getByRole("listitem", { name: "Robin Hale" });
    expect(await within(row).findByText("In a call")).toBeVisible();
    await user.click(within(row).getByRole("button", { name: "Show more" }));
    await user.click(
      within(row).getByRole("button", { name: "Start Teams chat" }),
    );

    const composer = await screen.findByRole("textbox", {
      name: "Type a message",
    });
    // The focus follows the first showing by an effect.
    await waitFor(() => {
      expect(composer).toHaveFocus();
    });
    expect(globalThis.location.pathname).toBe(
      `/chats/conversation-with-${robin.id}`,
    );
    const start = server.calls.find(
      (call) => call.method === "POST" && call.path === "/conversations",
    );
    expect(start?.body).toEqual({ person_id: robin.id, route: "teams" });
  });

  it("says why a chat could not be started", async () => {
    const server = serverWithChat();
    server.instead.set("POST /conversations", [
      409,
      { code: "cannot_reach", message: "This person has no account there." },
    ]);
    const user = renderApp(server, "/contacts");

    await user.click(
      await screen.findByRole("button", { name: "Start a chat" }),
    );

    expect(
      await screen.findByText("This person has no account there."),
    ).toBeVisible();
  });

  it("offers a Work user no chats to start", async () => {
    renderApp(
      serverWithChat({ me: makeUser({ role: "none", licenses: ["work"] }) }),
      "/contacts",
    );

    await screen.findByRole("listitem", { name: "Robin Hale" });
    expect(screen.queryByRole("button", { name: "Start a chat" })).toBeNull();
  });
});

describe("an address", () => {
  it.each(["/admin", "/record", "/no/such/page"])(
    "that is not for an agent says so, and leads back: %s",
    async (address) => {
      const user = renderApp(serverWithChat(), address);

      expect(
        await screen.findByText("There is no such page for you"),
      ).toBeVisible();
      await user.click(screen.getByRole("button", { name: "To your chats" }));
      expect(
        await screen.findByText("Choose a chat on the left"),
      ).toBeVisible();
    },
  );
});
