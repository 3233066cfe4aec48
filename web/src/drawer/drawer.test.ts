import { beforeEach, describe, expect, it, vi } from "vitest";
import { Drawer } from "./drawer";

const KEY = btoa("k".repeat(32));
const OTHER = btoa("o".repeat(32));

const open = (user = "anne", key = KEY) => new Drawer(localStorage, user, key);
const names = () => Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
const everything = () => names().map((name) => `${name} ${localStorage.getItem(name) ?? ""}`).join("\n");

beforeEach(() => {
  localStorage.clear();
});

describe("Drawer", () => {
  it("keeps what was written, over a reload, and shows none of it to whoever looks into the storage", () => {
    open().put("draft", "conversation-7", "<p>Grüße, Robin 👋</p>");
    open().put("attached", "conversation-7", "invoice.pdf");

    for (const told of ["Robin", "invoice", "conversation-7", KEY]) {
      expect(everything()).not.toContain(told);
      expect(everything()).not.toContain(btoa(told).slice(0, 8));
    }
    expect(open().get("draft", "conversation-7")).toBe("<p>Grüße, Robin 👋</p>");
    expect(open().all("attached")).toEqual([["conversation-7", "invoice.pdf"]]);

    open().remove("draft", "conversation-7");
    open().remove("attached", "conversation-7");
    expect(localStorage).toHaveLength(0);
  });

  it("seals the same text differently each time, and not again while it stays", () => {
    const drawer = open();
    drawer.put("draft", "c", "words");
    const first = everything();
    drawer.put("draft", "c", "words");
    expect(everything()).toBe(first);

    drawer.put("draft", "c", "other words");
    drawer.put("draft", "c", "words");
    expect(everything()).not.toBe(first);
  });

  it("opens and counts nothing of another user, and loses nothing of theirs", () => {
    open("anne").put("draft", "c", "hers");
    const bens = open("ben", OTHER);

    expect([bens.get("draft", "c"), bens.all("draft"), bens.countClosed()]).toEqual([null, [], 0]);
    bens.put("draft", "c", "his");
    bens.removeClosed();
    bens.remove("draft", "c");
    expect(open("anne").get("draft", "c")).toBe("hers");
  });

  it.each([
    ["changed by somebody", (name: string) => localStorage.setItem(name, btoa(`${atob(localStorage.getItem(name) ?? "").slice(0, -1)}!`))],
    ["no such thing", (name: string) => localStorage.setItem(name, "not base64!")],
    ["cut off", (name: string) => localStorage.setItem(name, "AAAA")],
    ["put into another place", (name: string) => {
      localStorage.setItem(name.replace(".draft.", ".outbox."), localStorage.getItem(name) ?? "");
      localStorage.removeItem(name);
    }],
  ])("says of what is %s that it cannot be opened, and goes on", (_, spoil) => {
    open().put("draft", "c", "words");
    spoil(names()[0] ?? "");
    const drawer = open();

    expect([drawer.all("draft"), drawer.all("outbox"), drawer.countClosed()]).toEqual([[], [], 1]);
    drawer.put("draft", "d", "more words");
    expect(drawer.get("draft", "d")).toBe("more words");
    drawer.removeClosed();
    expect([drawer.countClosed(), drawer.get("draft", "d")]).toEqual([0, "more words"]);
    expect(localStorage).toHaveLength(1);
  });

  it("leaves what another key sealed where it is", () => {
    open("anne", KEY).put("draft", "c", "words");
    expect([open("anne", OTHER).get("draft", "c"), open("anne", OTHER).countClosed()]).toEqual([null, 1]);
    expect(open("anne", KEY).get("draft", "c")).toBe("words");
  });

  it("seals with the new key what was open when the server gave another one", () => {
    const drawer = open("anne", KEY);
    drawer.put("draft", "c", "words");
    drawer.put("outbox", "m", "{}");
    const told = vi.fn();
    drawer.subscribe(told);
    drawer.changeKey(OTHER);

    expect(told).toHaveBeenCalled();
    const after = open("anne", OTHER);
    expect([after.get("draft", "c"), after.get("outbox", "m"), after.countClosed()]).toEqual(["words", "{}", 0]);
    expect(localStorage).toHaveLength(2);
  });

  it("keeps what the browser does not take as long as the page lives, and says that it ends with it", () => {
    const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    const drawer = open();
    drawer.put("draft", "c", "words");
    expect([open().get("draft", "c"), open().all("draft"), drawer.isLasting()]).toEqual(["words", [["c", "words"]], false]);
    expect(open("ben", OTHER).isLasting()).toBe(true);

    full.mockRestore();
    drawer.put("draft", "c", "more words");
    expect([drawer.isLasting(), localStorage.length]).toEqual([true, 1]);
    drawer.remove("draft", "c");
  });

  it("seals what an earlier version kept of its user, in clear text", () => {
    localStorage.setItem("deskbridge.draft.anne.c", "<p>old words</p>");
    localStorage.setItem("deskbridge.outbox.anne.m", '{"text":"old words"}');
    localStorage.setItem("deskbridge.draft.ben.c", "his");

    const drawer = open();
    expect([drawer.get("draft", "c"), drawer.get("outbox", "m")]).toEqual(["<p>old words</p>", '{"text":"old words"}']);
    expect(everything()).not.toContain("old words");
    expect(open("ben", OTHER).get("draft", "c")).toBe("his");
  });
});
