const KEY = "deskbridge.connect-prompt-answered";

export function isPromptAnswered(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}

export function rememberPromptAnswered(): void {
  sessionStorage.setItem(KEY, "yes");
}

/** At each sign-in the question may be asked once more. */
export function forgetPromptAnswered(): void {
  sessionStorage.removeItem(KEY);
}
