import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { makeAgentHealth, makeHealth } from "../testing/make-health";
import { renderApp } from "../testing/render-app";

test("an admin sees what to look at, and what helps", async () => {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  const lost = { state: "lost", reason: "teams_expired", remedy: "Sign in to Microsoft Teams again." } as const;
  const connection = { ...lost, microsoft_name: null, microsoft_username: null, since: null };
  server.instead.set("GET /admin/health", [
    200,
    makeHealth({
      connections: { connected: 1, lost: 1, not_connected: 0, to_look_at: 1 },
      queues: [{ name: "outbox", length: 4, oldest_at: "2026-11-22T13:30:00Z" }],
      secret_expires_at: "2026-12-01T14:00:00Z",
    }),
  ]);
  const agents = [makeAgentHealth({ connection, messages_until: null }), makeAgentHealth({ user_id: "user-2", display_name: "Ben Okafor" })];
  server.instead.set("GET /admin/health/agents", [200, { agents, next: null, total: 2 }]);
  renderApp(server, "/admin");
  const health = await screen.findByRole("region", { name: "Health" });
  expect(await within(health).findByText("4 things to look at")).toBeVisible();
  expect(within(health).getByText("the oldest for 30 minutes")).toBeVisible();
  expect(within(health).getByText("9 days")).toBeVisible();
  expect(within(health).getByText("20 ms")).toBeVisible();
  expect(within(health).getByText("1 of 2 agents are connected to Microsoft Teams.")).toBeVisible();
  expect(await within(health).findByRole("row", { name: "Anne Archer" })).toHaveTextContent("Sign in to Microsoft Teams");
  expect(within(health).getByRole("row", { name: "Ben Okafor" })).toHaveTextContent("Nothing to do");
});

test.each([
  [{ expires_at: "2026-12-01T14:00:00Z", problem: null }, "9 days"],
  [{ expires_at: "2026-11-01T14:00:00Z", problem: null }, "Expired"],
  [{ expires_at: null, problem: "The certificate file is not PEM." }, "The certificate file is not PEM."],
])("an admin sees how long the certificate lasts, or what is wrong with it", async (app_certificate, words) => {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  server.instead.set("GET /admin/health", [200, makeHealth({ app_certificate })]);
  renderApp(server, "/admin");
  const health = await screen.findByRole("region", { name: "Health" });
  expect(await within(health).findByText(words)).toBeVisible();
  expect(within(health).getByText("The certificate for Microsoft lasts")).toBeVisible();
  expect(within(health).queryByText("The client secret lasts")).toBeNull();
});

test("an admin sees that Teams does not take the agents' Status, and why", async () => {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  const message = "Deskbridge lacks the permission Presence.ReadWrite.All.";
  server.instead.set("GET /admin/health", [
    200,
    makeHealth({
      agent_status: { enabled: true, shown: 3, failing: 2, problem: "permission_missing", message },
    }),
  ]);
  renderApp(server, "/admin");
  const health = await screen.findByRole("region", { name: "Health" });
  expect(await within(health).findByText("Of 3 agents, not of 2")).toBeVisible();
  expect(within(health).getByText(message)).toBeVisible();
});

test.each([
  [1, 1, "the only one in the last hour"],
  [40, 1, "the slowest of 40 in the last hour took 310 ms"],
  [200, 1, "1 in 100 took 310 ms or more, of 200 in the last hour"],
  [40, 24, "the slowest of 40 in the last day took 310 ms; the newest 3 hours ago"],
] as const)("of %d notifications in %d hours an admin sees no more than they tell", async (samples, hours, words) => {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  const delay = { samples, p50_seconds: 0.02, p99_seconds: 0.31, hours, newest_at: "2026-11-22T11:00:00Z" };
  server.instead.set("GET /admin/health", [200, makeHealth({ delay_here: delay })]);
  renderApp(server, "/admin");
  const health = await screen.findByRole("region", { name: "Health" });
  expect(await within(health).findByText(words)).toBeVisible();
});
