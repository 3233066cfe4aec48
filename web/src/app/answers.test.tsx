import { act, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { holdAnswers } from "../testing/hold";
import { renderApp } from "../testing/render-app";

describe("an answer that is older than what was told meanwhile", () => {
  it("does not bring back a former status", async () => {
    const server = new FakeServer();
    const user = renderApp(server);
    await user.click(await screen.findByRole("button", { name: "Change status" }));
    const answer = holdAnswers("/me/status");
    await user.click(await screen.findByRole("menuitemradio", { name: "On Break" }));
    await expect.poll(answer.asked).toBe(1);

    act(() => {
      server.happen({ type: "me_changed", me: { ...server.world.me, status: "Busy" } });
    });
    expect(await screen.findByText(/^Busy ·/)).toBeVisible();
    answer.release();
    // What is asked for next is answered later.
    await user.click(await screen.findByRole("button", { name: "Change status" }));

    expect(await screen.findByRole("menuitemradio", { name: "Busy" })).toHaveAttribute("aria-checked", "true");
    expect(screen.getByText(/^Busy ·/)).toBeVisible();
  });

  it("is followed by the chats as the switch is, told before or after", async () => {
    const server = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
    const off = { ...server.world.account, teams_chat_enabled: false };
    server.instead.set("PUT /admin/account", [200, off]);
    const user = renderApp(server, "/admin");
    const section = await screen.findByRole("region", { name: "Chat with Microsoft Teams" });
    const turn = within(section).getByRole("switch");
    const fetched = () => server.calls.filter(({ path }) => path === "/workspace").length;
    await user.click(turn);
    await expect.poll(() => (turn as HTMLInputElement).checked).toBe(false);
    const before = fetched();

    server.world = { ...server.world, account: off };
    act(() => {
      server.happen({ type: "account_changed", account: off });
    });

    await expect.poll(fetched).toBe(before + 1);
    const { version } = server.world;
    await expect.poll(() => server.socket.said.findLast(({ type }) => type === "hello")).toEqual({ type: "hello", version });
  });
});

it("shows the sign-in page only once the session's cookie is gone", async () => {
  const server = new FakeServer();
  const user = renderApp(server);
  await user.click(await screen.findByRole("button", { name: "Change status" }));
  const answer = holdAnswers("/session");
  await user.click(await screen.findByRole("menuitem", { name: "Log out" }));
  await expect.poll(answer.asked).toBe(1);
  const looked = () => server.calls.filter(({ path }) => path === "/workspace").length;
  const before = looked();
  act(() => {
    server.socket.end(4401);
  });
  // Answered after whatever is asked for now.
  await act(async () => {
    await fetch("http://localhost/api/v1/people");
  });

  expect(looked()).toBe(before);
  expect(screen.queryByLabelText("Username")).toBeNull();
  answer.release();
  expect(await screen.findByLabelText("Username")).toBeVisible();
});
