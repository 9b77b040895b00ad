// People who are called to show themselves again.
import { expect } from '@playwright/test';
import { test } from '../fixtures';
import { teach } from '../answers';
import { login, secondsPass } from '../steps';
import { refused, status } from '../stand_in';

test('a call has a countdown, is spoken by number, and shows what came of it', async ({ page, terminal }) => {
  await terminal.open();
  const asked = (state: string) => [
    { name: '王*兰', number: '07', until_ms: status.wall_ms + 90_000, state },
    { name: '金*哲', number: '12', until_ms: status.wall_ms + 90_000, state: 'present' },
  ];
  terminal.say({ ...status, asked: asked('called') });
  await expect(page.locator('.call-time')).toContainText(/剩余 1:(30|29|28)/);
  await expect(page.locator('.called > li').first()).toHaveText(/07\s*王\*兰\s*请过来/);
  await expect.poll(() => terminal.sentences).toEqual(['zh-CN: call digit_0 digit_7']);
  terminal.say({ ...status, asked: asked('not_seen') });
  await expect(page.locator('.called > li')).toHaveText([/未见到/, /已确认/]);
  await expect(page.locator('.call-time')).toHaveCount(0);
});

test('a call is seen and heard on every screen, also where somebody was refused', async ({
  page,
  terminal,
}) => {
  teach(terminal);
  await terminal.open();
  const asked = [{ name: '王*兰', number: '07', until_ms: status.wall_ms + 90_000, state: 'called' }];
  await login(page, 'teacher');
  terminal.say({ ...status, asked });
  await expect(page.locator('.call-bar')).toContainText(/07 王\*兰\s*剩余 1:(30|29|28)/);
  await expect.poll(() => terminal.sentences).toEqual(['zh-CN: call digit_0 digit_7']);
  await page.getByRole('button', { name: '退出' }).click();
  await expect(page.locator('.call')).toBeVisible();
  await expect(page.locator('.call-bar')).toHaveCount(0); // once is enough
  terminal.say({ ...refused, advice: 'claim' });
  await expect(page.locator('.way')).toBeVisible();
  await expect(page.locator('.call-bar')).toBeVisible();
  terminal.say(status);
  await expect(page.locator('.call-bar')).toHaveCount(0);
});

test('of many people who are called all are shown, by turns, each with the time that is left to them', async ({
  page,
  terminal,
}) => {
  test.slow(); // half a minute in steps of seconds
  await page.clock.install();
  await terminal.open();
  const asked = Array.from({ length: 20 }, (_, i) => ({
    name: '王*兰',
    number: String(i + 1).padStart(2, '0'),
    until_ms: status.wall_ms + (i < 10 ? 300_000 : 600_000),
    state: 'called',
  }));
  terminal.say({ ...status, asked });
  await expect(page.locator('.called > li')).toHaveCount(6);
  await expect(page.locator('.call')).toContainText('另有 14 人');
  await expect(page.locator('.call-time')).toHaveCount(0); // they have not the same
  await expect(page.locator('.called-state').first()).toHaveText(/请过来 \d+:\d\d/);
  const seen = new Set<string>();
  for (let second = 0; second < 32; second++) {
    (await page.locator('.called-number').allTextContents()).forEach((number) => seen.add(number));
    await secondsPass(1, page, terminal);
  }
  expect(seen.size).toBe(20);
});
