import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TypingBoard } from "./typing-board";

const SIGN = {
  type: "typing",
  conversation_id: "conversation-1",
  user_id: "user-wim",
  display_name: "Wim Worker",
  seconds: 6,
} as const;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("ends a sign by itself, as a server that died says nothing more", () => {
  const board = new TypingBoard(() => undefined);
  const told = vi.fn();
  board.subscribe(told);
  board.hear(SIGN);
  vi.advanceTimersByTime(5_000);
  expect(board.nameIn("conversation-1")).toBe("Wim Worker");
  board.hear(SIGN);
  vi.advanceTimersByTime(5_999);
  expect(board.nameIn("conversation-1")).toBe("Wim Worker");
  told.mockClear();
  vi.advanceTimersByTime(1);
  expect(board.nameIn("conversation-1")).toBeUndefined();
  expect(told).toHaveBeenCalledOnce();
});
