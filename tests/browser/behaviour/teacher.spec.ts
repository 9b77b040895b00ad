// The teacher's pages.
import { expect } from '@playwright/test';
import { test } from '../fixtures';
import { openAs } from '../steps';
import { hello, ready, status } from '../stand_in';

test('while the clock is not set nobody is called missing', async ({ page, terminal }) => {
  const people = [{ person: 'p0', number: '01', name: '王秀兰', state: 'unknown', accommodation: '' }];
  terminal.answers['lesson'] = () => ({ result: { lessons: [{ ...status.lessons[0], people }] } });
  terminal.first = [hello, { ...status, clock: 'unset', lessons: [] }, ready];
  await openAs('teacher', page, terminal);
  await page.getByRole('button', { name: '还没到' }).click();
  await expect(page.getByRole('status')).toHaveText('时钟未设定，暂时无法判断谁到了');
  await expect(page.locator('.tally')).toHaveCount(0);
  await expect(page.locator('.name')).toHaveText(/01\s*王秀兰/); // who cannot be recognised is punched by hand all the same
});

test('a claim that is made while the teacher looks at the list comes into it', async ({ page, terminal }) => {
  const claims: object[] = [];
  terminal.answers['claims'] = () => ({ result: { claims: [...claims] } });
  await openAs('teacher', page, terminal);
  await page.getByRole('button', { name: '待审登记' }).click();
  await expect(page.getByText('一天之内没有登记')).toBeVisible();
  const made = { seq: 90, wall_ms: status.wall_ms, number: '02', name: '金明哲', reason: 'not_recognised' };
  claims.push(made);
  await expect(page.locator('.line')).toContainText('金明哲');
});

test('a lasting difficulty is recorded once, with what is accepted instead, and ended', async ({
  page,
  terminal,
}) => {
  await openAs('teacher', page, terminal);
  await page.getByRole('button', { name: '特殊情况' }).click();
  await expect(page.locator('.name').first()).toContainText(/04\s*张丽华\s*只按指纹/); // recorded ones first
  await page.getByRole('button', { name: '王秀兰' }).click();
  await page.getByRole('button', { name: '只按指纹' }).click();
  await expect(page.locator('.question [role=status]')).toHaveText('已登记');
  const accommodated = () => terminal.orders.filter(({ verb }) => verb === 'accommodate').at(-1)?.arguments;
  expect(accommodated()).toEqual({
    person: 'p0',
    instead: 'finger',
    given: true,
    reason: '面部长期难以识别',
  });
  await page.getByRole('button', { name: '返回' }).click();
  await page.getByRole('button', { name: '张丽华' }).click();
  await page.getByRole('button', { name: '不再需要' }).click();
  await expect(page.locator('.question [role=status]')).toHaveText('已登记');
  expect(accommodated()).toEqual({ person: 'p3', instead: 'finger', given: false, reason: '不再需要' });
});

test('a teacher asks for a change of a lesson to come, and of one that began only whether it was held', async ({
  page,
  terminal,
}) => {
  await openAs('teacher', page, terminal);
  await page.getByRole('button', { name: '课程' }).click();
  await expect(page.locator('.line').first()).toContainText('变更时间: 2026-12-01 08:32');
  await page.locator('.name').first().click(); // it begins now
  await expect(page.locator('.choices .button')).toHaveText(['这节课没有上']);
  await page.getByRole('button', { name: '返回' }).click();
  await page.locator('.name').nth(1).click();
  await page.getByRole('button', { name: '变更时间' }).click();
  await expect(page.getByRole('button', { name: '申请变更' })).toBeDisabled();
  await page.getByRole('group', { name: '日期' }).getByRole('button', { name: '推后' }).click();
  await page.getByRole('group', { name: '开始时间' }).getByRole('button', { name: '提前' }).click();
  await page.getByRole('button', { name: '申请变更' }).click();
  await expect(page.locator('.question [role=status]')).toHaveText('已登记，等人社局批准');
  expect(terminal.orders.at(-1)).toEqual({
    verb: 'request_change',
    arguments: {
      class: 'c1',
      lesson: 'l1',
      change: 'time',
      begin_ms: status.wall_ms + 2 * 86_400_000 - 15 * 60_000,
    },
  });
});

test('a claim made before the clock was set has no time of day, and that is said', async ({
  page,
  terminal,
}) => {
  await openAs('teacher', page, terminal);
  await page.getByRole('button', { name: '待审登记' }).click();
  const lines = page.locator('.line');
  await expect(lines.nth(0)).toContainText('08:32');
  await expect(lines.nth(2)).toContainText('当时时钟未设定');
  await expect(lines.nth(2).locator('time')).toHaveCount(0);
});
