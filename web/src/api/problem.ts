/** The server said no, in a sentence for people; `code` is for programs. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Nobody answered: the network, or the server, is away. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";

  constructor(cause: unknown) {
    super("Deskbridge cannot be reached. Check your network connection and try again.", { cause });
  }
}

/** The sentence to show for any error; the server's own sentences are shown as they are. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ProblemError || error instanceof NetworkError) return error.message;
  return "Something went wrong in this page. Reload it; if it happens again, tell your administrator.";
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 401;
}

/** What was asked for is not there, or not for whoever asked: asking again finds nothing either. */
export function isMissing(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 404;
}

/** The organization wants a second factor of whoever asked, and they have none yet. */
export function lacksFactor(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "second_factor_required";
}

/** Whether the same request can succeed later without anybody changing anything. */
export function isPassing(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  return error instanceof ProblemError && (error.status >= 500 || [401, 408, 425, 429].includes(error.status));
}
