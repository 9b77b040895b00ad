// What is tapped twice before the page is drawn again is ordered once.
import { expect } from '@playwright/test';
import { tapTwice, test } from '../fixtures';
import { teach } from '../answers';
import { openAs } from '../steps';
import { status, type StandIn } from '../stand_in';

const times = (terminal: StandIn, verb: string) =>
  terminal.orders.filter((order) => order.verb === verb).length;

test('a double tap gives one order: of a PIN, a claim, and a punch by hand', async ({ page, terminal }) => {
  teach(terminal);
  await terminal.open();
  await page.getByRole('button', { name: '打不了卡' }).click();
  await page.getByRole('button', { name: '我在场' }).click();
  await page.locator('.name').first().click();
  await tapTwice(page, '.button-main');
  await expect(page.locator('.notice-ok')).toBeVisible();
  await page.getByRole('button', { name: '关闭' }).click();

  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await page.locator('.sheet .button-big').first().click();
  for (const digit of '280041') {
    await page.locator('.key', { hasText: digit }).click();
  }
  await tapTwice(page, '.key-ok');
  terminal.answers['manual_punch'] = () => ({ result: { seq: 1 } });
  await page.locator('.name').first().click();
  await tapTwice(page, '.choices .button');
  await expect(page.locator('.question [role=status]')).toBeVisible();
  expect([times(terminal, 'claim'), times(terminal, 'login'), times(terminal, 'manual_punch')]).toEqual([
    1, 1, 1,
  ]);
});

test('a double tap gives one order: of a difficulty, a change, and a picked lesson', async ({
  page,
  terminal,
}) => {
  await openAs('teacher', page, terminal);
  await page.locator('.tab').nth(2).click();
  await page.locator('.name').first().click();
  await tapTwice(page, '.choices .button');
  await expect(page.locator('.question [role=status]')).toBeVisible();
  await page.getByRole('button', { name: '返回' }).click();
  await page.locator('.tab').nth(3).click();
  await page.locator('.name').nth(1).click();
  await tapTwice(page, '.choices .button:nth-child(2)');
  await expect(page.locator('.question [role=status]')).toBeVisible();
  await page.getByRole('button', { name: '返回' }).click();
  terminal.say({ ...status, clock: 'unset', lessons: [], next: null });
  await expect(page.getByText('时钟')).not.toHaveCount(0);
  await tapTwice(page, '.name');
  await expect(page.locator('.name').first()).toBeEnabled();
  expect([
    times(terminal, 'accommodate'),
    times(terminal, 'request_change'),
    times(terminal, 'pick_lesson'),
  ]).toEqual([1, 1, 1]);
});

test('a double tap gives one order: of a consent, its withdrawal, an enrolment, and an erasure', async ({
  page,
  terminal,
}) => {
  terminal.answers['enrol_finger'] = () => ({ error: { code: 'timeout', message: 'nobody came' } });
  terminal.answers['erase'] = () => ({ result: { person: 'p0', left_in_reader: 0 } });
  terminal.answers['consent'] = () => ({ result: { person: 'p0', left_in_reader: 1 } });
  await openAs('admin', page, terminal);
  await page.locator('.name').nth(2).click();
  await page.locator('.consent .button-main').first().click();
  await tapTwice(page, '.choices .button-main');
  await expect(page.locator('.consents')).toBeVisible();
  expect(times(terminal, 'consent')).toBe(1);
  await page.getByRole('button', { name: '返回' }).click();
  await page.locator('.name').first().click();
  await page.locator('.consent .button:not(.button-main)').first().click();
  expect(times(terminal, 'consent')).toBe(1); // what cannot be taken back is asked about once more
  await tapTwice(page, '.button-big.button-no');
  await expect(page.locator('.question[role=status]')).toHaveText(
    '已撤回。 指纹仪里还有 1 枚待删除，请保持连接。',
  );
  expect(times(terminal, 'consent')).toBe(2);
  await page.getByRole('button', { name: '返回' }).click();
  await page.locator('.choices .button-big').nth(1).click();
  await tapTwice(page, '.fingers .button');
  await expect(page.locator('.notice-no')).toBeVisible();
  await page.getByRole('button', { name: '返回' }).click();
  await page.locator('.button-no').click();
  await tapTwice(page, '.button-big.button-no');
  await expect(page.locator('.question[role=status]')).toBeVisible();
  expect([times(terminal, 'enrol_finger'), times(terminal, 'erase')]).toEqual([1, 1]);
});
