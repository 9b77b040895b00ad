// What the terminal says, as firmware/kiosk/README.md has it. Times are UTC milliseconds.

export type Role = 'trainee' | 'teacher' | 'admin';
export type DeviceState = 'running' | 'down' | 'none';
export type Direction = 'check_in' | 'check_out' | 'moment' | 'both' | 'unscheduled';

export interface Hello {
  type: 'hello';
  protocol: number;
  version: string;
  languages: string[];
  preview: { width: number; height: number; frames_per_second: number } | null;
  pins: { teacher: boolean; admin: boolean };
  session_idle_s: number;
  access?: 'screen' | 'lan';
  speaks?: boolean; // by a loudspeaker of its own, so that the browser does not
  lan?: { url: string; fingerprint: string } | null; // where the admin's views are served, too
}

export interface Evidence {
  recorded_ms: number;
  usable_ms: number;
  counted_ms: number; // of these what class hours owe
  owed_ms: number;
  faces: number; // -1: not counted
}

export interface Lesson {
  class: string;
  class_name: string;
  lesson: string;
  title: string;
  teacher: string;
  begin_ms: number;
  end_ms: number;
  opens_ms: number;
  closes_ms: number;
  present: number;
  seen: number;
  roster: number;
  evidence: Evidence | null;
}

export interface Called {
  name: string;
  number: string;
  until_ms: number;
  state: 'called' | 'present' | 'not_seen';
}

/** Somebody far away who looks at what the camera sees, or saw. */
export interface Watcher {
  what: string; // take_picture, send_clip
  by: string;
}

export interface Status {
  type: 'status';
  wall_ms: number;
  clock: 'synchronised' | 'holdover' | 'unset';
  institution: string;
  room: string;
  roster_as_of_ms: number;
  lessons: Lesson[];
  next: { class_name: string; title: string; begin_ms: number } | null;
  picked: { class: string; lesson: string; title: string } | null;
  asked?: Called[]; // to show themselves again inside the lesson
  watchers?: Watcher[];
  sync: {
    state: 'online' | 'offline' | 'claiming' | 'waiting_approval' | 'stopped' | 'unknown';
    claim_code: string;
    queue: number;
    oldest_unsent_ms: number;
    last_receipt_ms: number;
    refused: number;
    error_zh: string;
    error_en: string;
    error_ko: string;
  };
  devices: Record<'camera' | 'reader' | 'classroom' | 'microphone', DeviceState>;
  finger: 'none' | 'matched' | 'not_matched' | 'too_poor' | 'reader_absent';
  saved: boolean;
  first_pins: ('admin' | 'teacher')[]; // that may be chosen here
  alarms: string[];
}

/** In thousandths of the picture's width and height. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Guidance {
  type: 'guidance';
  code: string;
  crowd: 'nobody' | 'one' | 'several';
  face: Box | null;
}

export interface Recorded {
  type: 'result';
  outcome: 'recorded';
  seq: number;
  wall_ms: number;
  clock: Status['clock'];
  direction: Direction;
  evidence: string;
  person: string;
  name: string;
  number: string;
  class_name: string;
  title: string;
  punches: { direction: Direction; wall_ms: number }[];
  reverification?: boolean; // the answer to a call
  hours?: {
    proved: number;
    possible: number;
    filed: number;
    as_of_ms: number;
    punches_since: number;
    more_since: boolean; // that many at least
  };
}

export interface Refused {
  type: 'result';
  outcome: 'refused';
  seq: number;
  wall_ms: number;
  reason: string;
  factor: string;
  advice: 'retry' | 'finger' | 'claim';
}

export type Result = Recorded | Refused;

/** How loud the microphone is, in dB of full scale (0 is the loudest); to an admin, ten times a second. */
export interface Sound {
  type: 'sound';
  dbfs: number;
  silent_below: number; // such a lesson video has no sound
}

export interface Session {
  type: 'session';
  role: Role;
  reason: 'login' | 'logout' | 'idle';
}

export interface Progress {
  type: 'progress';
  id: number;
  progress: Record<string, unknown>;
}

export interface OrderError {
  code: string;
  message: string;
  wait_ms?: number;
}

export interface Answer {
  type: 'answer';
  id: number;
  result?: Record<string, unknown>;
  error?: OrderError;
}

export type Message = Hello | Status | Guidance | Sound | Result | Session | Progress | Answer;
const types: ReadonlySet<unknown> = new Set([
  'hello',
  'status',
  'guidance',
  'sound',
  'result',
  'session',
  'progress',
  'answer',
]);

/** null: not a message that this page knows. */
export function readMessage(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text);
    const known =
      typeof value === 'object' && value !== null && types.has((value as { type?: unknown }).type);
    return known ? (value as Message) : null;
  } catch {
    return null;
  }
}

export interface Picture {
  number: number;
  ageMs: number;
  jpeg: Uint8Array;
}

const pictureHeaderBytes = 16;

/** null: shorter than its header. */
export function readPicture(bytes: ArrayBuffer): Picture | null {
  if (bytes.byteLength <= pictureHeaderBytes) {
    return null;
  }
  const header = new DataView(bytes);
  return {
    number: header.getUint32(0),
    ageMs: header.getUint32(4),
    jpeg: new Uint8Array(bytes, pictureHeaderBytes),
  };
}
