// The terminal's clock in Asia/Shanghai (UTC+8, no summer time), whatever the browser thinks.
const offsetMs = 8 * 3_600_000;
const two = (n: number): string => String(n).padStart(2, '0');

export function timeOfDay(wallMs: number, seconds = false): string {
  const t = new Date(wallMs + offsetMs);
  const short = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
  return seconds ? `${short}:${two(t.getUTCSeconds())}` : short;
}

/** As 2026-11-28. */
export function day(wallMs: number): string {
  return new Date(wallMs + offsetMs).toISOString().slice(0, 10);
}

/** As 11-28: of this course nobody needs the year. */
export function monthAndDay(wallMs: number): string {
  return day(wallMs).slice(5);
}

/** "4:05" of 245 s, rounded up so that it never says 0:00 while there is something left. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}
