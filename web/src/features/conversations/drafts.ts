/** What is being written, per user and conversation, so that neither a reload nor another chat loses it. */
function keyOf(userId: string, conversationId: string): string {
  return `deskbridge.draft.${userId}.${conversationId}`;
}

export function readDraft(userId: string, conversationId: string): string {
  return localStorage.getItem(keyOf(userId, conversationId)) ?? "";
}

export function keepDraft(userId: string, conversationId: string, text: string): void {
  const key = keyOf(userId, conversationId);
  try {
    if (text === "") localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // The browser's storage is full or forbidden: the draft still lives as long as this page.
  }
}
