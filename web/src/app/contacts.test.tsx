import { act, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makePerson, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const named = (number: number) => makePerson(`Person ${String(number).padStart(4, "0")}`);

function asked(server: FakeServer): string[] {
  return server.calls.filter(({ path }) => path === "/people").map(({ query }) => query.get("after") ?? "first");
}

describe("a long list of Contacts", () => {
  it("fetches again only what is on screen when the directory changes", async () => {
    const server = new FakeServer(
      makeWorld(),
      Array.from({ length: 900 }, (_, index) => named(index)),
    );
    renderApp(server, "/contacts");
    const list = await screen.findByRole("list", { name: "Contacts" });
    await expect.poll(() => asked(server)).toEqual(["first", "200", "400"]);

    server.people = [makePerson("Aaron New"), ...server.people];
    server.calls.length = 0;
    act(() => server.sockets.at(-1)?.tell({ type: "directory_changed" }));

    expect(await within(list).findByText("Aaron New")).toBeVisible();
    expect(await screen.findByText("901 people")).toBeVisible();
    expect(asked(server)).toEqual(["first"]);
  });
});
