import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeConversation, makePerson, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";
import { tellApart } from "../wording/namesakes";

it("tells people of one name apart, in the list and in the chat, and leaves the others as they are", async () => {
  const billing = makePerson("Robin Hale", ["teams"], { job_title: "Billing specialist", department: "Finance" });
  const sales = makePerson("robin hale", ["teams"], { job_title: "Billing specialist", department: "Sales" });
  const ben = makePerson("Ben Okafor", ["teams"], { department: "Sales" });
  const chats = [billing, sales, ben].map((person, at) => makeConversation({ id: `chat-${String(at)}`, person }));
  const user = renderApp(new FakeServer(makeWorld({ conversations: chats })), "/");
  const list = within(await screen.findByRole("list", { name: "Chats" }));
  expect(list.getByRole("link", { name: /^Robin Hale\s*Finance/ })).toBeVisible();
  expect(list.getByRole("link", { name: /^Ben Okafor/ })).not.toHaveTextContent("Sales");

  await user.click(list.getByRole("link", { name: /^robin hale\s*Sales/ }));
  const header = (await screen.findByRole("heading", { name: "robin hale" })).closest("header");
  expect(header).toHaveTextContent("Sales");
});

it("takes the first way to put it that tells all apart", () => {
  const all = [
    { id: "a", name: "Ada", title: "Agent", address: "a@x" },
    { id: "b", name: "Ada", title: "", address: "b@x" },
    { id: "c", name: "Ben", title: "Agent", address: "c@x" },
  ];
  const apart = tellApart(all, ({ name }) => name, [({ title }) => title, ({ address }) => address]);
  expect([...apart]).toEqual([
    ["a", "a@x"],
    ["b", "b@x"],
  ]);
});
