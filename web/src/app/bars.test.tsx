import { screen } from "@testing-library/react";
import { expect, it, onTestFinished } from "vitest";
import { makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";
import { NARROW } from "./places";

const AWAY = /^Reconnecting…/;
const LOST = "Microsoft Teams is disconnected.";

/** As on a telephone. */
function beNarrow(): void {
  const asWide = globalThis.matchMedia;
  globalThis.matchMedia = (query) => Object.assign(asWide(query), { matches: query === NARROW });
  onTestFinished(() => {
    globalThis.matchMedia = asWide;
  });
}

it.each([
  ["narrow", "/"],
  ["narrow", "/contacts"],
  ["narrow", "/admin"],
  ["wide", "/"],
  ["wide", "/contacts"],
])("says once that a connection is away, on a %s page at %s", async (width, address) => {
  if (width === "narrow") beNarrow();
  const { me, connection } = makeWorld();
  const lost = { ...connection, state: "lost" } as const;
  const server = new FakeServer(makeWorld({ me: { ...me, role: "admin" }, connection: lost }));
  renderApp(server, address);
  const bars = await screen.findAllByText(LOST);
  server.isAway = true;
  server.socket.end();
  bars.push(...(await screen.findAllByText(AWAY)));

  expect(bars).toHaveLength(2);
  // With the chats alone on the page, the main area is not shown.
  const isMainHidden = width === "narrow" && address === "/";
  for (const bar of bars) expect(bar.closest("main") === null).toBe(isMainHidden);
});
