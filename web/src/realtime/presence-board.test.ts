import { expect, it, vi } from "vitest";
import { PresenceBoard } from "./presence-board";
import type { IdentityPresence } from "./protocol";

function busy(person: string): IdentityPresence {
  const presence = { availability: "busy", activity: "", source: "teams", as_of: null } as const;
  return { person_id: person, identity_id: `${person}-teams`, presence };
}

it("tells only those who show the person of a change, and when nobody reports them any more", () => {
  const board = new PresenceBoard();
  const [robin, taylor] = [vi.fn(), vi.fn()];
  const leave = board.subscribe("robin-teams", robin);
  board.subscribe("taylor-teams", taylor);

  board.update([busy("robin")]);
  expect([robin.mock.calls.length, taylor.mock.calls.length]).toEqual([1, 0]);

  board.update([busy("taylor")]);
  board.keepOnly(new Set(["taylor"]));
  expect(board.get("robin-teams")).toBeUndefined();
  expect([robin.mock.calls.length, taylor.mock.calls.length]).toEqual([2, 1]);

  leave();
  board.update([busy("robin")]);
  board.clear();
  expect([robin.mock.calls.length, taylor.mock.calls.length]).toEqual([2, 2]);
});
