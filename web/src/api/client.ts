import createClient from "openapi-fetch";
import { newId } from "../wording/identifiers";
import { NetworkError, ProblemError } from "./problem";
import { fetchProved } from "./proof";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Typed by the server's own OpenAPI; `fetch` is looked up at each call so that tests can stand at the border. */
export const api = createClient<paths>({
  baseUrl: globalThis.location.origin,
  credentials: "same-origin",
  fetch: fetchProved,
});

// Its id in the browser, in our logs and at Microsoft is one and the same.
api.use({
  onRequest: ({ request }) => {
    request.headers.set("X-Request-Id", newId());
  },
});

/** The body of an answer, or the error it stands for. */
export async function answerOf<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw new NetworkError(cause);
  });
  if (response.ok) return data as T;
  throw problemFrom(error, response.status);
}

export function problemFrom(body: unknown, status: number): Error {
  if (typeof body === "object" && body !== null && "code" in body && "message" in body) {
    return new ProblemError(String(body.code), String(body.message), status);
  }
  // A proxy's own page in place of our answer: the product behind it is away.
  if (status >= 502) return new NetworkError(status);
  return new ProblemError("unexpected", `Deskbridge gave an unexpected answer (${String(status)}). Try again.`, status);
}
