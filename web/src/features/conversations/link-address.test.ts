import { describe, expect, it } from "vitest";
import { addressIn } from "./link-address";

describe("addressIn", () => {
  it.each([
    ["example.com/page?q=1", "https://example.com/page?q=1"],
    [" http://example.com ", "http://example.com/"],
    ["intranet.local:8080/x", "https://intranet.local:8080/x"],
    ["robin@contoso.example", "mailto:robin@contoso.example"],
    ["mailto:robin@contoso.example", "mailto:robin@contoso.example"],
  ])("makes %s whole", (typed, whole) => {
    expect(addressIn(typed)).toBe(whole);
  });

  it.each(["", "word", "two words", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://"])(
    "takes %j for no address",
    (typed) => {
      expect(addressIn(typed)).toBeNull();
    },
  );
});
