import type {
  Guidance,
  Hello,
  Recorded,
  Refused,
  Status,
} from '../../../../firmware/kiosk/web/src/terminal/messages';

export const hello: Hello = {
  type: 'hello',
  protocol: 1,
  version: '0.1.0',
  languages: ['zh-CN', 'ko', 'en'],
  preview: { width: 480, height: 270, frames_per_second: 15 },
  pins: { teacher: true, admin: false },
  session_idle_s: 120,
};

export const status: Status = {
  type: 'status',
  wall_ms: 1_764_230_405_000,
  clock: 'synchronised',
  institution: '示范学校',
  room: 'r-101',
  roster_as_of_ms: 1_764_200_000_000,
  lessons: [],
  next: null,
  picked: null,
  asked: [],
  watchers: [],
  sync: {
    state: 'online',
    claim_code: '',
    queue: 0,
    oldest_unsent_ms: 0,
    last_receipt_ms: 0,
    refused: 0,
    error_zh: '',
    error_en: '',
    error_ko: '',
  },
  devices: {
    camera: 'running',
    reader: 'running',
    classroom: 'none',
    microphone: 'none',
  },
  finger: 'none',
  saved: true,
  first_pins: [],
  alarms: [],
};

export const recorded: Recorded = {
  type: 'result',
  outcome: 'recorded',
  seq: 1,
  wall_ms: 1_764_230_404_321,
  clock: 'synchronised',
  direction: 'check_in',
  evidence: 'face',
  person: 'p-12',
  name: '王*明',
  number: '12',
  class_name: '电工初级',
  title: '安全用电',
  punches: [{ direction: 'check_in', wall_ms: 1_764_230_404_321 }],
};

export const refused: Refused = {
  type: 'result',
  outcome: 'refused',
  seq: 2,
  wall_ms: 1_764_230_404_321,
  reason: 'unknown_person',
  factor: 'face',
  advice: 'retry',
};

export const guidance: Guidance = {
  type: 'guidance',
  code: 'ready',
  crowd: 'nobody',
  face: null,
};
