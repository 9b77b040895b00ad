// The page as a whole: connection, marks on every screen, motion, weight.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from '@playwright/test';
import { test } from '../fixtures';
import { hello, pageFolder, ready, recorded, status } from '../stand_in';

test('a lost terminal is said, connected to again, and its screen is there again', async ({
  page,
  terminal,
}) => {
  await terminal.open();
  await expect(page.locator('.guidance')).toBeVisible();
  await terminal.connected(async () => {
    await terminal.drop();
    await expect(page.getByRole('heading')).toHaveText('正在连接终端程序');
  });
  await expect(page.locator('.guidance')).toBeVisible();
});

test('whoever watches from afar is named, on every screen', async ({ page, terminal }) => {
  await terminal.open();
  await expect(page.locator('.watched')).toHaveCount(0);
  terminal.say({ ...status, watchers: [{ what: 'take_picture', by: '市局' }] });
  await expect(page.locator('.watched')).toHaveText(/正在远程拍摄\s*市局/);
  await page.getByRole('button', { name: '打不了卡' }).click();
  await expect(page.locator('.watched')).toBeVisible();
  terminal.say(status);
  await expect(page.locator('.watched')).toHaveCount(0);
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });
  test('nothing moves', async ({ page, terminal }) => {
    await terminal.open([hello, status, ready, recorded]);
    await expect(page.locator('.result')).toHaveCSS('animation-name', 'none');
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});

test('the page weighs at most 200 KiB with the prompts of a language', async ({ page, terminal }) => {
  await terminal.open();
  await expect(page.locator('.guidance')).toBeVisible();
  const sum = (names: string[], size: (path: string) => number) =>
    names.reduce((all, name) => all + size(join(pageFolder, name)), 0);
  const raw = (path: string) => statSync(path).size;
  const names = readdirSync(pageFolder);
  const page_ = names.filter((name) => !name.startsWith('say-'));
  for (const language of ['zh-CN', 'ko', 'en']) {
    const prompts = names.filter((name) => name.startsWith(`say-${language}-`));
    expect(prompts.length).toBe(36);
    expect(sum(page_, raw) + sum(prompts, raw)).toBeLessThan(200 * 1024);
  }
  const packed = sum(page_, (path) => gzipSync(readFileSync(path)).length);
  console.log(
    `page: ${sum(page_, raw)} bytes, ${packed} with gzip; all prompts ${sum(names, raw) - sum(page_, raw)}`,
  );
});
