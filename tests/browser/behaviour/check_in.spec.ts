// The check-in screen: the live picture, what is said beside it, and results.
import { expect } from '@playwright/test';
import { choose, test } from '../fixtures';
import { hello, ready, recorded, status } from '../stand_in';

test('a picture is acknowledged when it is drawn, and the frame is where the face is in the mirror', async ({
  page,
  terminal,
  picture,
}) => {
  await terminal.open();
  terminal.say({
    ...ready,
    code: 'look_here',
    crowd: 'one',
    face: { x: 100, y: 200, width: 200, height: 400 },
  });
  await expect(page.locator('.guidance')).toHaveAttribute('data-code', 'look_here');
  terminal.picture(7, picture);
  await expect.poll(() => terminal.acknowledged).toEqual([7]);
  const corner = await page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    // The left edge at 100 of 1000 lies, in the mirror, at 900: the frame's white corner is there.
    const { data } = canvas.getContext('2d')!.getImageData(Math.round(canvas.width * 0.9) - 1, 56, 3, 3);
    return [...data.slice(16, 19)];
  });
  expect(Math.min(...corner)).toBeGreaterThan(240);
});

test('a page that does not show the preview does not ask for more of it', async ({
  page,
  terminal,
  picture,
}) => {
  await terminal.open();
  await page.getByRole('button', { name: '打不了卡' }).click();
  terminal.picture(1, picture);
  terminal.say({ ...ready, code: 'look_here' }); // after the picture on the same socket
  await page.getByRole('button', { name: '返回' }).click();
  await expect(page.locator('.guidance')).toHaveAttribute('data-code', 'look_here');
  await expect.poll(() => terminal.acknowledged).toEqual([1]);
  await page.getByRole('button', { name: '打不了卡' }).click();
  terminal.picture(2, picture);
  terminal.say({ ...status, institution: '另一所学校' });
  await expect(page.locator('h1')).toHaveText('打不了卡怎么办');
  expect(terminal.acknowledged).toEqual([1]);
});

test('results come one after the other and go by themselves', async ({ page, terminal }) => {
  await page.addInitScript(() => {
    const shown: string[] = []; // the first stands for a second and a half only
    Object.assign(window, { shown });
    new MutationObserver(() => {
      const parts = [...document.querySelectorAll('.result-name, .result-what')];
      const text = parts
        .map((part) => part.textContent)
        .sort()
        .join(' ');
      if (text !== '' && shown.at(-1) !== text) {
        shown.push(text);
      }
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await terminal.open();
  terminal.say(recorded);
  terminal.say({
    ...recorded,
    seq: 200,
    name: '金*哲',
    direction: 'check_out',
  });
  const shown = () => page.evaluate(() => (window as unknown as { shown: string[] }).shown);
  await expect.poll(shown).toHaveLength(2);
  expect(await shown()).toEqual(['王*兰 签到成功', '签退成功 金*哲']); // sorted
  await expect(page.locator('.result')).toHaveCount(0);
});

test('the lesson video is measured by what its hours owe, and heads stand beside those checked in', async ({
  page,
  terminal,
}) => {
  const minute = 60_000;
  const video = { recorded_ms: 41 * minute, usable_ms: 40 * minute, owed_ms: 20 * minute, faces: 25 };
  const shown = (fields: object) => ({
    ...status,
    lessons: [{ ...status.lessons[0]!, evidence: { ...video, ...fields } }],
  });
  await terminal.open([hello, shown({ counted_ms: 14 * minute }), ready]);
  await expect(page.locator('.evidence')).toContainText('14 / 20 分钟');
  await expect(page.locator('.evidence')).not.toContainText('已达到要求');
  await expect(page.locator('.evidence-faces')).toHaveText('画面中 25 人 · 已签到 26 人');
  terminal.say(shown({ counted_ms: 20 * minute, faces: -1 }));
  await expect(page.locator('.evidence')).toContainText('20 / 20 分钟 · 已达到要求');
  await expect(page.locator('.evidence-faces')).toHaveCount(0);
});

test('a terminal without a camera asks for the finger, and says of no camera that it is lost', async ({
  page,
  terminal,
}) => {
  await terminal.open([hello, { ...status, devices: { ...status.devices, camera: 'none' } }, ready]);
  await expect(page.locator('.preview-none')).toHaveText('用录入过的手指，平放按住');
  await expect(page.locator('.guidance')).toHaveText('请按指纹');
  terminal.say({ ...status, devices: { ...status.devices, camera: 'down' } });
  await expect(page.locator('.preview-none')).toHaveText('摄像头断开');
});

test('a name that the policy keeps back is not shown: the number is', async ({ page, terminal }) => {
  await terminal.open();
  terminal.say({ ...recorded, name: '' });
  await expect(page.locator('.result-name')).toHaveText('12 号');
});

test('the terminal speaks in the chosen language, the browser plays nothing; turned off it is silent', async ({
  page,
  terminal,
}) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  await terminal.open();
  await choose(page, 'ko');
  terminal.say(recorded);
  await expect.poll(() => terminal.sentences).toEqual(['ko: check_in']);
  await expect(page.locator('.result')).toHaveCount(0);

  await page.getByRole('button', { name: '언어' }).click();
  await page.getByRole('button', { name: '음성 안내: 켜짐' }).click();
  await page.getByRole('button', { name: '뒤로' }).click();
  terminal.say({ ...recorded, seq: 300 });
  await expect(page.locator('.result')).toBeVisible();
  await expect(page.locator('.result')).toHaveCount(0);
  expect(terminal.sentences.length).toBe(1);
  expect(fetched.filter((url) => url.includes('say-'))).toEqual([]);
});

test.describe('where the terminal has no loudspeaker', () => {
  const first = [{ ...hello, speaks: false }, status, ready];

  test('the browser speaks, word after word, once it may', async ({ page, terminal }) => {
    const fetched: string[] = [];
    page.on('request', (request) => fetched.push(request.url().split('/').at(-1)!));
    await terminal.open(first);
    await choose(page, 'en'); // it may from the first touch on
    const asked = [{ name: '王*兰', number: '07', until_ms: status.wall_ms + 90_000, state: 'called' }];
    terminal.say({ ...status, asked });
    const words = ['call', 'digit_0', 'digit_7'].map((word) => `say-en-${word}.ogg`);
    await expect.poll(() => fetched.filter((name) => name.startsWith('say-'))).toEqual(words);
    expect(terminal.sentences).toEqual([]);
  });

  test('a browser that may not is told to the terminal, once', async ({ page, terminal }) => {
    await page.addInitScript(() => {
      const refusal = () => Promise.reject(new DOMException('no touch yet', 'NotAllowedError'));
      HTMLMediaElement.prototype.play = refusal; // as WebKit's default policy has it
    });
    terminal.answers['not_said'] = () => ({ result: {} });
    await terminal.open(first);
    terminal.say(recorded);
    await expect
      .poll(() => terminal.orders)
      .toEqual([{ verb: 'not_said', arguments: { error: 'NotAllowedError' } }]);
    terminal.say({ ...recorded, seq: 300, direction: 'check_out' });
    await expect(page.locator('.result')).toHaveAttribute('data-seq', '300');
    await expect(page.locator('.result')).toHaveCount(0);
    expect(terminal.orders.length).toBe(1);
  });
});
