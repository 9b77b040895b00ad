// The admin's pages about the device itself.
import { expect } from '@playwright/test';
import { test } from '../fixtures';
import { openAs } from '../steps';

test('the microphone test says whether a lesson video would have sound', async ({ page, terminal }) => {
  await openAs('admin', page, terminal);
  await page.getByRole('button', { name: '测试' }).click();
  await expect(page.locator('.level')).toHaveText('请对着麦克风说话');
  terminal.say({ type: 'sound', dbfs: -31, silent_below: -65 });
  await expect(page.locator('.level')).toHaveText('有声音 -31 dB');
  await expect(page.locator('.level progress')).toHaveAttribute('value', '69');
  terminal.say({ type: 'sound', dbfs: -70, silent_below: -65 });
  await expect(page.locator('.level .mark')).toHaveText('没有声音 -70 dB');
});

test('the sound test goes the way of every prompt, and says in words why nothing was played', async ({
  page,
  terminal,
}) => {
  await openAs('admin', page, terminal);
  await page.getByRole('button', { name: '测试' }).click();
  const row = page.locator('.consent', { hasText: '扬声器' });
  terminal.answers['say'] = () => ({ error: { code: 'io', message: 'no such device' } });
  await row.getByRole('button', { name: '播放一句' }).click();
  await expect(row.getByRole('status')).toHaveText('没有播放出来：设备故障。请检查扬声器');
  terminal.answers['say'] = () => ({ result: {} });
  await row.getByRole('button', { name: '播放一句' }).click();
  await expect(row.getByRole('status')).toBeEmpty();
  expect(terminal.sentences).toEqual(['zh-CN: check_in', 'zh-CN: check_in']);
});

test('the device page shows free space, addresses and versions', async ({ page, terminal }) => {
  await openAs('admin', page, terminal);
  await page.getByRole('button', { name: '设备', exact: true }).click();
  await expect(page.locator('.facts')).toContainText('剩余 12.3 GB，共 31.9 GB');
  await expect(page.locator('.interfaces li')).toHaveText([
    'eth0: 192.168.1.20, fe80::9a3b:14ff:fe20:8c11',
    'wlan0: 断开',
  ]);
  await expect(page.locator('.facts')).toContainText('0.1.0 · dlib-resnet-v1 · mcc');
});

test('diagnostics saved at the screen are said to stay in the terminal, which has no folder for anybody', async ({
  page,
  terminal,
}) => {
  await openAs('admin', page, terminal);
  await page.getByRole('button', { name: '设备', exact: true }).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: '导出诊断' }).click();
  expect((await saved).suggestedFilename()).toBe('xueshi-2026-11-28.json');
  await expect(
    page.getByText('已保存在这台终端的浏览器里，重启后消失。要带走，请在局域网管理页导出。'),
  ).toBeVisible();
});
