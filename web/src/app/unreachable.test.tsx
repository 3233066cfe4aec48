import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeConversation, makePerson, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

it("sends nothing where no account can be reached, says so, and keeps what is written", async () => {
  const robin = makePerson("Robin Hale", ["contact_center"]);
  const server = new FakeServer(makeWorld({ conversations: [makeConversation({ person: robin, reaches: [] })] }));
  const user = renderApp(server, "/chats/conversation-1");
  const box = await screen.findByRole("textbox", { name: "Type a message" });
  await user.type(box, "Are you there?");

  expect(box).toHaveAccessibleDescription("No account of Robin Hale can be reached at the moment; nothing can be sent here.");
  const send = screen.getByRole("button", { name: "Send" });
  expect(send).toHaveAttribute("aria-disabled", "true");
  await user.click(send);
  expect(box).toHaveTextContent("Are you there?");
  expect(server.calls.filter(({ method, path }) => method === "POST" && path.endsWith("/messages"))).toEqual([]);
});
