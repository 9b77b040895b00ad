import { isLanguage, type Language } from './texts';
import type {
  Called,
  Guidance,
  Hello,
  Message,
  Recorded,
  Result,
  Role,
  Sound,
  Status,
} from './terminal/messages';

export type Screen = 'checkin' | 'help' | 'claim' | 'settings' | 'staff';
export type Way = 'straight' | 'finger' | 'claim';
export interface Shown {
  result: Result;
  sinceMs: number;
}

/** Whose name was touched at the claim; `person` is empty where only a number was typed. */
export interface Claimant {
  person: string;
  number: string;
  name: string; // as the terminal masks it
  class_name: string; // empty: there is no other
}

export interface State {
  connected: boolean;
  locked: boolean; // in the local network: nobody has logged in
  hello: Hello | null;
  status: Status | null;
  statusAtMs: number; // on the page's own steady clock, as are all times but wall_ms
  guidance: Guidance | null;
  sounded: Sound | null; // of the microphone, while an admin looks
  shown: Shown | null;
  coming: Result[];
  way: Way;
  wayAtMs: number;
  role: Role;
  idleLogout: boolean;
  chosenLanguage: Language | null;
  screen: Screen;
  claimant: Claimant | null; // while the claim is the screen
  receipt: boolean; // the QR of the shown result is open
  sound: boolean;
  touchedAtMs: number;
}

export type Action =
  | { type: 'message'; message: Message; nowMs: number }
  | { type: 'connected'; yes: boolean }
  | { type: 'locked'; yes: boolean }
  | { type: 'tick'; nowMs: number }
  | { type: 'touch'; nowMs: number }
  | { type: 'screen'; screen: Screen; nowMs: number }
  | { type: 'language'; language: Language; nowMs: number }
  | { type: 'receipt'; open: boolean; nowMs: number }
  | { type: 'claimant'; who: Claimant | null; nowMs: number }
  | { type: 'claimed' }
  | { type: 'sound'; on: boolean };

// How long things stand. A result is read in two seconds by most, by the slow in six.
export const recordedMs = 6_000;
export const refusedMs = 4_000;
export const leastMs = 1_500; // the next person's result does not push this one away sooner
export const receiptMs = 30_000;
export const wayMs = 60_000; // as the terminal counts its refusals
export const idleMs = 45_000; // then language, screen and sound are the first ones again

export const initial: State = {
  connected: false,
  locked: false,
  hello: null,
  status: null,
  statusAtMs: 0,
  guidance: null,
  sounded: null,
  shown: null,
  coming: [],
  way: 'straight',
  wayAtMs: 0,
  role: 'trainee',
  idleLogout: false,
  chosenLanguage: null,
  screen: 'checkin',
  claimant: null,
  receipt: false,
  sound: true,
  touchedAtMs: 0,
};

export function reduce(state: State, action: Action): State {
  const next = change(state, action);
  return next.claimant !== null && next.screen !== 'claim' ? { ...next, claimant: null } : next;
}

function change(state: State, action: Action): State {
  switch (action.type) {
    case 'message':
      return take(state, action.message, action.nowMs);
    case 'connected':
      // The end of a connection ends the login with it.
      return action.yes
        ? { ...state, connected: true }
        : { ...state, connected: false, guidance: null, sounded: null, role: 'trainee', screen: 'checkin' };
    case 'locked':
      return { ...state, locked: action.yes };
    case 'tick':
      return pass(state, action.nowMs);
    case 'touch':
      return { ...state, touchedAtMs: action.nowMs, idleLogout: false };
    case 'screen':
      return { ...state, screen: action.screen, touchedAtMs: action.nowMs, idleLogout: false };
    case 'language':
      return { ...state, chosenLanguage: action.language, touchedAtMs: action.nowMs };
    case 'receipt':
      return { ...state, receipt: action.open, touchedAtMs: action.nowMs };
    case 'claimant':
      return { ...state, claimant: action.who, touchedAtMs: action.nowMs };
    case 'claimed':
      return { ...state, way: 'straight' };
    case 'sound':
      return { ...state, sound: action.on };
  }
}

function take(state: State, message: Message, nowMs: number): State {
  switch (message.type) {
    case 'hello':
      return { ...state, hello: message };
    case 'status':
      return { ...state, status: message, statusAtMs: nowMs };
    case 'guidance':
      return { ...state, guidance: message };
    case 'sound':
      return { ...state, sounded: message };
    case 'result':
      return showNext(
        {
          ...state,
          ...wayAfter(message, nowMs),
          screen: screenAfter(message, state),
          coming: [...state.coming, message],
        },
        nowMs,
      );
    case 'session':
      return {
        ...state,
        role: message.role,
        idleLogout: message.reason === 'idle',
        screen: message.role === 'trainee' && state.screen === 'staff' ? 'checkin' : state.screen,
      };
    default:
      return state;
  }
}

/** Two refusals lead to the finger, then to the claim: the terminal counts, the page goes along. */
function wayAfter(result: Result, nowMs: number): Pick<State, 'way' | 'wayAtMs'> {
  if (result.outcome === 'recorded') {
    return { way: 'straight', wayAtMs: nowMs };
  }
  return { way: result.advice === 'retry' ? 'straight' : result.advice, wayAtMs: nowMs };
}

/**
 * Whoever reads the help was recognised after all: they must see it, or they ask once more. At the claim it may be a
 * neighbour in view, or a finger on the reader: only the own result ends it, others are told in a line there.
 */
function screenAfter(result: Result, { screen, claimant }: State): Screen {
  if (result.outcome !== 'recorded' || screen === 'staff') {
    return screen;
  }
  return screen === 'claim' && !isOf(result, claimant) ? 'claim' : 'checkin';
}

function isOf(result: Recorded, who: Claimant | null): boolean {
  if (who === null) {
    return false;
  }
  return who.person !== '' ? result.person === who.person : result.number === who.number;
}

function showNext(state: State, nowMs: number): State {
  const [next, ...coming] = state.coming;
  if (next === undefined || (state.shown !== null && nowMs - state.shown.sinceMs < leastMs)) {
    return state;
  }
  if (state.receipt && leavesReceipt(next, state.shown?.result)) {
    return { ...state, coming };
  }
  return { ...state, shown: { result: next, sinceMs: nowMs }, coming, receipt: false };
}

/** A telephone held before the camera hides the face: whoever scans the receipt is seen anew, or not recognised. */
function leavesReceipt(next: Result, shown: Result | undefined): boolean {
  if (next.outcome === 'refused') {
    return true; // the line of guidance says it all the same
  }
  return shown?.outcome === 'recorded' && next.number === shown.number && next.name === shown.name;
}

function pass(state: State, nowMs: number): State {
  let next = showNext(state, nowMs);
  if (next.shown !== null && nowMs - next.shown.sinceMs >= standsMs(next)) {
    next = { ...next, shown: null, receipt: false };
  }
  if (next.way !== 'straight' && nowMs - next.wayAtMs >= wayMs) {
    next = { ...next, way: 'straight' };
  }
  const loggedIn = next.screen === 'staff' && next.role !== 'trainee'; // the terminal ends that one
  if (!loggedIn && nowMs - next.touchedAtMs >= idleMs) {
    if (next.screen !== 'checkin' || next.chosenLanguage !== null || !next.sound) {
      next = { ...next, screen: 'checkin', chosenLanguage: null, sound: true };
    }
  }
  return next;
}

function standsMs(state: State): number {
  if (state.receipt) {
    return receiptMs;
  }
  return state.shown?.result.outcome === 'recorded' ? recordedMs : refusedMs;
}

export function languages(state: State): Language[] {
  const offered = (state.hello?.languages ?? []).filter(isLanguage);
  return offered.length > 0 ? offered : ['zh-CN'];
}

export function language(state: State): Language {
  const offered = languages(state);
  const chosen = state.chosenLanguage;
  return chosen !== null && offered.includes(chosen) ? chosen : (offered[0] ?? 'zh-CN');
}

/** Why the registry is not reached, in the language of the screen; empty: it is, or nobody knows. */
export function syncError(state: State): string {
  const sync = state.status?.sync;
  const words = { 'zh-CN': sync?.error_zh, ko: sync?.error_ko, en: sync?.error_en };
  return words[language(state)] ?? '';
}

/** The terminal's wall clock now; null: it has none. */
export function wallMs(state: State, nowMs: number): number | null {
  if (state.status === null || state.status.clock === 'unset') {
    return null;
  }
  return state.status.wall_ms + (nowMs - state.statusAtMs);
}

/** A terminal that is being put up: it has no roster yet, or its PINs are still to be chosen. */
export function provisioning(state: State): boolean {
  const status = state.status;
  const unfinished = status !== null && (status.roster_as_of_ms === 0 || pinsToChoose(state).length > 0);
  return unfinished && state.role === 'trainee' && state.screen !== 'staff';
}

/** Pictures come here: not in the local network, from where nobody watches the classroom. */
export function hasPreview(state: State): boolean {
  return (state.hello?.preview ?? null) !== null;
}

/** Whom the bureau asks, now, to show that they are there. */
export function called(state: State): Called[] {
  return (state.status?.asked ?? []).filter((one) => one.state === 'called');
}

/** Another screen, or the way of somebody who was refused, stands where the call would be. */
export function callHidden(state: State): boolean {
  return state.screen !== 'checkin' || state.way !== 'straight';
}

/** The registry has taken the terminal in. */
export function isApproved(status: Status): boolean {
  return status.sync.state === 'online' || status.sync.state === 'offline';
}

export function pinsAbsent(state: State): ('admin' | 'teacher')[] {
  return (['admin', 'teacher'] as const).filter((role) => state.hello?.pins[role] === false);
}

/** Whose first PIN may be chosen at this screen. Of one that was just set the terminal's hello knows first. */
export function pinsToChoose(state: State): ('admin' | 'teacher')[] {
  const open = state.status?.first_pins ?? [];
  return pinsAbsent(state).filter((role) => open.includes(role));
}

/** The line of guidance: the terminal's, or the first one by what there is to be recognised with. */
export function guidanceCode(state: State): string {
  const code = state.guidance?.code ?? 'ready';
  if (state.status === null) {
    return code;
  }
  const { alarms, devices } = state.status;
  if (alarms.includes('journal_refuses')) {
    return 'out_of_service';
  }
  if (code !== 'ready') {
    return code;
  }
  const face = devices.camera === 'running' && !alarms.includes('no_face_recognition');
  const finger = devices.reader === 'running';
  return face ? (finger ? 'ready' : 'ready_face') : finger ? 'ready_finger' : 'no_device';
}
