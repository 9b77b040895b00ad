// What is said aloud, and which text it is. scripts/make_prompts reads this list too.
export const prompts = {
  check_in: 'result.check_in',
  check_out: 'result.check_out',
  recorded: 'guidance.recorded',
  recorded_before: 'guidance.recorded_before',
  unknown_person: 'refused.unknown_person',
  unknown_finger: 'refused.no_match_finger',
  not_live: 'refused.not_live',
  one_at_a_time: 'guidance.one_at_a_time',
  come_closer: 'guidance.come_closer',
  more_light: 'guidance.more_light',
  uncover_face: 'guidance.uncover_face',
  finger_please: 'guidance.finger_please',
  face_please: 'guidance.face_please',
  look_left: 'guidance.look_left',
  look_right: 'guidance.look_right',
} as const;
export type Prompt = keyof typeof prompts;

const alike: Record<string, Prompt> = {
  'result.moment': 'recorded_before',
  'result.both': 'recorded',
  'result.unscheduled': 'recorded',
  'refused.several_people': 'one_at_a_time',
};
const byText = new Map<string, Prompt>([
  ...(Object.entries(prompts) as [Prompt, string][]).map(([prompt, text]) => [text, prompt] as const),
  ...Object.entries(alike),
]);

/** The prompt for a text; null: it is only written. */
export function spoken(text: string): Prompt | null {
  return byText.get(text) ?? null;
}
