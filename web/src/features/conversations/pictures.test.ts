import { expect, test } from "vitest";
import { isPicture, whyNotAttached, whyTooMuch } from "./picture-kinds";
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
  expect(whyNotAttached({ size: 4 * MEGABYTE })).toBeNull();
  expect(whyNotAttached({ size: 5 * MEGABYTE })).toContain("It has 5.0 MB");
  expect(whyNotAttached({ size: 0 })).toContain("empty");
  const half = { size: 2 * MEGABYTE, problem: null };
  expect(whyTooMuch([half, half])).toBeUndefined();
  expect(whyTooMuch([half, half, { ...half, problem: "It is not sent." }])).toBeUndefined();
  expect(whyTooMuch([half, half, half])).toContain("6.0 MB together");
});

test("pictures stand below the words, and no name is markup", () => {
  const picture = { address: "/api/v1/conversations/c/images/p", name: 'a "b" & c.png' };
  expect(withPictures({ text: "Two\nlines", html: null }, [picture])).toEqual({
    text: 'Two\nlines\na "b" & c.png',
    html: '<p>Two</p><p>lines</p><p><img src="/api/v1/conversations/c/images/p" alt="a &quot;b&quot; &amp; c.png"></p>',
  });
  expect(withPictures({ text: "", html: null }, [picture]).html).toMatch(/^<p><img/);
  expect(withPictures({ text: "Words", html: null }, [])).toEqual({ text: "Words", html: null });
});
