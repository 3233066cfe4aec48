import { describe, expect, it } from "vitest";
import { standing } from "./row-window";

describe("where the rows of the list stand", () => {
  it("is one below the other", () => {
    const rows = standing(60, new Map());
    expect([rows.start(0), rows.start(7)]).toEqual([0, 420]);
    expect([rows.at(0), rows.at(59), rows.at(60)]).toEqual([0, 0, 1]);
  });

  it("makes room for those that are open", () => {
    const rows = standing(
      60,
      new Map([
        [5, 40],
        [2, 100],
      ]),
    );
    expect([2, 3, 5, 6, 9].map(rows.start)).toEqual([120, 280, 400, 500, 680]);
    for (let index = 0; index < 10; index++) {
      expect(rows.at(rows.start(index))).toBe(index);
      expect(rows.at(rows.start(index + 1) - 1)).toBe(index);
    }
  });
});
