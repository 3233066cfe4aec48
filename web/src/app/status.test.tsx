import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

it("does not let one's own status pass for what others see while the connection is away", async () => {
  const server = new FakeServer(makeWorld());
  renderApp(server);
  const panel = await screen.findByRole("navigation", { name: "Control Panel" });
  const dot = panel.querySelector("[data-status]");
  expect(dot).toHaveAttribute("data-status", "available");

  server.isAway = true;
  server.socket.end();
  expect(await screen.findByText("Available, as last known")).toBeVisible();
  expect(dot).toHaveAttribute("data-status", "unknown");

  server.isAway = false;
  expect(await screen.findByText(/^Available · /)).toBeVisible();
  expect(dot).toHaveAttribute("data-status", "available");
});
