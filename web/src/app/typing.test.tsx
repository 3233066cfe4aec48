import { act, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeConversation, makeMessage, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const SIGN = {
  type: "typing",
  conversation_id: "conversation-1",
  user_id: "user-wim",
  display_name: "Wim Worker",
  seconds: 6,
} as const;

async function open(): Promise<{ server: FakeServer; user: ReturnType<typeof renderApp> }> {
  const server = new FakeServer(makeWorld({ conversations: [makeConversation()] }));
  const user = renderApp(server, "/chats/conversation-1");
  await screen.findByRole("textbox", { name: "Type a message" });
  await waitFor(() => {
    expect(server.socket.said.some((each) => each.type === "watch")).toBe(true);
  });
  return { server, user };
}

it("says who is typing until what they wrote is there, and says it aloud once", async () => {
  const { server } = await open();
  const aloud = () => screen.getAllByRole("status").filter((each) => each.textContent === "Wim Worker is typing");
  act(() => {
    server.socket.tell(SIGN);
  });
  expect(await screen.findByText("Wim Worker")).toBeVisible();
  expect(aloud()).toHaveLength(1);
  act(() => {
    server.socket.tell({ type: "event", version: "e0.9", event: { type: "message_changed", message: makeMessage() } });
  });
  await waitFor(() => {
    expect(screen.queryByText("Wim Worker")).toBeNull();
  });
  act(() => {
    server.socket.tell(SIGN);
  });
  expect(await screen.findByText("Wim Worker")).toBeVisible();
  expect(aloud()).toHaveLength(0);
});

it("tells the others that one writes, now and then", async () => {
  const { server, user } = await open();
  await user.type(screen.getByRole("textbox", { name: "Type a message" }), "Hello there");
  expect(server.socket.said.filter((each) => each.type === "typing")).toEqual([
    { type: "typing", conversation_id: "conversation-1" },
  ]);
});
