import type { Called } from '../terminal/messages';

/** A row of names is read in this time also by old eyes; then the next ones have their turn. */
export const turnMs = 8_000;

/** `most` of the items; with each turn the next ones, so that everybody is among them within a round. */
export function inTurn<T>(items: T[], most: number, turn: number): T[] {
  if (items.length <= most) {
    return items;
  }
  const turns = Math.ceil(items.length / most);
  const first = Math.min((turn % turns) * most, items.length - most);
  return items.slice(first, first + most);
}

/** Who is shown of `people`: those who are called by turns, and beside them what came of the others. */
export function shownOf(people: Called[], most: number, nowMs: number): Called[] {
  const turn = Math.floor(nowMs / turnMs);
  const called = people.filter((one) => one.state === 'called');
  const ended = people.filter((one) => one.state !== 'called');
  const shown = inTurn(called, most, turn);
  const free = most - shown.length;
  return free === 0 ? shown : [...shown, ...inTurn(ended, free, turn)];
}

/** When the call ends for all of them; null: each has an end of their own. */
export function commonEnd(called: Called[]): number | null {
  const ends = new Set(called.map((one) => one.until_ms));
  return ends.size === 1 ? called[0]!.until_ms : null;
}
