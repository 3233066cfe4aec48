import { cleanup, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { onTestFinished } from "vitest";
import { App } from "../app/app";
import type { FakeServer } from "./fake-server";

/** The whole application at an address, with the server at the border. */
export function renderApp(server: FakeServer, address = "/") {
  const giveBack = server.install();
  globalThis.history.replaceState(null, "", address);
  render(<App />);
  onTestFinished(() => {
    cleanup();
    giveBack();
    localStorage.clear();
    sessionStorage.clear();
  });
  return userEvent.setup();
}
