// A terminal that is being put up, and its first PINs.
import { expect } from '@playwright/test';
import { choose, tapTwice, test } from '../fixtures';
import { typePin } from '../steps';
import { hello, ready, status } from '../stand_in';

test('errors of the sync daemon are said in the language of the screen', async ({ page, terminal }) => {
  const sync = {
    ...status.sync,
    state: 'claiming',
    error_zh: '无法连接登记平台',
    error_ko: '등록 시스템에 연결할 수 없습니다',
    error_en: 'the registry cannot be reached',
  };
  await terminal.open([hello, { ...status, sync, roster_as_of_ms: 0, lessons: [] }, ready]);
  await expect(page.locator('.step-error')).toHaveText(sync.error_zh);
  await choose(page, 'ko');
  await expect(page.locator('.step-error')).toHaveText(sync.error_ko);
});

test('F30: whoever puts a terminal up is led to its PINs, each typed twice, and cannot come back to one that is set', async ({
  page,
  terminal,
}) => {
  const pins = { admin: false, teacher: false };
  const told = { ...hello, pins };
  const fresh = { ...status, roster_as_of_ms: 0, lessons: [] };
  terminal.answers['first_pin'] = ({ role }) => {
    pins[role as keyof typeof pins] = true;
    terminal.say({ ...hello, pins });
    return { result: { role } };
  };
  await terminal.open([told, { ...fresh, sync: { ...status.sync, state: 'waiting_approval' } }, ready]);
  const step = page.locator('.step').last();
  await expect(step).toHaveClass(/step-waiting/);
  await expect(page.locator('.first-pins .button')).toHaveCount(0); // nobody has approved it
  terminal.say({ ...fresh, first_pins: ['admin', 'teacher'] });
  await expect(step).toHaveClass(/step-now/);

  await page.getByRole('button', { name: '设置密码： 管理员' }).click();
  await typePin(page, '280041');
  await typePin(page, '280042');
  await expect(page.getByRole('alert')).toHaveText('两次输入不一样，请重新设置');
  expect(terminal.orders).toEqual([]);
  await typePin(page, '280041');
  await page.getByRole('heading', { name: '请再输入一次' }).waitFor();
  for (const digit of '280041') {
    await page.locator('.key', { hasText: digit }).click();
  }
  await tapTwice(page, '.key-ok');
  await expect(page.locator('.first-pins .button')).toHaveCount(1); // the teacher's is left
  expect(terminal.orders).toEqual([{ verb: 'first_pin', arguments: { role: 'admin', pin: '280041' } }]);

  terminal.say({ ...status, first_pins: ['teacher'] }); // the roster came meanwhile
  await page.getByRole('button', { name: '设置密码： 老师' }).click();
  await typePin(page, '935206');
  await typePin(page, '935206');
  await expect(page.locator('.guidance')).toBeVisible(); // and trainees may come
  expect(terminal.orders.at(-1)?.arguments).toEqual({ role: 'teacher', pin: '935206' });
});

test('F30: where the first PIN may not be chosen any more, the screen says the command that sets it', async ({
  page,
  terminal,
}) => {
  const told = { ...hello, pins: { admin: false, teacher: false } };
  const fresh = { ...status, roster_as_of_ms: 0, lessons: [] };
  const byCommand = page.getByText('现在不能在这个屏幕上设置密码。请管理员在这台终端上运行下面的命令：');
  await terminal.open([told, { ...fresh, first_pins: ['admin', 'teacher'] }, ready]);
  await page.getByRole('button', { name: '设置密码： 管理员' }).click();
  await typePin(page, '280041');
  terminal.say(fresh); // half an hour is over
  await expect(byCommand).toBeVisible();
  await expect(page.locator('.command')).toHaveText([
    'sudo xueshictl kiosk-pin admin',
    'sudo xueshictl kiosk-pin teacher',
  ]);
  await expect(page.locator('.first-pins .button')).toHaveCount(0);

  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await page.getByRole('button', { name: '老师' }).click();
  await expect(byCommand).toBeVisible();
  await expect(page.locator('.command')).toHaveText('sudo xueshictl kiosk-pin teacher');
  expect(terminal.orders).toEqual([]);
});
