const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const shortWeekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const dayMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const fullDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const DAY_MS = 86_400_000;

/** "14:02" */
export function timeOfDay(moment: string): string {
  return time.format(new Date(moment));
}

/** "22 Nov 2026, 14:02" */
export function dateAndTime(moment: string): string {
  return dateTime.format(new Date(moment));
}

/** "Today", "Yesterday", "Thursday" within the last week, then the whole date. */
export function dayInWords(moment: string, now: Date = new Date()): string {
  const days = daysBefore(moment, now);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return days > 1 && days < 7 ? weekday.format(new Date(moment)) : fullDay.format(new Date(moment));
}

/** As short as a list needs it: "14:02", "Thu", "3 Nov", "3 Nov 2025". */
export function briefly(moment: string, now: Date = new Date()): string {
  const days = daysBefore(moment, now);
  const at = new Date(moment);
  if (days <= 0) return time.format(at);
  if (days < 7) return shortWeekday.format(at);
  return at.getFullYear() === now.getFullYear() ? dayMonth.format(at) : date.format(at);
}

export function isSameDay(a: string, b: string): boolean {
  return startOfDay(new Date(a)) === startOfDay(new Date(b));
}

/** "0 min", "12 min", "3 h 05 min", "2 d 3 h": time spent in a status. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${String(minutes)} min`;
  if (hours < 24) return `${String(hours)} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${String(Math.floor(hours / 24))} d ${String(hours % 24)} h`;
}

/** Rounded, because a day on which clocks change has 23 or 25 hours. */
function daysBefore(moment: string, now: Date): number {
  return Math.round((startOfDay(now) - startOfDay(new Date(moment))) / DAY_MS);
}

function startOfDay(day: Date): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}

/** The moment at which a day begins here, or the one after it. */
export function beginOfDay(day: string, later = 0): string | undefined {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined || year < 1970 || year > 2200) return undefined;
  return new Date(year, month - 1, date + later).toISOString();
}
