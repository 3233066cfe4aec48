/** For those whose name another has too, the first of these ways to put it that tells all of that name apart; where none
 * does, the last. */
export function tellApart<T extends { id: string }>(
  all: readonly T[],
  nameOf: (each: T) => string,
  ways: readonly ((each: T) => string)[],
): Map<string, string> {
  const byName = new Map<string, T[]>();
  for (const each of all) {
    const name = nameOf(each).trim().toLocaleLowerCase();
    byName.set(name, [...(byName.get(name) ?? []), each]);
  }
  const apart = new Map<string, string>();
  for (const namesakes of byName.values()) {
    if (namesakes.length === 1) continue;
    const way = ways.find((said) => areDistinct(namesakes.map(said))) ?? ways.at(-1);
    for (const each of namesakes) apart.set(each.id, way?.(each) ?? "");
  }
  return apart;
}

function areDistinct(words: string[]): boolean {
  return !words.includes("") && new Set(words).size === words.length;
}
