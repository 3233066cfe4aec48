const SHORTEST = 8;

/** What is wrong with a password that was chosen and typed a second time, in words. */
export function troubleWith(chosen: string, confirmed: string): string | undefined {
  if (chosen.length < SHORTEST) return `Choose a password of at least ${String(SHORTEST)} characters.`;
  return chosen === confirmed ? undefined : "The passwords do not match.";
}

/** What was typed into a field of that name. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
