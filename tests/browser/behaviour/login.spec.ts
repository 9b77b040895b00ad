// PIN, login and logout of teachers and admins.
import { expect } from '@playwright/test';
import { test } from '../fixtures';
import { openAs, typePin } from '../steps';

test('F30: a locked PIN shows how long, and takes no digits meanwhile', async ({ page, terminal }) => {
  terminal.answers['login'] = () => ({
    error: { code: 'unavailable', message: 'locked', wait_ms: 8_000 },
  });
  await terminal.open();
  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await page.getByRole('button', { name: '管理员' }).click();
  await typePin(page, '123456');
  await expect(page.locator('.notice-no')).toContainText('已锁定');
  await expect(page.locator('.keypad')).toHaveCount(0);
  await expect(page.locator('.keypad')).toBeVisible(); // after its time
});

test('F30: a wrong PIN that locks nothing is never shown as locked', async ({ page, terminal }) => {
  terminal.answers['login'] = () => ({ error: { code: 'denied', message: 'wrong', wait_ms: 0 } });
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.querySelector('.notice-no') !== null) {
        Object.assign(window, { lockSeen: true });
      }
    }).observe(document, { subtree: true, childList: true });
  });
  await terminal.open();
  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await page.getByRole('button', { name: '管理员' }).click();
  await typePin(page, '135790');
  await expect(page.locator('.notice-line')).toContainText('密码不对');
  expect(await page.evaluate(() => 'lockSeen' in window)).toBe(false);
});

test('F30: while somebody is logged in the terminal hears of touches and keys, now and then; else of none', async ({
  page,
  terminal,
}) => {
  await openAs('teacher', page, terminal);
  expect(terminal.used).toBe(0);
  await page.locator('h1').click();
  const since = Date.now(); // a little after it was told
  await page.locator('h1').click();
  await page.keyboard.press('Shift');
  await expect.poll(() => terminal.used).toBe(1);
  await expect(async () => {
    await page.keyboard.press('Shift');
    expect(terminal.used).toBe(2);
  }).toPass({ intervals: [500] });
  expect(Date.now() - since).toBeGreaterThan(8_000);
});

test('leaving the staff pages logs out', async ({ page, terminal }) => {
  await openAs('teacher', page, terminal);
  await page.getByRole('button', { name: '退出' }).click();
  await expect(page.locator('.guidance')).toBeVisible();
  expect(terminal.orders.at(-1)?.verb).toBe('logout');
});

test('a session that the terminal ended is said', async ({ page, terminal }) => {
  await openAs('admin', page, terminal);
  terminal.say({ type: 'session', role: 'trainee', reason: 'idle' });
  await expect(page.locator('.foot')).toContainText('长时间没有操作，已退出');
});
