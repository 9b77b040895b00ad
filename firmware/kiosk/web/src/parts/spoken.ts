// What is said aloud, and which text it is. scripts/make_prompts reads this list too.
export const prompts = {
  check_in: 'result.check_in',
  check_out: 'result.check_out',
  recorded: 'guidance.recorded',
  recorded_before: 'guidance.recorded_before',
  unknown_person: 'refused.unknown_person',
  unknown_finger: 'refused.no_match_finger',
  not_live: 'refused.not_live',
  ambiguous: 'refused.ambiguous',
  poor_quality: 'refused.poor_quality',
  no_second_factor: 'refused.no_second_factor',
  active_check_failed: 'refused.active_check_failed',
  press_button: 'refused.claim',
  claim_taken: 'claim.done',
  one_at_a_time: 'guidance.one_at_a_time',
  come_closer: 'guidance.come_closer',
  more_light: 'guidance.more_light',
  uncover_face: 'guidance.uncover_face',
  finger_please: 'guidance.finger_please',
  face_please: 'guidance.face_please',
  look_left: 'guidance.look_left',
  look_right: 'guidance.look_right',
  look_up: 'guidance.look_up',
  look_down: 'guidance.look_down',
  face_the_camera: 'guidance.face_the_camera',
  reverified: 'result.reverified',
  call: 'call.title',
  digit_0: 'digit.0',
  digit_1: 'digit.1',
  digit_2: 'digit.2',
  digit_3: 'digit.3',
  digit_4: 'digit.4',
  digit_5: 'digit.5',
  digit_6: 'digit.6',
  digit_7: 'digit.7',
  digit_8: 'digit.8',
  digit_9: 'digit.9',
} as const;
export type Prompt = keyof typeof prompts;

const alike: Record<string, Prompt> = {
  'result.moment': 'recorded_before',
  'result.both': 'recorded',
  'result.unscheduled': 'recorded',
  'refused.several_people': 'one_at_a_time',
  'refused.finger': 'finger_please',
};
const byText = new Map<string, Prompt>([
  ...(Object.entries(prompts) as [Prompt, string][]).map(([prompt, text]) => [text, prompt] as const),
  ...Object.entries(alike),
]);

/** A number as it is called out, sign by sign; signs that nobody recorded are left out. */
export function spokenNumber(number: string): Prompt[] {
  return [...number].filter((sign) => /[0-9]/.test(sign)).map((digit) => `digit_${digit}` as Prompt);
}

/** The prompt for a text; null: it is only written. */
export function spoken(text: string): Prompt | null {
  return byText.get(text) ?? null;
}
