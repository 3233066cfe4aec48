import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeConversation, makeWorld, NOW } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";
import { dateAndTime } from "../wording/moments";

it("says up to when a chat is complete: at its head while the connection is lost, else to whoever asks", async () => {
  const connected = makeWorld({ conversations: [makeConversation({ reaches: ["teams"] })] });
  const server = new FakeServer(connected);
  renderApp(server, "/chats/conversation-1");
  const reaches = await screen.findByRole("note");
  reaches.focus();
  expect(reaches).toHaveFocus();
  expect(reaches).toHaveAccessibleDescription(new RegExp(`complete up to ${dateAndTime(NOW)}`));
  expect(screen.queryByText(/^Complete up to/)).toBeNull();

  server.happen({ type: "connection_changed", connection: { ...connected.connection, state: "lost" } });
  expect(await screen.findByText(`Complete up to ${dateAndTime(NOW)}`)).toBeVisible();
});
