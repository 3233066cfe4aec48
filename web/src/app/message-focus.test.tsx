import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeMessage } from "../testing/builders";
import { CHAT, serverWith } from "../testing/chat";
import { renderApp } from "../testing/render-app";

const own = { person_id: "person-anne", user_id: "user-anne", display_name: "Anne", platform: "contact_center" as const };

async function button(name: string): Promise<HTMLElement> {
  return screen.findByRole("button", { name });
}

it("goes on at the message that was changed, deleted and brought back, with the keyboard alone", async () => {
  const message = makeMessage({ text: "Helo", author: own });
  const server = serverWith(message);
  const place = `/conversations/conversation-1/messages/${message.id}`;
  const user = renderApp(server, CHAT);

  (await button("Edit")).focus();
  await user.keyboard("{Enter}");
  const box = screen.getByRole("textbox", { name: "Edit the message" });
  await expect.poll(() => document.activeElement).toBe(box);
  await user.keyboard("{Escape}");
  expect(await button("Edit")).toHaveFocus();

  (await button("Delete")).focus();
  await user.keyboard("{Enter}");
  const undo = await button("Undo");
  await expect.poll(() => document.activeElement).toBe(undo);

  server.instead.set(`POST ${place}/restore`, [200, { ...message, revision: 9 }]);
  await user.keyboard("{Enter}");
  await expect.poll(() => document.activeElement?.getAttribute("aria-label")).toBe("Edit");
});

it("leaves whoever writes where they are when somebody else deletes a message", async () => {
  const message = makeMessage({ text: "Hello" });
  const server = serverWith(message);
  renderApp(server, CHAT);
  const box = await screen.findByRole("textbox", { name: "Type a message" });
  await screen.findByText("Hello", { selector: "p" });
  box.focus();

  const deleted = { ...message, revision: 9, html: "", text: "", deleted_at: "2026-11-22T14:05:00Z" };
  server.happen({ type: "message_changed", message: deleted });

  expect(await screen.findByText(/^Deleted/)).toBeVisible();
  expect(box).toHaveFocus();
});

it("makes web addresses in plain words links, without what ends the sentence", async () => {
  const text = "See https://contoso.example/a?b=c(d), or (http://fabrikam.example). Not javascript:alert(1)";
  renderApp(serverWith(makeMessage({ text, html: "" })), CHAT);

  const links = [await screen.findByRole("link", { name: /contoso/ }), screen.getByRole("link", { name: /fabrikam/ })];
  expect(links.map((each) => each.getAttribute("href"))).toEqual([
    "https://contoso.example/a?b=c(d",
    "http://fabrikam.example",
  ]);
  expect(links.map((each) => each.getAttribute("rel"))).toEqual(["noopener noreferrer", "noopener noreferrer"]);
  expect(links[0]?.parentElement).toHaveTextContent(text);
});
