import { expect, test } from "vitest";
import { hasRoomFor, isPicture, whyNotAttached, whyTooMuch } from "./picture-kinds";
import { withPictures } from "./written";

const MEGABYTE = 1024 * 1024;

test("first bytes say what is a picture, whatever its name says", async () => {
  const webp = [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x45, 0x42, 0x50];
  for (const bytes of [[0x89, 0x50, 0x4e, 0x47], [0xff, 0xd8, 0xff], [0x47, 0x49, 0x46, 0x38], webp]) {
    expect(await isPicture(new Blob([new Uint8Array(bytes)]))).toBe(true);
  }
  for (const words of ["", "<svg onload='alert(1)'/>", "%PDF-1.7"]) {
    expect(await isPicture(new File([words], "a.png", { type: "image/png" }))).toBe(false);
  }
});

test("what is too large says how large it is, alone and together", () => {
  expect(whyNotAttached({ size: 25 * MEGABYTE }, 25)).toBeNull();
  expect(whyNotAttached({ size: 26 * MEGABYTE }, 25)).toContain("It has 26.0 MB; a file can have at most 25 MB");
  expect(whyNotAttached({ size: 0 }, 25)).toContain("empty");
  // What the pictures of a message have no room for goes as a file.
  const half = { kind: "picture" as const, size: 2 * MEGABYTE, problem: null };
  expect(hasRoomFor(half.size, [half])).toBe(true);
  expect(hasRoomFor(half.size, [half, { ...half, problem: "It is not sent." }, { ...half, kind: "file" }])).toBe(true);
  expect(hasRoomFor(half.size, [half, half])).toBe(false);
});

test("files that Teams does not get are said before they are sent", () => {
  const file = { kind: "file" as const, size: 1, problem: null };
  expect(whyTooMuch([file], false)).toBeUndefined();
  expect(whyTooMuch([file], true)).toContain("switched off");
  expect(whyTooMuch([{ ...file, problem: "This file is empty." }], true)).toBeUndefined();
  expect(whyTooMuch(Array.from({ length: 11 }, () => file), false)).toContain("These are 11 files");
});

test("pictures stand below the words, and no name is markup", () => {
  const picture = { address: "/api/v1/conversations/c/images/p", name: 'a "b" & c.png' };
  expect(withPictures({ text: "Two\nlines", html: null }, [picture])).toEqual({
    text: 'Two\nlines\na "b" & c.png',
    html: '<p>Two</p><p>lines</p><p><img src="/api/v1/conversations/c/images/p" alt="a &quot;b&quot; &amp; c.png"></p>',
  });
  expect(withPictures({ text: "", html: null }, [picture]).html).toMatch(/^<p><img/);
  expect(withPictures({ text: "Words", html: null }, [])).toEqual({ text: "Words", html: null });
  expect(withPictures({ text: "", html: null }, [{ address: null, name: "a.pdf" }])).toEqual({ text: "", html: null });
});
