import type { Schemas } from "../api/client";
import { NOW } from "./builders";

/** All is well, unless the test says otherwise. */
export function makeHealth(over: Partial<Schemas["HealthView"]> = {}): Schemas["HealthView"] {
  return {
    at: NOW,
    connections: [],
    subscriptions: [],
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
