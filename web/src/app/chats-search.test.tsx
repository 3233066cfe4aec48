import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { beginOfDay } from "../wording/moments";
import { CHAT, serverWith } from "../testing/chat";
import { renderApp } from "../testing/render-app";

it("searches one's messages with somebody and between days, both included, until that is cleared", async () => {
  const server = serverWith();
  const robin = server.world.conversations[0]?.person.id;
  server.instead.set("GET /messages/search", [200, { hits: [], next: null }]);
  const user = renderApp(server, "/");
  const search = within(await screen.findByRole("search", { name: "Messages" }));
  const asked = () => Object.fromEntries(server.calls.filter(({ path }) => path === "/messages/search").at(-1)?.query ?? []);

  await user.click(search.getByRole("button", { name: "Filters" }));
  await user.click(search.getByRole("combobox", { name: "With" }));
  await user.click(await screen.findByRole("option", { name: "Robin Hale" }));
  await expect.poll(asked).toEqual({ q: "", person_id: robin });
  await user.type(search.getByLabelText("From"), "2026-11-20");
  await user.type(search.getByLabelText("To"), "2026-11-21");
  await expect
    .poll(asked)
    .toEqual({ q: "", person_id: robin, since: beginOfDay("2026-11-20"), until: beginOfDay("2026-11-22") });
  expect(search.getByRole("button", { name: "Filters (in use)" })).toBeVisible();

  await user.click(search.getByRole("button", { name: "Clear search" }));
  expect(await search.findByRole("link", { name: /^Robin Hale/ })).toHaveAttribute("href", CHAT);
  expect(search.getByLabelText("From")).toHaveValue("");
});
