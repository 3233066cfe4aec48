import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const NONE = { issuer: null, client_id: null, is_required: false, redirect_uri: "https://desk.example/callback" };
const KNOWN = { ...NONE, issuer: "https://login.example/v2.0", client_id: "desk" };

async function section(known: object) {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  server.instead.set("GET /admin/single-sign-on", [200, known]);
  const user = renderApp(server, "/admin");
  const found = within(await screen.findByRole("region", { name: "Single sign-on" }));
  return { server, user, found, save: await found.findByRole("button", { name: "Save" }) };
}

it("offers to save single sign-on only once something is changed and complete", async () => {
  const { server, user, found, save } = await section(KNOWN);
  expect(save).toHaveAttribute("aria-disabled", "true");

  await user.click(found.getByRole("checkbox", { name: /^Required/ }));
  expect(found.getByText("Enter it again to save what you changed.")).toBeVisible();
  await user.click(save);
  expect(server.calls.some(({ method }) => method === "PUT")).toBe(false);

  server.instead.set("PUT /admin/single-sign-on", [200, { ...KNOWN, is_required: true }]);
  await user.type(found.getByLabelText("Client secret"), "only once");
  server.instead.set("GET /admin/single-sign-on", [200, { ...KNOWN, is_required: true }]);
  await user.click(save);

  expect(await screen.findByText("Single sign-on is set up.")).toBeVisible();
  expect(server.calls.find(({ method }) => method === "PUT")?.body).toEqual({
    ...{ issuer: KNOWN.issuer, client_id: "desk", client_secret: "only once", is_required: true },
  });
  // It is the same button, where whoever works with the keyboard still is.
  await waitFor(() => {
    expect(save).toHaveAttribute("aria-disabled", "true");
  });
  expect(save).toHaveFocus();
  expect(found.getByLabelText("Client secret")).toHaveValue("");
});

it("asks before single sign-on is switched off, as its secret is gone then", async () => {
  const { server, user, found } = await section(KNOWN);
  server.instead.set("DELETE /admin/single-sign-on", [204]);

  await user.click(found.getByRole("button", { name: "Switch off" }));
  const dialog = await screen.findByRole("alertdialog", { name: "Switch single sign-on off?" });
  expect(server.calls.some(({ method }) => method === "DELETE")).toBe(false);
  server.instead.set("GET /admin/single-sign-on", [200, NONE]);
  await user.click(within(dialog).getByRole("button", { name: "Switch off" }));

  expect(await screen.findByText("Single sign-on is off.")).toBeVisible();
  await waitFor(() => {
    expect(found.queryByRole("button", { name: "Switch off" })).toBeNull();
  });
});
