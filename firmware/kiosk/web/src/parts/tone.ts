import type { IconName } from './icon';

/** What a line of guidance is about: its colour and its shape always go together. */
export type Tone = 'ok' | 'ask' | 'fix' | 'no';

interface Look {
  tone: Tone;
  icon: IconName;
}

const ask = (icon: IconName): Look => ({ tone: 'ask', icon });
const fix = (icon: IconName): Look => ({ tone: 'fix', icon });
const ok: Look = { tone: 'ok', icon: 'ok' };
const no: Look = { tone: 'no', icon: 'no' };

export const looks: Record<string, Look> = {
  ready: ask('eye'),
  ready_face: ask('eye'),
  ready_finger: ask('finger'),
  look_here: ask('eye'),
  hold_still: ask('wait'),
  face_please: ask('eye'),
  face_without_reader: ask('eye'),
  finger_please: ask('finger'),
  same_finger: ask('finger'),
  look_left: ask('left'),
  look_right: ask('right'),
  look_up: ask('up'),
  look_down: ask('down'),
  not_saved: ask('wait'),
  recorded: ok,
  recorded_before: ok,
  finger_taken: ok,
  next_sample: ok,
  come_closer: fix('up'),
  one_at_a_time: fix('people'),
  more_light: fix('warn'),
  less_light: fix('warn'),
  face_the_camera: fix('eye'),
  move_to_the_middle: fix('warn'),
  uncover_face: fix('warn'),
  press_longer: fix('finger'),
  press_harder: fix('finger'),
  centre_the_finger: fix('finger'),
  wipe_the_finger: fix('finger'),
  lift_and_retry: fix('finger'),
  unreadable_finger: fix('finger'),
  uncertain_picture: fix('eye'),
  reader_absent: fix('warn'),
  no_roster: fix('warn'),
  no_device: fix('warn'),
  out_of_service: no,
  unknown_person: no,
  unknown_finger: no,
  not_live: no,
  not_turned: no,
  second_factor_missing: no,
};

export function look(code: string): Look {
  return looks[code] ?? fix('warn');
}
