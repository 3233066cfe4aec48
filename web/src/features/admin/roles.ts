import type { Role } from "../../realtime/protocol";

export const ROLES: Record<Role, string> = {
  agent: "Agent",
  supervisor: "Supervisor",
  admin: "Administrator",
  none: "Work user",
};
