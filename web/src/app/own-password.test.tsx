import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

it("asks for the current password and for the new one twice, and sends nothing that does not match", async () => {
  const server = new FakeServer(makeWorld());
  const refused = { code: "wrong_own_password", message: "That is not your password. Try again." };
  server.instead.set("POST /me/password", [403, refused]);
  const user = renderApp(server, "/profile/settings");
  const form = within(await screen.findByRole("region", { name: "Password" }));
  await user.type(form.getByLabelText("Current password"), "Desk-demo-1");
  await user.type(form.getByLabelText("New password"), "correct horse");
  await user.type(form.getByLabelText("Confirm new password"), "correct hose");
  await user.click(form.getByRole("button", { name: "Change password" }));
  expect(await form.findByText("The passwords do not match.")).toBeVisible();
  expect(server.calls.some(({ path }) => path === "/me/password")).toBe(false);

  await user.clear(form.getByLabelText("Confirm new password"));
  await user.type(form.getByLabelText("Confirm new password"), "correct horse");
  await user.click(form.getByRole("button", { name: "Change password" }));
  expect(await form.findByText(refused.message)).toBeVisible();
  expect(server.calls.find(({ path }) => path === "/me/password")?.body).toEqual({
    password: "Desk-demo-1",
    new_password: "correct horse",
  });
});
