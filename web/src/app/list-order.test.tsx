import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const alphabets = [
  { locale: "en", language: "English, and every language without letters of its own" },
  { locale: "sv", language: "Swedish" },
];

function served(): FakeServer {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  server.instead.set("GET /admin/list-order", [200, { locale: "en", is_sorting: false, alphabets }]);
  return server;
}

it("lets an admin choose by whose alphabet Contacts are sorted", async () => {
  const server = served();
  server.instead.set("PUT /admin/list-order", [200, { locale: "sv", is_sorting: true, alphabets }]);
  const user = renderApp(server, "/admin");
  const section = await screen.findByRole("region", { name: "Order of Contacts" });
  const choice = await within(section).findByRole("combobox", { name: "Alphabet" });
  await expect.poll(() => choice.textContent).toMatch(/^English/);
  await user.click(choice);
  await user.click(await screen.findByRole("option", { name: "Swedish" }));
  expect(await within(section).findByText("People are being put in their new places.")).toBeVisible();
  expect(server.calls.find(({ method }) => method === "PUT")?.body).toEqual({ locale: "sv" });
  expect(choice).toHaveTextContent("Swedish");
});

it("says why another order was not taken", async () => {
  const server = served();
  const problem = { code: "database_unavailable", message: "The database does not answer. Try again in a moment." };
  server.instead.set("PUT /admin/list-order", [503, problem]);
  const user = renderApp(server, "/admin");
  const section = await screen.findByRole("region", { name: "Order of Contacts" });
  await user.click(await within(section).findByRole("combobox", { name: "Alphabet" }));
  await user.click(await screen.findByRole("option", { name: "Swedish" }));
  expect(await screen.findByText(problem.message)).toBeInTheDocument();
});
