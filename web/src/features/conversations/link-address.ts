/** What somebody typed as an address on the web or of an e-mail, whole; null where it is neither. */
export function addressIn(typed: string): string | null {
  const bare = typed.trim();
  if (bare === "" || /\s/.test(bare)) return null;
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(bare)) return `mailto:${bare}`;
  const whole = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(bare) ? bare : `https://${bare}`;
  try {
    const { protocol, hostname, href } = new URL(whole);
    if (protocol === "mailto:") return href;
    const isOnTheWeb = (protocol === "https:" || protocol === "http:") && /[.:]|^localhost$/.test(hostname);
    return isOnTheWeb ? href : null;
  } catch {
    return null;
  }
}
