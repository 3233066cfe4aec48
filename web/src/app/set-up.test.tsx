import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

function empty(): FakeServer {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  server.isSignedIn = false;
  server.instead.set("GET /set-up", [200, { is_needed: true }]);
  return server;
}

it("leads whoever opens a new installation to its set-up, and says what is missing there", async () => {
  const server = empty();
  const user = renderApp(server, "/set-up#ABCD-EFGH");
  expect(await screen.findByLabelText("One-time code")).toHaveValue("ABCD-EFGH");

  await user.click(screen.getByRole("button", { name: "Set up" }));
  expect(await screen.findByText("Fill in every field.")).toBeVisible();
  expect(server.calls.some((each) => each.method === "POST")).toBe(false);
});

it("shows the sentence of the server when the code is wrong", async () => {
  const server = empty();
  server.instead.set("POST /set-up", [403, { code: "wrong_setup_code", message: "That code is wrong or too old." }]);
  const user = renderApp(server, "/");
  await user.type(await screen.findByLabelText("One-time code"), "WRONG");
  for (const name of ["Organization", "Your name", "Username", "E-mail address", "Password", "Confirm password"]) {
    await user.type(screen.getByLabelText(name), "something");
  }
  await user.click(screen.getByRole("button", { name: "Set up" }));

  expect(await screen.findByText("That code is wrong or too old.")).toBeVisible();
});
