// What people see, each as a way to get there from a page that has just connected to the stand-in.
import { expect } from '@playwright/test';
import { names, number } from './answers';
import { staffScenes } from './staff_scenes';
import { hello, ready, recorded, refused, status, unset, wallMs } from './stand_in';
import { bigButton, button, login, typePin, type Scene } from './steps';

const syncOf = (fields: object) => ({
  ...status,
  sync: { ...status.sync, ...fields },
});
const fresh = { roster_as_of_ms: 0, institution: '', lessons: [] };
const withoutPins = { ...hello, pins: { teacher: false, admin: false } };
const approved = { ...syncOf({ state: 'online' }), ...fresh };
const openPins = { ...approved, first_pins: ['admin', 'teacher'] };
const called = (name: string, i: number, state: string) => ({
  name,
  number: number(i),
  until_ms: wallMs + 95_000,
  state,
});
const guidance = (code: string) => ({
  ...ready,
  code,
  crowd: 'one',
  face: { x: 385, y: 245, width: 210, height: 470 },
});
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
  ...staffScenes,
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
