type Ask = () => Promise<boolean>;

let asker: Ask | undefined;
let pending: Promise<boolean> | undefined;

/** Who asks people to prove once more who they are; returns what ends it. */
export function onProofNeeded(ask: Ask): () => void {
  asker = ask;
  return () => {
    if (asker === ask) asker = undefined;
  };
}

/** Whether they did; however many requests need it at once, they are asked once. */
export function askForProof(): Promise<boolean> {
  pending ??= (asker?.() ?? Promise.resolve(false)).finally(() => {
    pending = undefined;
  });
  return pending;
}

/** `fetch`; what was refused because the last proof is too old is asked again after the next one. */
export async function fetchProved(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await globalThis.fetch(request);
  if (response.status !== 403) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const isNeeded =
    typeof body === "object" && body !== null && "code" in body && body.code === "reauthentication_required";
  return isNeeded && (await askForProof()) ? globalThis.fetch(again) : response;
}
