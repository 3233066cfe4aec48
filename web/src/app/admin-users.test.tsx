import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeAdminUser, makeUserPage, makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const world = makeWorld({ me: makeUser({ role: "admin" }) });
const ben = makeUser({ id: "user-ben", display_name: "Ben Carter", username: "ben" });

function server(): FakeServer {
  const there = new FakeServer(world);
  const row = makeAdminUser({ me: ben, connection: world.connection }, { has_second_factor: true });
  there.instead.set("GET /admin/users", [200, makeUserPage(row)]);
  return there;
}

it("shows the next page when asked, and has the server search", async () => {
  const there = server();
  const more = makeAdminUser({ me: makeUser({ id: "user-zoe", display_name: "Zoe Zorn", username: "zoe" }), connection: world.connection });
  const first = makeAdminUser({ me: ben, connection: world.connection });
  there.instead.set("GET /admin/users", [200, { users: [first], next: "behind-ben", total: 2 }]);
  const user = renderApp(there, "/admin");
  await screen.findByRole("row", { name: "Ben Carter" });
  there.instead.set("GET /admin/users", [200, { users: [more], next: null, total: 2 }]);
  await user.click(screen.getByRole("button", { name: "Show more" }));
  expect(await screen.findByRole("row", { name: "Zoe Zorn" })).toBeVisible();
  expect(screen.getByRole("row", { name: "Ben Carter" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();

  there.instead.set("GET /admin/users", [200, makeUserPage()]);
  await user.type(screen.getByRole("searchbox", { name: "Search users" }), "nobody");
  expect(await screen.findByText("Nobody found.")).toBeVisible();
  const asked = there.calls.filter((each) => each.path === "/admin/users").map((each) => each.query);
  expect(asked.some((each) => each.get("after") === "behind-ben")).toBe(true);
  expect(asked.at(-1)?.get("search")).toBe("nobody");
});

const steps: [item: string, path: string, answer: [number, unknown?]][] = [
  ["Reset password", "reset-password", [200, { user: ben, address: "https://x/welcome#s", expires_at: "2026-11-25T00:00:00Z" }]],
  ["Remove second factor", "remove-second-factor", [204]],
  ["Sign out everywhere", "sign-out", [200, ben]],
  ["Suspend", "suspend", [200, ben]],
];

it.each(steps)("asks before: %s", async (name, path, answer) => {
  const there = server();
  there.instead.set(`POST /admin/users/user-ben/${path}`, answer);
  const user = renderApp(there, "/admin");
  const posts = () => there.calls.filter((each) => each.method === "POST").length;
  const open = async () => {
    await user.click(await screen.findByRole("button", { name: "Actions for Ben Carter" }));
    await user.click(await screen.findByRole("menuitem", { name: `${name} …` }));
    return screen.findByRole("alertdialog");
  };
  await user.click(within(await open()).getByRole("button", { name: "Cancel" }));
  expect(posts()).toBe(0);

  await user.click(within(await open()).getByRole("button", { name }));
  expect(posts()).toBe(1);
  if (path === "reset-password") expect(await screen.findByLabelText("One-time link")).toHaveValue("https://x/welcome#s");
});

it("asks before disconnecting, and says what stays", async () => {
  const there = server();
  there.instead.set("POST /admin/users/user-ben/disconnect", [200, {}]);
  const user = renderApp(there, "/admin");
  await user.click(await screen.findByRole("button", { name: "Disconnect" }));
  const dialog = await screen.findByRole("alertdialog");
  expect(dialog).toHaveTextContent("Past conversations stay.");
  await user.click(within(dialog).getByRole("button", { name: "Disconnect" }));
  expect(there.calls.some((each) => each.path === "/admin/users/user-ben/disconnect")).toBe(true);
});
