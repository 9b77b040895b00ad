import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chips } from '../../../../firmware/kiosk/web/src/parts/chips';
import { evidenceState, lessonNow, phase } from '../../../../firmware/kiosk/web/src/parts/lesson_panel';
import { steps } from '../../../../firmware/kiosk/web/src/screens/provisioning';
import type { Lesson, Status } from '../../../../firmware/kiosk/web/src/terminal/messages';
import { speaker } from '../../../../firmware/kiosk/web/src/texts';
import { status } from './messages';

const minute = 60_000;
const say = speaker('en');
const evidence = (recorded: number, usable: number, counted = usable) => ({
  recorded_ms: recorded * minute,
  usable_ms: usable * minute,
  counted_ms: counted * minute,
  owed_ms: 20 * minute,
  faces: -1,
});

test('evidence: enough, on the way, or short while it can still be mended', () => {
  assert.equal(evidenceState(evidence(25, 20), 0), 'enough');
  assert.equal(evidenceState(evidence(13, 12), 30 * minute), 'on_the_way');
  assert.equal(evidenceState(evidence(14, 12), 30 * minute), 'short', 'two minutes were no use');
  assert.equal(evidenceState(evidence(12, 12), 8 * minute), 'on_the_way');
  assert.equal(
    evidenceState(evidence(12, 12), 8 * minute - 1),
    'short',
    'the rest of the lesson is too short',
  );
  assert.equal(evidenceState(evidence(25, 24, 14), 30 * minute), 'on_the_way', 'an hour lacks six minutes');
});

test('lesson clock: a begun minute counts; after the end people are asked to check out', () => {
  const lesson = { begin_ms: 10 * minute, end_ms: 100 * minute } as Lesson;
  assert.equal(phase(lesson, 10 * minute - 1, say), 'Begins in 1 minutes');
  assert.equal(phase(lesson, 10 * minute, say), '90 minutes left');
  assert.equal(phase(lesson, 100 * minute - 1, say), '1 minutes left');
  assert.equal(phase(lesson, 100 * minute, say), 'Over: please check out');
});

test('the lesson that is held is shown, not the one before it whose time to check out still runs', () => {
  const lesson = (begin: number, end: number) =>
    ({ begin_ms: begin * minute, end_ms: end * minute }) as Lesson;
  const [first, second] = [lesson(0, 45), lesson(55, 100)];
  assert.equal(lessonNow([first, second], 44 * minute), first);
  assert.equal(lessonNow([first, second], 50 * minute), first);
  assert.equal(lessonNow([first, second], 55 * minute), second);
  assert.equal(lessonNow([first, second], 100 * minute), first);
  assert.equal(lessonNow([], 0), undefined);
});

const withSync = (sync: Partial<Status['sync']>): Status => ({
  ...status,
  sync: { ...status.sync, ...sync },
});
const texts = (of: Status) => chips(of, say).map((chip) => chip.text);

test('offline mark: always there, with the length of the queue', () => {
  assert.deepEqual(texts(status), ['Online']);
  assert.deepEqual(texts(withSync({ queue: 4 })), ['4 to send']);
  assert.deepEqual(texts(withSync({ state: 'offline', queue: 4 })), ['Offline: 4 kept safe to send']);
  assert.deepEqual(texts(withSync({ state: 'unknown' })), ['Offline']);
  assert.deepEqual(texts(withSync({ state: 'stopped' })), ['Sync program not running']);
});

test('alarms: the gravest is shown with how many more there are, and the offline mark stays', () => {
  const many = {
    ...withSync({ state: 'offline' }),
    alarms: ['journal_refuses', 'sync_stopped'],
    devices: {
      camera: 'down',
      reader: 'down',
      classroom: 'down',
      microphone: 'down',
    } as Status['devices'],
  };
  assert.deepEqual(texts(many), ['Storage full: no punches now +3', 'Offline']);
});

test('setting up: each step is done, under way, waiting, or failed', () => {
  const none = { teacher: false, admin: false };
  const states = (of: Status, pins = none) => steps(of, pins).map(([, state]) => state);
  const fresh = (sync: Partial<Status['sync']>) => ({ ...withSync(sync), roster_as_of_ms: 0 });
  assert.deepEqual(states(fresh({ state: 'unknown' })), ['now', 'waiting', 'waiting', 'waiting', 'waiting']);
  assert.deepEqual(states(fresh({ state: 'claiming', error_zh: '连不上' })), [
    'failed',
    'waiting',
    'waiting',
    'waiting',
    'waiting',
  ]);
  assert.deepEqual(states(fresh({ state: 'waiting_approval' })), [
    'done',
    'now',
    'waiting',
    'waiting',
    'waiting',
  ]);
  const approved: Status = { ...fresh({ state: 'online' }), first_pins: ['admin', 'teacher'] };
  assert.deepEqual(states(approved), ['done', 'done', 'done', 'now', 'now']);
  const received: Status = { ...withSync({ state: 'online' }), first_pins: ['teacher'] };
  assert.deepEqual(states(received, { teacher: false, admin: true }), [
    'done',
    'done',
    'done',
    'done',
    'now',
  ]);
  assert.deepEqual(states(approved, { teacher: true, admin: true }).at(-1), 'done');
});
