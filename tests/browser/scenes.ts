// What people see, each as a way to get there from a page that has just connected to the stand-in.
import { expect, type Page } from '@playwright/test';
import {
  hello,
  lesson,
  ready,
  recorded,
  refused,
  samplePicture,
  status,
  wallMs,
  type StandIn,
} from './stand_in';

export interface Scene {
  name: string;
  first?: Record<string, unknown>[];
  reach?: (terminal: StandIn, page: Page) => Promise<void>;
}

const syncOf = (fields: object) => ({
  ...status,
  sync: { ...status.sync, ...fields },
});
const fresh = { roster_as_of_ms: 0, institution: '', lessons: [] };
const withoutPins = { ...hello, pins: { teacher: false, admin: false } };
const approved = { ...syncOf({ state: 'online' }), ...fresh };
const openPins = { ...approved, first_pins: ['admin', 'teacher'] };
const unset = { ...status, clock: 'unset', lessons: [], next: null };
const names = [
  '王*兰',
  '金*哲',
  '李*强',
  '张*华',
  '朴*姬',
  '赵*',
  '欧阳*明',
  '崔*玉',
  '刘*芳',
  '孙*',
  '周*伟',
  '吴*红',
  '郑*',
];
const whole = [
  '王秀兰',
  '金明哲',
  '李国强',
  '张丽华',
  '朴英姬',
  '赵云',
  '欧阳晓明',
  '崔善玉',
  '刘芳芳',
  '孙平',
  '周志伟',
  '吴小红',
  '郑和',
];
const called = (name: string, i: number, state: string) => ({
  name,
  number: number(i),
  until_ms: wallMs + 95_000,
  state,
});
const number = (i: number) => String(i + 1).padStart(2, '0');
const people = whole.map((name, i) => ({
  person: `p${i}`,
  number: number(i),
  name,
  class: 'c1',
  class_name: lesson.class_name,
  face: i % 3 !== 2,
  fingers: i % 2,
  consents: i === 2 ? [] : ['face', 'finger'],
}));
const consentText =
  '本人同意本培训机构在本设备上采集并加密保存本人的人脸特征，仅用于本期培训的考勤打卡；身份证件照片仅在本设备上比对一次，' +
  '随即清除；人脸特征不离开本机构的设备，培训与补贴审核所需的最短保存期届满后删除。本人可以改用指纹或其他方式打卡，' +
  '可以随时撤回同意并要求删除，且不因此影响参训。';

/** Gives the terminal an answer to each order, but where a test has given its own. */
export function teach(terminal: StandIn): void {
  const session = (role: string) => terminal.say({ type: 'session', role, reason: 'login' });
  const lists: Record<string, object> = {
    receipt: {
      text: 'XUESHI1/4f0c2a77/9b1d03e2/123/0a1b2c3d4e5f6071/20261128T003215Z',
    },
    names: {
      people: names.map((name, i) => ({
        person: `p${i}`,
        number: number(i),
        class: 'c1',
        class_name: lesson.class_name,
        name,
      })),
    },
    claim: { seq: 130, earlier: false },
    people: { people },
    consent_texts: {
      texts: ['zh-CN', 'ko', 'en'].map((language) => ({
        purpose: 'face',
        language,
        retention: 'claims_reviewed',
        text: consentText,
        text_hash: 'ab12',
      })),
    },
    lesson: {
      lessons: [
        {
          ...lesson,
          people: whole.map((name, i) => ({
            person: `p${i}`,
            number: number(i),
            name,
            state: i % 4 === 1 ? 'missing' : i === 6 ? 'left' : 'present',
            accommodation: i === 3 ? 'finger' : i === 5 ? 'third_factor' : '',
          })),
        },
      ],
    },
    claims: {
      claims: [0, 1, 2].map((i) => ({
        seq: 90 - i,
        wall_ms: i === 2 ? 3_600_000 : wallMs - i * 3_600_000,
        clock: i === 2 ? 'unset' : 'synchronised',
        person: `p${i}`,
        number: number(i),
        name: whole[i],
        reason: 'not_recognised',
        class: 'c1',
        lesson: 'l7',
      })),
    },
    plan: {
      lessons: [0, 1, 2, 3].map((i) => ({
        class: 'c1',
        class_name: lesson.class_name,
        lesson: `l${i}`,
        title: lesson.title,
        begin_ms: wallMs + i * 86_400_000,
        end_ms: wallMs + i * 86_400_000 + 5_400_000,
      })),
    },
    changes: {
      changes: ['time', 'teacher', 'not_held'].map((change, i) => ({
        seq: 80 - i,
        wall_ms: wallMs - i * 86_400_000,
        class: 'c1',
        class_name: lesson.class_name,
        lesson: `l${i}`,
        title: lesson.title,
        lesson_begin_ms: wallMs + i * 86_400_000,
        change,
        begin_ms: change === 'time' ? wallMs + 3 * 86_400_000 : 0,
      })),
    },
    request_change: { seq: 140, earlier: false },
    accommodate: { person: 'p1' },
    status: {
      device: '4f0c2a77',
      version: '0.1.0',
      video: { free_bytes: 12_345_678_900, films: 12 },
    },
    diagnostics: {
      report: {
        version: '0.1.0',
        face_model: 'dlib-resnet-v1',
        finger_matcher: 'mcc',
        storage: { capacity_bytes: 31_900_000_000, free_bytes: 12_345_678_900 },
        network: [
          { name: 'eth0', up: true, addresses: ['192.168.1.20', 'fe80::9a3b:14ff:fe20:8c11'] },
          { name: 'wlan0', up: false, addresses: [] },
        ],
      },
    },
    consent: { person: 'p2' },
    pick_lesson: { picked: true },
  };
  for (const [verb, result] of Object.entries(lists)) {
    terminal.answers[verb] ??= () => ({
      result: result as Record<string, unknown>,
    });
  }
  terminal.answers['login'] ??= ({ role, pin }) => {
    if (pin !== '280041') {
      return { error: { code: 'denied', message: 'wrong PIN' } };
    }
    session(String(role));
    return { result: { role } };
  };
}

const guidance = (code: string) => ({
  ...ready,
  code,
  crowd: 'one',
  face: { x: 385, y: 245, width: 210, height: 470 },
});
const button = (page: Page, index: number) => page.locator('.foot-buttons .button').nth(index);
const bigButton = (page: Page, index = 0) => page.locator('.sheet-body .button-big').nth(index);

export async function typePin(page: Page, digits: string): Promise<void> {
  for (const digit of digits) {
    await page.locator('.key', { hasText: new RegExp(`^${digit}$`) }).click();
  }
  await page.locator('.key-ok').click();
}

export async function login(page: Page, role: 'teacher' | 'admin'): Promise<void> {
  await button(page, 2).click();
  await bigButton(page, role === 'teacher' ? 0 : 1).click();
  await typePin(page, '280041');
  await expect(page.locator('.tabs')).toBeVisible();
}

/** The page of somebody who has logged in, on a terminal that has an answer to each order. */
export async function openAs(role: 'teacher' | 'admin', page: Page, terminal: StandIn): Promise<void> {
  teach(terminal);
  await terminal.open();
  await login(page, role);
}

async function person(page: Page, index: number): Promise<void> {
  await login(page, 'admin');
  await page.locator('.name').nth(index).click();
  await expect(page.locator('.consents')).toBeVisible();
}

/** Their face is being enrolled. */
async function startFace(page: Page): Promise<void> {
  await person(page, 0);
  await bigButton(page, 0).click();
  await page.locator('.capture .button-main').click();
  await bigButton(page, 0).click();
  await expect(page.locator('.capture .guidance')).toBeVisible();
}

export const scenes: Scene[] = [
  { name: 'idle' },
  { name: 'guidance', first: [hello, status, guidance('come_closer')] },
  {
    name: 'checked_in',
    first: [hello, status, guidance('recorded'), recorded],
  },
  {
    name: 'checked_out',
    first: [
      hello,
      status,
      guidance('recorded'),
      {
        ...recorded,
        direction: 'check_out',
        punches: [
          { direction: 'check_in', wall_ms: wallMs - 5_400_000 },
          { direction: 'check_out', wall_ms: wallMs },
        ],
        hours: {
          proved: 36,
          possible: 38,
          filed: 80,
          as_of_ms: wallMs - 86_400_000,
          punches_since: 6,
          more_since: false,
        },
      },
    ],
  },
  {
    name: 'receipt',
    first: [hello, status, guidance('recorded'), recorded],
    reach: async (_, page) => {
      await page.locator('.result .button').click();
      await expect(page.locator('.receipt .qr')).toBeVisible();
    },
  },
  {
    name: 'stranger',
    first: [hello, status, guidance('unknown_person'), refused],
  },
  {
    name: 'spoof',
    first: [hello, status, guidance('not_live'), { ...refused, reason: 'not_live', advice: 'finger' }],
  },
  {
    name: 'way_finger',
    first: [hello, status, ready, { ...refused, advice: 'finger' }],
    reach: async (_, page) => expect(page.locator('.way')).toBeVisible(),
  },
  {
    name: 'way_claim',
    first: [hello, status, ready, { ...refused, advice: 'claim' }],
    reach: async (_, page) => expect(page.locator('.way .button')).toBeVisible(),
  },
  {
    name: 'offline',
    first: [hello, syncOf({ state: 'offline', queue: 128, error_zh: '连不上登记系统' }), ready],
  },
  {
    name: 'trouble',
    first: [
      hello,
      {
        ...syncOf({ state: 'stopped', queue: 3 }),
        clock: 'holdover',
        alarms: ['journal_refuses'],
        devices: { ...status.devices, camera: 'down', reader: 'down' },
      },
      ready,
    ],
  },
  {
    name: 'called',
    first: [
      hello,
      {
        ...status,
        asked: names.slice(0, 8).map((name, i) => called(name, i, i < 6 ? 'called' : 'present')),
      },
      ready,
    ],
  },
  {
    name: 'called_one_by_one',
    first: [
      hello,
      {
        ...status,
        asked: names.map((name, i) => ({
          ...called(name, i, 'called'),
          until_ms: wallMs + (i + 10) * 60_000,
        })),
      },
      ready,
    ],
  },
  {
    name: 'called_way',
    first: [
      hello,
      { ...status, asked: names.slice(0, 8).map((name, i) => called(name, i, 'called')) },
      ready,
      { ...refused, advice: 'claim' },
    ],
    reach: async (_, page) => {
      await expect(page.locator('.way')).toBeVisible();
      await expect(page.locator('.call-bar')).toBeVisible();
    },
  },
  {
    name: 'called_teacher',
    first: [hello, { ...status, asked: [called(names[0]!, 0, 'called')] }, ready],
    reach: async (_, page) => {
      await login(page, 'teacher');
      await expect(page.locator('.call-bar')).toBeVisible();
    },
  },
  {
    name: 'call_over',
    first: [
      hello,
      {
        ...status,
        asked: names.slice(0, 4).map((name, i) => called(name, i, i < 2 ? 'present' : 'not_seen')),
      },
      ready,
    ],
  },
  {
    name: 'reverified',
    first: [hello, status, guidance('recorded'), { ...recorded, direction: 'moment', reverification: true }],
  },
  {
    name: 'watched',
    first: [
      hello,
      {
        ...status,
        watchers: [
          { what: 'take_picture', by: '长春市人力资源和社会保障局培训科' },
          { what: 'send_clip', by: 'province' },
        ],
      },
      guidance('recorded'),
      recorded,
    ],
  },
  { name: 'no_lesson', first: [hello, { ...status, lessons: [] }, ready] },
  { name: 'clock_unset', first: [hello, unset, ready] },
  {
    name: 'help',
    reach: async (_, page) => {
      await button(page, 0).click();
    },
  },
  {
    name: 'settings',
    reach: async (_, page) => {
      await button(page, 1).click();
    },
  },
  {
    name: 'claim_names',
    reach: async (_, page) => {
      await button(page, 0).click();
      await page.locator('.sheet .button-main').click();
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  {
    name: 'claim_confirm',
    reach: async (_, page) => {
      await button(page, 0).click();
      await page.locator('.sheet .button-main').click();
      await page.locator('.name').nth(6).click();
    },
  },
  {
    name: 'claim_beside_results',
    reach: async (terminal, page) => {
      await button(page, 0).click();
      await page.locator('.sheet .button-main').click();
      await expect(page.locator('.name').first()).toBeVisible();
      terminal.say({ ...recorded, person: 'p6', name: '欧阳*明', direction: 'both' });
      await expect(page.locator('.result-bar')).toBeVisible();
    },
  },
  {
    name: 'claim_done',
    reach: async (_, page) => {
      await button(page, 0).click();
      await page.locator('.sheet .button-main').click();
      await page.locator('.name').nth(6).click();
      await bigButton(page).click();
      await expect(page.locator('.notice-ok')).toBeVisible();
    },
  },
  {
    name: 'pin',
    reach: async (_, page) => {
      await button(page, 2).click();
      await bigButton(page).click();
      await typePin(page, '123456');
      await expect(page.locator('.notice-line')).toBeVisible();
    },
  },
  {
    name: 'lockout',
    reach: async (terminal, page) => {
      terminal.answers['login'] = () => ({
        error: { code: 'unavailable', message: 'locked', wait_ms: 240_000 },
      });
      await button(page, 2).click();
      await bigButton(page).click();
      await typePin(page, '123456');
      await expect(page.locator('.notice-no')).toBeVisible();
    },
  },
  {
    name: 'no_pin',
    first: [{ ...hello, pins: { teacher: false, admin: false } }, status, ready],
    reach: async (_, page) => {
      await button(page, 2).click();
      await bigButton(page).click();
      await expect(page.locator('.command')).toBeVisible();
    },
  },
  {
    name: 'teacher_missing',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_manual',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.name').first().click();
    },
  },
  {
    name: 'teacher_claims',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(1).click();
      await expect(page.locator('.line').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_plan',
    first: [hello, { ...unset, picked: { class: 'c1', lesson: 'l1', title: lesson.title } }, ready],
    reach: async (_, page) => {
      await login(page, 'teacher');
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_difficulties',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(2).click();
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_difficulty',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(2).click();
      await page.locator('.name').first().click();
    },
  },
  {
    name: 'teacher_lessons',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(3).click();
      await expect(page.locator('.line').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_change',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(3).click();
      await page.locator('.name').nth(1).click();
    },
  },
  {
    name: 'teacher_change_time',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(3).click();
      await page.locator('.name').nth(1).click();
      await page.locator('.choices .button').first().click();
      await page.locator('.stepper .button').nth(3).click();
    },
  },
  {
    name: 'admin_people',
    reach: async (_, page) => {
      await login(page, 'admin');
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  { name: 'admin_person', reach: async (_, page) => person(page, 0) },
  {
    name: 'admin_consent',
    reach: async (_, page) => {
      await person(page, 2);
      await page.locator('.consent .button-main').first().click();
      await expect(page.locator('.consent-text')).toBeVisible();
    },
  },
  {
    name: 'admin_consent_of_child',
    reach: async (_, page) => {
      await person(page, 2);
      await page.locator('.consent .button-main').first().click();
      await page.locator('.check input').first().check();
      await expect(page.getByRole('group').locator('.button')).toHaveCount(3);
    },
  },
  {
    name: 'admin_finger',
    reach: async (_, page) => {
      await person(page, 0);
      await bigButton(page, 1).click();
    },
  },
  {
    name: 'admin_finger_running',
    reach: async (terminal, page) => {
      await person(page, 0);
      await bigButton(page, 1).click();
      await page.locator('.fingers .button').nth(1).click();
      await expect(page.locator('.capture .guidance')).toBeVisible();
      terminal.progress(terminal.lastId, {
        stage: 2,
        of: 5,
        guidance: 'lift_and_retry',
        text_zh: '',
        text_en: '',
      });
      await expect(page.locator('.stages')).toBeVisible();
    },
  },
  {
    name: 'admin_document',
    reach: async (_, page) => {
      await person(page, 0);
      await bigButton(page, 0).click();
    },
  },
  {
    name: 'admin_document_held',
    reach: async (terminal, page) => {
      await person(page, 0);
      await bigButton(page, 0).click();
      await page.locator('.capture .button').first().click();
      terminal.progress(terminal.lastId, { document: 'hold_straight' });
      await expect(page.locator('.capture .guidance')).toContainText(/straight|摆正|똑바로/);
    },
  },
  {
    name: 'admin_document_taken',
    reach: async (terminal, page) => {
      const portrait = (await samplePicture(page)).toString('base64');
      terminal.answers['photograph_document'] = () => ({ result: { portrait } });
      await person(page, 0);
      await bigButton(page, 0).click();
      await page.locator('.capture .button').first().click();
      await expect(page.locator('.portrait')).toBeVisible();
    },
  },
  {
    name: 'admin_witnesses',
    reach: async (_, page) => {
      await person(page, 0);
      await bigButton(page, 0).click();
      await page.locator('.capture .button-main').click();
      await page.locator('.name').nth(0).click();
    },
  },
  {
    name: 'admin_face_running',
    reach: async (terminal, page) => {
      await startFace(page);
      terminal.progress(terminal.lastId, {
        stage: 3,
        of: 5,
        guidance: 'look_left',
        text_zh: '',
        text_en: '',
      });
      await expect(page.locator('.stages')).toBeVisible();
    },
  },
  {
    name: 'admin_face_similar',
    reach: async (terminal, page) => {
      await startFace(page);
      terminal.progress(terminal.lastId, { refusal: 'duplicate_face' });
      terminal.say({ type: 'answer', id: terminal.lastId, error: { code: 'already_exists', message: '' } });
      await bigButton(page, 0).click();
      await expect(page.locator('.question')).toBeVisible();
    },
  },
  {
    name: 'admin_of_two_classes',
    reach: async (terminal, page) => {
      terminal.answers['people'] = () => ({
        result: {
          people: people.map((one, i) => (i % 2 ? { ...one, class: 'c2', class_name: '电工（初级）' } : one)),
        },
      });
      await login(page, 'admin');
      await expect(page.locator('.name').first()).toContainText(lesson.class_name);
      terminal.answers['people'] = () => ({ result: { people } }); // for the next scene
    },
  },
  {
    name: 'admin_erase',
    reach: async (_, page) => {
      await person(page, 0);
      await page.locator('.button-no').click();
    },
  },
  {
    name: 'admin_withdraw_one',
    reach: async (_, page) => {
      await person(page, 0);
      await page.locator('.consent .button:not(.button-main)').first().click();
      await expect(page.locator('.question')).toBeVisible();
    },
  },
  {
    name: 'admin_test',
    reach: async (terminal, page) => {
      await login(page, 'admin');
      await page.locator('.tab').nth(1).click();
      terminal.say({ type: 'sound', dbfs: -72, silent_below: -65 });
      await expect(page.locator('.level .mark')).toBeVisible();
    },
  },
  {
    name: 'admin_device',
    reach: async (_, page) => {
      await login(page, 'admin');
      await page.locator('.tab').nth(2).click();
      await expect(page.locator('.fact-name').first()).toBeVisible();
    },
  },
  {
    name: 'provisioning',
    first: [
      withoutPins,
      {
        ...syncOf({ state: 'waiting_approval', claim_code: 'K7QF2M' }),
        roster_as_of_ms: 0,
        institution: '',
        lessons: [],
      },
      ready,
    ],
  },
  {
    name: 'provisioning_failed',
    first: [
      withoutPins,
      {
        ...syncOf({
          state: 'claiming',
          error_zh: '登记系统的证书不可信，未发送任何数据',
          error_en: 'The certificate of the registry is not trusted: nothing was sent',
          error_ko: '등록 시스템의 인증서를 믿을 수 없어 아무것도 보내지 않았습니다',
        }),
        roster_as_of_ms: 0,
        institution: '',
        lessons: [],
      },
      ready,
    ],
  },
  { name: 'provisioning_pins', first: [withoutPins, openPins, ready] },
  { name: 'provisioning_pins_closed', first: [withoutPins, approved, ready] },
  {
    name: 'first_pin',
    first: [withoutPins, openPins, ready],
    reach: async (_, page) => {
      await page.locator('.first-pins .button').first().click();
      await expect(page.locator('.keypad')).toBeVisible();
    },
  },
  {
    name: 'first_pin_weak',
    first: [withoutPins, openPins, ready],
    reach: async (terminal, page) => {
      terminal.answers['first_pin'] = () => ({ error: { code: 'invalid_argument', message: 'a run' } });
      await page.locator('.first-pins .button').last().click();
      for (let twice = 0; twice < 2; twice++) {
        await typePin(page, '123456');
      }
      await expect(page.locator('.notice-line')).toBeVisible();
    },
  },
];
