/** Scripts whose names are shown by one sign: their words have no initials that people would read so. */
const ONE_SIGN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Thai}]/u;

/** One or two signs that stand for a name in any script: "RH", "山". What stands in brackets is no name. */
export function initialsOf(name: string): string {
  const words = name
    .replace(/\(.*?\)/g, " ")
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+/u, ""))
    .filter((word) => word !== "");
  const [first] = words;
  if (first === undefined) return "";
  const last = words.at(-1) ?? first;
  if (ONE_SIGN.test(first) || words.length === 1) return firstSign(first);
  return firstSign(first) + firstSign(last);
}

function firstSign(word: string): string {
  return (Array.from(word)[0] ?? "").toLocaleUpperCase();
}
