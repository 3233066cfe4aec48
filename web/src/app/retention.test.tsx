import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeConversation, makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

it("says in the conversation what was deleted and why", async () => {
  const told = { deleted_before: "2026-02-01T00:00:00Z", deleted_after_days: 30 };
  const conversation = { ...makeConversation(), ...told };
  renderApp(new FakeServer(makeWorld({ conversations: [conversation] })), `/chats/${conversation.id}`);
  expect(await screen.findByText(/^Messages before .*1.*2026 were deleted after 30 days\.$/)).toBeVisible();
  expect(screen.queryByText("No messages yet")).toBeNull();
});

it("asks an admin before messages are deleted that were kept so far", async () => {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  server.instead.set("PUT /admin/account", [200, { ...server.world.account, keep_messages_days: 90 }]);
  const user = renderApp(server, "/admin");
  const section = await screen.findByRole("region", { name: "How long messages are kept" });
  // Nothing is changed yet.
  expect(within(section).getByRole("button", { name: "Save" })).toHaveAttribute("aria-disabled", "true");
  await user.click(within(section).getByRole("radio", { name: "For a number of days" }));
  const days = within(section).getByRole("spinbutton", { name: "Days" });
  await user.clear(days);
  expect(within(section).getByText("Enter a number from 1 to 36,500.")).toBeVisible();
  await user.type(days, "90");
  await user.click(within(section).getByRole("button", { name: "Save" }));
  const dialog = await screen.findByRole("alertdialog", { name: "Delete messages that are older than 90 days?" });
  expect(server.calls.some((call) => call.method === "PUT")).toBe(false);
  await user.click(within(dialog).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText("Saved. It holds from now on.")).toBeVisible();
  expect(server.calls.findLast((call) => call.method === "PUT")?.body).toEqual({ keep_messages_days: 90 });
});
