import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

it("leads to each section of the admin page, also those who use the keyboard", async () => {
  const user = renderApp(new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) })), "/admin");
  const links = await screen.findByRole("navigation", { name: "On this page" });
  const headings = screen.getAllByRole("heading", { level: 2 });
  for (const link of within(links).getAllByRole("link")) {
    expect(headings.map(({ id }) => `#${id}`)).toContain(link.getAttribute("href"));
  }
  await user.click(within(links).getByRole("link", { name: "Audit log" }));
  expect(screen.getByRole("heading", { name: "Audit log" })).toHaveFocus();
});

it.each([
  ["Chat with Microsoft Teams", "teams_chat_enabled"],
  ["Agents’ Status in Microsoft Teams", "agent_status_in_teams"],
  ["Files to Microsoft Teams", "files_to_teams"],
])("says why the switch of %s was not turned", async (name, field) => {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  const refused = { code: "unavailable", message: "Not now. Try again." };
  server.instead.set("PUT /admin/account", [503, refused]);
  const user = renderApp(server, "/admin");
  const section = await screen.findByRole("region", { name });
  const turn = within(section).getByRole<HTMLInputElement>("switch");
  const before = turn.checked;

  await user.click(turn);

  expect(await screen.findByText(refused.message)).toBeVisible();
  expect(turn.checked).toBe(before);
  expect(server.calls.find(({ method, path }) => method === "PUT" && path === "/admin/account")?.body).toEqual({
    [field]: !before,
  });
});

it("writes the audit log for people, moments within it too", async () => {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  const entry = {
    ...{ number: 1, at: "2026-11-23T16:25:00Z", action: "record_read", who: "taylor", who_id: null, whom: null },
    ...{ whom_id: null, origin: "127.0.0.1", hash: "" },
    detail: { conversation: "0192-c", agent: "Anne", person: "Robin", read: "2026-11-20T09:18:23.353916+00:00 – later" },
  };
  server.instead.set("GET /admin/audit", [200, { entries: [entry], next: null }]);
  renderApp(server, "/admin");
  const log = await screen.findByRole("region", { name: "Entries of the audit log" });

  expect(within(log).getByText(/^Read: Nov 20, 2026, .* – later$/)).toBeVisible();
  expect(within(log).getByText("Person: Robin")).toBeVisible();
  expect(within(log).queryByText(/0192-c/)).not.toBeInTheDocument();
  expect(within(log).getByTitle("0192-c")).toHaveTextContent("Agent: Anne");
});
