import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makePerson, makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

it("says who may not be contacted and why, in place of the buttons", async () => {
  const robin = makePerson("Robin Hale", ["teams"]);
  const why = "Your organization does not allow messages to guests.";
  const server = new FakeServer(makeWorld(), [robin]);
  const refused = Object.fromEntries(robin.identities.map(({ id }) => [id, why]));
  server.instead.set("GET /people", [200, { people: [robin], next: null, total: 1, refused }]);
  const user = renderApp(server, "/contacts");
  const row = await screen.findByRole("listitem", { name: "Robin Hale" });
  await user.click(within(row).getByRole("button", { name: "Show more" }));
  expect(within(row).getByText(why)).toBeVisible();
  expect(within(row).queryByRole("button", { name: /Start/ })).toBeNull();
});

it("lets an admin name domains, and leaves guests out", async () => {
  const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  server.instead.set("PUT /admin/account", [200, server.world.account]);
  const user = renderApp(server, "/admin");
  const section = await screen.findByRole("region", { name: "Who may be contacted" });
  // Nothing is changed yet.
  expect(within(section).getByRole("button", { name: "Save" })).toHaveAttribute("aria-disabled", "true");
  await user.click(within(section).getByRole("radio", { name: /these domains/ }));
  expect(within(section).getByText("Name at least one domain.")).toBeVisible();
  await user.type(within(section).getByRole("textbox", { name: "Domains" }), "contoso.com fabrikam.com");
  await user.click(within(section).getByRole("checkbox", { name: "Guests too" }));
  await user.click(within(section).getByRole("button", { name: "Save" }));
  expect(server.calls.at(-1)?.body).toEqual({
    contact_policy: { domains: ["contoso.com", "fabrikam.com"], guests: false },
  });
});
