import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initial, reduce } from '../../../../firmware/kiosk/web/src/state';
import { commonEnd, inTurn, shownOf, turnMs } from '../../../../firmware/kiosk/web/src/parts/call_turns';
import { promptsOf } from '../../../../firmware/kiosk/web/src/parts/prompts';
import type { Called } from '../../../../firmware/kiosk/web/src/terminal/messages';
import { guidance, hello, status } from './messages';

const people = (n: number, state: Called['state'] = 'called', first = 1): Called[] =>
  Array.from({ length: n }, (_, i) => ({
    name: '王*',
    number: String(first + i).padStart(2, '0'),
    until_ms: status.wall_ms + 120_000,
    state,
  }));
const numbers = (shown: Called[]) => shown.map((one) => one.number);

test('of twenty people who are called each is shown within half a minute, six at a time, for eight seconds', () => {
  const twenty = people(20);
  const seen = new Set<string>();
  for (let now = 0; now < 4 * turnMs; now += 500) {
    const shown = shownOf(twenty, 6, now);
    assert.equal(shown.length, 6);
    assert.deepEqual(shown, shownOf(twenty, 6, Math.floor(now / turnMs) * turnMs), 'they stand for a turn');
    numbers(shown).forEach((number) => seen.add(number));
  }
  assert.equal(seen.size, 20);
  assert.deepEqual(numbers(shownOf(twenty, 6, turnMs)), ['07', '08', '09', '10', '11', '12']);
  assert.deepEqual(shownOf(twenty, 6, 4 * turnMs), shownOf(twenty, 6, 0));
});

test('a few who are called stand still, and what came of the others has the rest of the rows by turns', () => {
  const four = people(4);
  const mixed = [...four, ...people(5, 'not_seen', 11)];
  assert.deepEqual(numbers(shownOf(mixed, 6, 0)), ['01', '02', '03', '04', '11', '12']);
  assert.deepEqual(numbers(shownOf(mixed, 6, turnMs)), ['01', '02', '03', '04', '13', '14']);
  assert.deepEqual(numbers(shownOf(mixed, 6, 2 * turnMs)), ['01', '02', '03', '04', '14', '15']);
  assert.deepEqual(shownOf(four, 6, 0), shownOf(four, 6, turnMs));
  assert.deepEqual(inTurn([], 6, 3), []);
});

test('whoever has another time to come has a countdown of their own', () => {
  const [first, second] = people(2);
  assert.equal(commonEnd([first!, second!]), first!.until_ms);
  assert.equal(commonEnd([first!, { ...second!, until_ms: 1 }]), null);
  assert.equal(commonEnd([]), null);
});

test('of twenty people who are called the number of each is spoken before two minutes are over', () => {
  const asked = people(20);
  const messages = [hello, { ...status, asked }, guidance];
  const state = messages.reduce((before, message) => reduce(before, { type: 'message', message, nowMs: 0 }), {
    ...initial,
    connected: true,
  });
  const spoken = new Set<string>();
  let turn = -1;
  let saidMs = -Infinity;
  for (let now = 0; now < 90_000; now += 250) {
    const said = promptsOf(state, now)!;
    if (said.turn !== turn) {
      assert.ok(turn < 0 || now - saidMs >= 5_000, 'nobody is cut off');
      [turn, saidMs] = [said.turn, now];
      const digits = said.words.slice(1).map((word) => word.replace('digit_', ''));
      assert.equal(digits.length, 6, 'three numbers');
      [0, 2, 4].forEach((at) => spoken.add(digits[at]! + digits[at + 1]!));
    }
  }
  assert.equal(spoken.size, 20);
});
