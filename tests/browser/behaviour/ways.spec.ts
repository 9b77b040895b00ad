// The ways that are not straight: to the finger, and to the claim.
import { expect } from '@playwright/test';
import { test } from '../fixtures';
import { teach } from '../answers';
import { typePin } from '../steps';
import { recorded, refused } from '../stand_in';

test('refusals lead to the finger and then to the claim, which is asked about once more', async ({
  page,
  terminal,
}) => {
  teach(terminal);
  await terminal.open();
  terminal.say({ ...refused, advice: 'finger' });
  await expect(page.locator('.way-text')).toHaveText('没认出来，请按指纹');
  terminal.say({
    ...refused,
    seq: 125,
    reason: 'no_match_finger',
    advice: 'claim',
  });
  await page.getByRole('button', { name: '我在场，没认出我' }).click();
  await page.getByRole('button', { name: '金*哲' }).click();
  await expect(page.locator('.question')).toHaveText('您是 金*哲 02 号 吗？');
  await page.getByRole('button', { name: '是我' }).click();
  await expect(page.locator('.notice-ok')).toContainText('已登记');
  await expect.poll(() => terminal.sentences.at(-1)).toBe('zh-CN: claim_taken');
  expect(terminal.orders.filter(({ verb }) => verb === 'claim')).toEqual([
    { verb: 'claim', arguments: { person: 'p1', reason: 'not_recognised' } },
  ]);
  await page.getByRole('button', { name: '关闭' }).click();
  await expect(page.locator('.guidance')).toBeVisible();
  await expect(page.locator('.way')).toHaveCount(0); // it was for them, not for the next person
});

test('without the list of names the own number is typed', async ({ page, terminal }) => {
  terminal.answers['names'] = () => ({
    error: { code: 'invalid_argument', message: 'no such verb' },
  });
  terminal.answers['claim'] = () => ({ result: { seq: 1, earlier: true } });
  await terminal.open();
  await page.getByRole('button', { name: '打不了卡' }).click();
  await page.getByRole('button', { name: '我在场' }).click();
  await typePin(page, '12');
  await page.getByRole('button', { name: '是我' }).click();
  await expect(page.locator('.notice-ok')).toContainText('刚才已登记过');
  expect(terminal.orders.at(-1)).toEqual({
    verb: 'claim',
    arguments: { number: '12', reason: 'not_recognised' },
  });
});

test("somebody else's result is told below the claim, which goes on with the chosen name", async ({
  page,
  terminal,
}) => {
  teach(terminal);
  await terminal.open();
  await page.getByRole('button', { name: '打不了卡' }).click();
  await page.getByRole('button', { name: '我在场' }).click();
  await page.getByRole('button', { name: '金*哲' }).click(); // p1
  terminal.say(recorded);
  await expect(page.locator('.result-bar')).toHaveText(/12 号 王\*兰\s*签到成功/);
  await expect(page.locator('.question')).toHaveText('您是 金*哲 02 号 吗？');
  terminal.say({ ...recorded, seq: 124, person: 'p1', name: '金*哲', number: '02' });
  await expect(page.locator('.result-name')).toHaveText('金*哲');
  await expect(page.locator('.sheet')).toHaveCount(0);
});

test('names of two classes are told apart, and the list opens again where it was left', async ({
  page,
  terminal,
}) => {
  const people = Array.from({ length: 26 }, (_, i) => ({
    person: `p${i}`,
    number: '01',
    name: '王*兰',
    class: i < 13 ? 'c1' : 'c2',
    class_name: i < 13 ? '电工初级' : '家政服务',
  }));
  terminal.answers['names'] = () => ({ result: { people } });
  await terminal.open();
  await page.getByRole('button', { name: '打不了卡' }).click();
  await page.getByRole('button', { name: '我在场' }).click();
  await page.getByRole('button', { name: '下一页' }).click();
  await page.locator('.name').last().click();
  await expect(page.locator('.question')).toHaveText('您是 家政服务 王*兰 01 号 吗？');
  await page.getByRole('button', { name: '不是' }).click();
  await expect(page.locator('.pager')).toContainText('第 2 页');
});
