import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { makeAdminUser, makeUserPage, makeUser, makeWorld } from "../testing/builders";
import { FakeServer } from "../testing/fake-server";
import { renderApp } from "../testing/render-app";

const ben = makeUser({ id: "user-ben", display_name: "Ben Carter", username: "ben" });
const SUSPEND = "POST /admin/users/user-ben/suspend";
const NEEDED: [number, unknown] = [
  403,
  { code: "reauthentication_required", message: "Prove that it is you: enter your password once more, then try again." },
];

function server(ways: string[]): FakeServer {
  const there = new FakeServer(makeWorld({ me: makeUser({ role: "admin" }) }));
  there.instead.set("GET /admin/users", [200, makeUserPage(makeAdminUser({ me: ben, connection: there.world.connection }))]);
  there.instead.set("GET /session/proof", [200, { good_until: "2026-03-02T09:00:00Z", is_good: false, ways }]);
  there.instead.set(SUSPEND, NEEDED);
  return there;
}

async function suspend(user: ReturnType<typeof renderApp>) {
  await user.click(await screen.findByRole("button", { name: "Actions for Ben Carter" }));
  await user.click(await screen.findByRole("menuitem", { name: "Suspend …" }));
  await user.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Suspend" }));
  return screen.findByRole("alertdialog", { name: "Is it still you?" });
}

const count = (there: FakeServer, path: string) => there.calls.filter((each) => `${each.method} ${each.path}` === path).length;

it("asks who is there, and goes on with what was begun", async () => {
  const there = server(["password"]);
  const user = renderApp(there, "/admin");
  const dialog = await suspend(user);
  const wrong = { code: "wrong_own_password", message: "That is not your password. Try again." };
  there.instead.set("POST /session/proof", [403, wrong]);
  await user.type(within(dialog).getByLabelText("Your password"), "guess");
  await user.click(within(dialog).getByRole("button", { name: "Go on" }));
  expect(await within(dialog).findByText(wrong.message)).toBeVisible();
  expect(count(there, SUSPEND)).toBe(1);

  there.instead.set("POST /session/proof", [204]);
  there.instead.set(SUSPEND, [200, ben]);
  await user.click(within(dialog).getByRole("button", { name: "Go on" }));
  expect(await screen.findByText("Ben Carter is suspended.")).toBeVisible();
  expect(count(there, SUSPEND)).toBe(2);
  expect(screen.queryByRole("alertdialog")).toBeNull();
});

it("changes nothing when that is cancelled, and takes a code as well", async () => {
  const there = server(["code", "password"]);
  const user = renderApp(there, "/admin");
  const dialog = await suspend(user);
  expect(within(dialog).getByLabelText("A code of your authenticator app")).toBeVisible();
  await user.click(within(dialog).getByRole("button", { name: "Your password instead" }));
  expect(within(dialog).getByLabelText("Your password")).toBeVisible();
  await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
  expect(await screen.findByText("Nothing was changed.")).toBeVisible();
  expect(count(there, SUSPEND)).toBe(1);
});

it("asks before another Microsoft tenant is taken, and what was typed is kept", async () => {
  const there = server(["password"]);
  const microsoft = {
    tenant_id: null,
    redirect_uri: "",
    webhook: "",
    delegated_permissions: [],
    application_permissions: [],
    settings: [],
  };
  there.instead.set("GET /admin/microsoft", [200, microsoft]);
  there.instead.set("GET /admin/checks", [200, []]);
  there.instead.set("PUT /admin/microsoft", NEEDED);
  there.instead.set("POST /session/proof", [204]);
  const user = renderApp(there, "/admin/set-up");
  const tenant_id = "99999999-8888-7777-6666-555555555555";
  await user.type(await screen.findByLabelText("Directory (tenant) ID"), tenant_id);
  await user.click(screen.getByRole("button", { name: "Save" }));
  const dialog = await screen.findByRole("alertdialog", { name: "Is it still you?" });
  there.instead.set("PUT /admin/microsoft", [200, { ...microsoft, tenant_id }]);
  await user.type(within(dialog).getByLabelText("Your password"), "secret");
  await user.click(within(dialog).getByRole("button", { name: "Go on" }));
  expect(await screen.findByText("The tenant is saved.")).toBeVisible();
  const sent = there.calls.filter((each) => each.method === "PUT" && each.path === "/admin/microsoft");
  expect(sent.map((each) => each.body)).toEqual([{ tenant_id }, { tenant_id }]);
});

it("notices by itself that somebody has signed in at the provider", async () => {
  const there = server(["single_sign_on"]);
  const user = renderApp(there, "/admin");
  const dialog = await suspend(user);
  expect(within(dialog).getByRole("button", { name: "Sign in once more" })).toBeVisible();
  there.instead.set("GET /session/proof", [200, { good_until: "", is_good: true, ways: ["single_sign_on"] }]);
  there.instead.set(SUSPEND, [200, ben]);
  expect(await screen.findByText("Ben Carter is suspended.", undefined, { timeout: 5_000 })).toBeVisible();
});

it("leads whoever lacks a second factor to setting one up", async () => {
  const there = new FakeServer();
  const lacks = { code: "second_factor_required", message: "Your organization asks for a second factor." };
  there.instead.set("GET /workspace", [403, lacks]);
  there.instead.set("POST /me/second-factor", [201, { secret: "ABC", address: "otpauth:", picture: "data:," }]);
  there.instead.set("POST /me/second-factor/confirm", [200, { codes: ["aaaa-bbbb"] }]);
  const user = renderApp(there);
  await user.type(await screen.findByLabelText("Your password, to begin"), "secret");
  await user.click(screen.getByRole("button", { name: "Set up" }));
  await user.type(await screen.findByLabelText("The code that the app shows"), "123456");
  await user.click(screen.getByRole("button", { name: "Confirm" }));
  expect(await screen.findByText("aaaa-bbbb")).toBeVisible();
  there.instead.delete("GET /workspace");
  await user.click(screen.getByRole("button", { name: "I have kept them" }));
  expect(await screen.findByRole("heading", { name: "Deskbridge" })).toBeVisible();
});

it("asks an admin before everybody has to have one", async () => {
  const there = server(["password"]);
  there.instead.set("PUT /admin/account", [200, { ...there.world.account, second_factor_required: true }]);
  const user = renderApp(there, "/admin");
  const section = await screen.findByRole("region", { name: "Second factor" });
  expect(await within(section).findByText(/1 user has none yet/)).toBeVisible();
  await user.click(within(section).getByRole("switch", { name: "Required" }));
  expect(count(there, "PUT /admin/account")).toBe(0);
  const dialog = await screen.findByRole("alertdialog", { name: "Ask everybody for a second factor?" });
  await user.click(within(dialog).getByRole("button", { name: "Require it" }));
  expect(await within(section).findByText(/sets one up before anything else/)).toBeVisible();
});
