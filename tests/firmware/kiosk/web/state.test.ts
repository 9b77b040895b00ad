import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as page from '../../../../firmware/kiosk/web/src/state';
import { promptsOf } from '../../../../firmware/kiosk/web/src/parts/prompts';
import { spoken } from '../../../../firmware/kiosk/web/src/parts/spoken';
import type { Message } from '../../../../firmware/kiosk/web/src/terminal/messages';
import { guidance, hello, recorded, refused, status } from './messages';

const { reduce } = page;
const heard = (state: page.State, message: Message, nowMs = 0) =>
  reduce(state, { type: 'message', message, nowMs });
const connected = [hello, status, guidance].reduce((state, message) => heard(state, message), {
  ...page.initial,
  connected: true,
});

test('a result stands six seconds, a refusal four', () => {
  let state = heard(connected, recorded, 1000);
  state = reduce(state, { type: 'tick', nowMs: 1000 + page.recordedMs - 1 });
  assert.equal(state.shown?.result.seq, 1);
  state = reduce(state, { type: 'tick', nowMs: 1000 + page.recordedMs });
  assert.equal(state.shown, null);

  state = heard(connected, refused, 1000);
  assert.equal(reduce(state, { type: 'tick', nowMs: 1000 + page.refusedMs }).shown, null);
});

test("nobody's result is pushed away before it could be seen, and none is left out", () => {
  let state = heard(connected, recorded, 0);
  state = heard(state, { ...recorded, seq: 3 }, 100);
  state = heard(state, { ...recorded, seq: 4 }, 200);
  assert.equal(state.shown?.result.seq, 1);
  state = reduce(state, { type: 'tick', nowMs: page.leastMs });
  assert.equal(state.shown?.result.seq, 3);
  state = reduce(state, { type: 'tick', nowMs: 2 * page.leastMs });
  assert.equal(state.shown?.result.seq, 4);
});

const withReceipt = reduce(heard(connected, recorded, 0), { type: 'receipt', open: true, nowMs: 10 });

test("an open receipt stands longer, and the next person's result closes it", () => {
  let state = withReceipt;
  state = reduce(state, { type: 'tick', nowMs: page.recordedMs + 1 });
  assert.equal(state.receipt, true);
  state = heard(state, { ...recorded, seq: 9, name: '李*', number: '13' }, page.recordedMs + 2);
  assert.equal(state.shown?.result.seq, 9);
  assert.equal(state.receipt, false);
});

test('whoever scans the receipt does not close it by being seen again, or not recognised behind the telephone', () => {
  let state = heard(withReceipt, { ...recorded, seq: 9, direction: 'moment' }, 12_000);
  state = heard(state, { ...refused, seq: 10, advice: 'finger' }, 15_000);
  assert.equal(state.shown?.result.seq, 1);
  assert.equal(state.receipt, true);
  assert.equal(state.way, 'finger');
  assert.deepEqual(state.coming, []);
});

test('whoever is recognised while they read the help sees it', () => {
  for (const screen of ['help', 'settings'] as const) {
    const state = reduce(connected, { type: 'screen', screen, nowMs: 0 });
    assert.equal(heard(state, refused).screen, screen);
    assert.equal(heard(state, recorded).screen, 'checkin');
  }
  const staff = reduce(connected, { type: 'screen', screen: 'staff', nowMs: 0 });
  assert.equal(heard(staff, recorded).screen, 'staff');
});

test("somebody else's result leaves the claim and the chosen name standing, the own one ends it", () => {
  const claim = reduce(connected, { type: 'screen', screen: 'claim', nowMs: 0 });
  const standing = heard(claim, recorded, 1_000);
  assert.equal(standing.screen, 'claim', 'nobody is chosen yet');
  assert.equal(standing.shown?.result.seq, recorded.seq, 'it is told there');
  const who = { person: 'p-7', number: '12', name: '王*明', class_name: '' }; // in another class, by the same name and number
  const chosen = reduce(claim, { type: 'claimant', who, nowMs: 2_000 });
  assert.deepEqual(heard(chosen, recorded, 3_000).claimant, who);
  assert.equal(heard(chosen, recorded, 3_000).screen, 'claim');
  const own = heard(chosen, { ...recorded, person: 'p-7' }, 3_000);
  assert.equal(own.screen, 'checkin');
  assert.equal(own.claimant, null);
  const typed = reduce(claim, {
    type: 'claimant',
    who: { person: '', number: '12', name: '', class_name: '' },
    nowMs: 2_000,
  });
  assert.equal(heard(typed, { ...recorded, number: '13' }, 3_000).screen, 'claim');
  assert.equal(heard(typed, recorded, 3_000).screen, 'checkin');
});

test('a chosen name is forgotten with the claim', () => {
  const who = { person: 'p-7', number: '07', name: '李*', class_name: '' };
  let state = reduce(connected, { type: 'screen', screen: 'claim', nowMs: 0 });
  state = reduce(state, { type: 'claimant', who, nowMs: 0 });
  assert.equal(reduce(state, { type: 'tick', nowMs: page.idleMs }).claimant, null);
  assert.equal(reduce(state, { type: 'screen', screen: 'checkin', nowMs: 1 }).claimant, null);
  assert.equal(reduce(state, { type: 'connected', yes: false }).claimant, null);
});

test('results and calls are spoken also while somebody is at the staff pages, guidance is not', () => {
  const staff = reduce(connected, { type: 'screen', screen: 'staff', nowMs: 0 });
  assert.deepEqual(promptsOf(heard(staff, recorded), 0)?.words, ['check_in']);
  assert.equal(promptsOf(heard(staff, { ...guidance, code: 'come_closer' }), 0), null);
  const asked = [{ name: '', number: '7', until_ms: status.wall_ms + 9_000, state: 'called' as const }];
  assert.deepEqual(promptsOf(heard(staff, { ...status, asked }), 0)?.words, ['call', 'digit_7']);
});

test('a claim that was taken ends the way to it: the next person comes straight', () => {
  const state = heard(connected, { ...refused, advice: 'claim' }, 0);
  assert.equal(reduce(state, { type: 'claimed' }).way, 'straight');
});

test('two refusals lead to the finger, then to the claim; a punch or a minute ends that', () => {
  let state = heard(connected, refused, 0);
  assert.equal(state.way, 'straight');
  state = heard(state, { ...refused, advice: 'finger' }, 5_000);
  assert.equal(state.way, 'finger');
  state = heard(state, { ...refused, advice: 'claim' }, 9_000);
  assert.equal(state.way, 'claim');
  assert.equal(heard(state, recorded, 10_000).way, 'straight');
  assert.equal(reduce(state, { type: 'tick', nowMs: 9_000 + page.wayMs }).way, 'straight');
});

test('language and screen are the first ones again when nobody touches them', () => {
  let state = reduce(connected, { type: 'language', language: 'ko', nowMs: 0 });
  state = reduce(state, { type: 'screen', screen: 'help', nowMs: 1_000 });
  state = reduce(state, { type: 'touch', nowMs: 40_000 });
  state = reduce(state, { type: 'tick', nowMs: 40_000 + page.idleMs - 1 });
  assert.equal(page.language(state), 'ko');
  assert.equal(state.screen, 'help');
  state = reduce(state, { type: 'tick', nowMs: 40_000 + page.idleMs });
  assert.equal(page.language(state), 'zh-CN');
  assert.equal(state.screen, 'checkin');
});

test('whoever switches spoken prompts off does so for themselves: they are on again for the next one', () => {
  let state = reduce(reduce(connected, { type: 'touch', nowMs: 0 }), { type: 'sound', on: false });
  state = reduce(state, { type: 'tick', nowMs: page.idleMs - 1 });
  assert.equal(state.sound, false);
  state = reduce(state, { type: 'tick', nowMs: page.idleMs });
  assert.equal(state.sound, true);
});

test('only the terminal ends a login; a forgotten PIN pad closes by itself', () => {
  let state = reduce(connected, { type: 'screen', screen: 'staff', nowMs: 0 });
  const late = { type: 'tick', nowMs: page.idleMs } as const;
  assert.equal(reduce(state, late).screen, 'checkin');
  state = heard(state, { type: 'session', role: 'teacher', reason: 'login' });
  assert.equal(reduce(state, late).screen, 'staff');
  state = heard(state, { type: 'session', role: 'trainee', reason: 'idle' });
  assert.equal(state.screen, 'checkin');
  assert.equal(state.idleLogout, true);
});

test('the end of the connection ends the login with it', () => {
  let state = heard(connected, {
    type: 'session',
    role: 'admin',
    reason: 'login',
  });
  state = reduce({ ...state, screen: 'staff' }, { type: 'connected', yes: false });
  assert.equal(state.role, 'trainee');
  assert.equal(state.screen, 'checkin');
});

test('the clock is the terminal’s own and goes on between its messages; an unset one is none', () => {
  const state = heard(connected, { ...status, wall_ms: 50_000 }, 1_000);
  assert.equal(page.wallMs(state, 3_500), 52_500);
  assert.equal(page.wallMs(heard(state, { ...status, clock: 'unset' }, 4_000), 5_000), null);
});

test('a language that the terminal does not offer is not chosen', () => {
  const state = heard(connected, { ...hello, languages: ['ko', 'xx'] });
  assert.deepEqual(page.languages(state), ['ko']);
  assert.equal(page.language(reduce(state, { type: 'language', language: 'en', nowMs: 0 })), 'ko');
});

test('without a reader nobody is asked for a finger at first', () => {
  assert.equal(page.guidanceCode(connected), 'ready');
  const without = {
    ...status,
    devices: { ...status.devices, reader: 'none' as const },
  };
  assert.equal(page.guidanceCode(heard(connected, without)), 'ready_face');
});

test('where no face is recognised nobody is asked to look into the camera at first', () => {
  const blind = { ...status, alarms: ['no_face_recognition'] };
  assert.equal(page.guidanceCode(heard(connected, blind)), 'ready_finger');
});

test('a terminal without a roster shows how far its setting up is, until staff log in', () => {
  const fresh = heard(connected, { ...status, roster_as_of_ms: 0 });
  assert.equal(page.provisioning(fresh), true);
  assert.equal(page.provisioning(connected), false);
  assert.equal(page.provisioning(reduce(fresh, { type: 'screen', screen: 'staff', nowMs: 0 })), false);
});

const words = (state: page.State, nowMs = 0) => promptsOf(state, nowMs)?.words.join(' ') ?? null;

test('a result is said once, and what it left as guidance is not said again', () => {
  const state = heard(connected, recorded);
  assert.equal(words(state), 'check_in');
  const after = {
    ...state,
    shown: null,
    guidance: { ...guidance, code: 'recorded' },
  };
  assert.equal(words(after), null);
  assert.equal(words({ ...after, guidance: { ...guidance, code: 'come_closer' } }), 'come_closer');
});

test('a refusal is said with its reason, then with what to do instead', () => {
  const refusedFor = (reason: string, advice: 'retry' | 'finger' | 'claim') =>
    words(heard(connected, { ...refused, reason, advice }));
  assert.equal(refusedFor('unknown_person', 'retry'), 'unknown_person');
  assert.equal(refusedFor('unknown_person', 'finger'), 'unknown_person finger_please');
  assert.equal(refusedFor('no_match_finger', 'claim'), 'unknown_finger press_button');
  const codes = ['ambiguous', 'poor_quality', 'no_second_factor', 'active_check_failed'];
  codes.forEach((code) => assert.equal(refusedFor(code, 'retry'), code));
  assert.equal(refusedFor('something_new', 'claim'), 'press_button');
});

test('every way to turn the head is said, at the screen and while a face is enrolled', () => {
  for (const code of ['look_left', 'look_right', 'look_up', 'look_down', 'face_the_camera']) {
    assert.equal(spoken(`guidance.${code}`), code);
  }
});

test('a new connection does not turn on spoken prompts that were turned off', () => {
  const off = reduce(connected, { type: 'sound', on: false });
  assert.equal(heard(off, hello).sound, false);
});

test('whoever is called hears the own number, again every half minute, and no longer once they came', () => {
  const asked = (state: 'called' | 'present' | 'not_seen') => ({
    ...status,
    wall_ms: 60_000_000,
    asked: [{ name: '王*', number: 'B-07', until_ms: 60_120_000, state }],
  });
  const called = heard(connected, asked('called'));
  assert.equal(words(called), 'call digit_0 digit_7');
  const turn = (nowMs: number) => promptsOf(called, nowMs)?.turn;
  assert.equal(turn(0), turn(29_999));
  assert.notEqual(turn(0), turn(30_000));
  assert.equal(words({ ...called, guidance: { ...guidance, code: 'come_closer' } }), 'come_closer');
  assert.equal(words(heard(connected, asked('present'))), null);
  assert.equal(
    words(heard(called, { ...recorded, direction: 'moment', reverification: true })),
    'reverified',
  );
});
