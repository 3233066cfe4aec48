import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

it("leads to each section of the admin page, also those who use the keyboard", async () => {
  const user = renderApp(new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) })), "/admin");
  const links = await screen.findByRole("navigation", { name: "On this page" });
  const headings = screen.getAllByRole("heading", { level: 2 });
  for (const link of within(links).getAllByRole("link")) {
    expect(headings.map(({ id }) => `#${id}`)).toContain(link.getAttribute("href"));
  }
  await user.click(within(links).getByRole("link", { name: "Audit log" }));
  expect(screen.getByRole("heading", { name: "Audit log" })).toHaveFocus();
});
