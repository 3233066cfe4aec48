import type { Schemas } from "../api/client";
import { NOW } from "./builders";

/** All is well, unless the test says otherwise. */
export function makeHealth(over: Partial<Schemas["HealthView"]> = {}): Schemas["HealthView"] {
  return {
    at: NOW,
    connections: { connected: 0, lost: 0, not_connected: 0, to_look_at: 0 },
    subscriptions: { messages: 0, missing: 0, presence: 0, first_expires_at: null },
    queues: [
      { name: "inbox", length: 0, oldest_at: null },
      { name: "outbox", length: 0, oldest_at: null },
      { name: "reading", length: 0, oldest_at: null },
    ],
    delay_at_microsoft: { samples: 0, p50_seconds: null, p99_seconds: null, hours: 24, newest_at: null },
    delay_here: { samples: 200, p50_seconds: 0.02, p99_seconds: 0.31, hours: 1, newest_at: NOW },
    agents_asked_to_wait: 0,
    agents_not_told: 0,
    last_import: null,
    secret_expires_at: null,
    app_certificate: null,
    certificate_made_at: "2026-11-02T14:00:00Z",
    users_online: 3,
    agent_status: { enabled: false, shown: 0, failing: 0, problem: null, message: null },
    ...over,
  };
}

/** An agent with whom all is well, unless the test says otherwise. */
export function makeAgentHealth(over: Partial<Schemas["AgentHealth"]> = {}): Schemas["AgentHealth"] {
  return {
    user_id: "user-1",
    username: "anne",
    display_name: "Anne Archer",
    connection: {
      state: "connected",
      microsoft_name: "Anne Archer",
      microsoft_username: "anne@contoso.example",
      since: NOW,
      reason: null,
      remedy: null,
    },
    messages_until: NOW,
    presence_until: null,
    asked_to_wait_until: null,
    not_told_at: null,
    ...over,
  };
}
