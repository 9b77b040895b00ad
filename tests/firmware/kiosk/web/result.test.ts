import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hoursText, punchesText } from '../../../../firmware/kiosk/web/src/parts/result_panel';
import type { Direction } from '../../../../firmware/kiosk/web/src/terminal/messages';
import { speaker } from '../../../../firmware/kiosk/web/src/texts';

const say = speaker('en');
const minute = 60_000;
const eight = Date.UTC(2026, 10, 28, 0, 0);
const punches = (...directions: Direction[]) =>
  directions.map((direction, i) => ({ direction, wall_ms: eight + i * minute }));

test('of the punches of a lesson those are told that open or close something, and the newest', () => {
  assert.equal(punchesText(punches('check_in', 'check_out'), say), 'in 08:00 · out 08:01');
  assert.equal(punchesText(punches('check_in', 'moment', 'moment'), say), 'in 08:00 · noted 08:02');
});

test('of too many punches the first and the newest are told', () => {
  const many = punches('check_in', 'check_out', 'check_in', 'moment', 'check_out', 'moment');
  assert.equal(punchesText(many, say), 'in 08:00 · … · noted 08:05');
});

test('hours are those that the registry counted, with the own punches since, and how many those are at least', () => {
  const hours = { proved: 12, possible: 14, filed: 40, as_of_ms: eight, punches_since: 3, more_since: false };
  assert.equal(hoursText(hours, say), '12 class hours of 40 (as of 11-28) · punches since then: 3');
  assert.equal(
    hoursText({ ...hours, punches_since: 64, more_since: true }, speaker('zh-CN')),
    '累计学时 12，共 40 (截至 11-28) · 此后打卡 64+ 次',
  );
  assert.equal(hoursText({ ...hours, punches_since: 0 }, say), '12 class hours of 40 (as of 11-28)');
});
