// What the page does over time, against the stand-in.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from '@playwright/test';
import { choose, seriousViolations, test } from './fixtures';
import { login, teach, typePin } from './scenes';
import { hello, lanOrigin, pageFolder, ready, recorded, refused, StandIn, status } from './stand_in';

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

test('results come one after the other and go by themselves', async ({ page, terminal }) => {
  await terminal.open();
  terminal.say(recorded);
  terminal.say({
    ...recorded,
    seq: 200,
    name: '金*哲',
    direction: 'check_out',
  });
  await expect(page.locator('.result-name')).toHaveText('王*兰');
  await expect(page.locator('.result-what')).toHaveText('签到成功');
  await expect(page.locator('.result-name')).toHaveText('金*哲');
  await expect(page.locator('.result-what')).toHaveText('签退成功');
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
  terminal.first = [hello, shown({ counted_ms: 14 * minute }), ready];
  await terminal.open();
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
  terminal.first = [hello, { ...status, devices: { ...status.devices, camera: 'none' } }, ready];
  await terminal.open();
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

test('prompts are spoken in the chosen language, and not when they are turned off', async ({
  page,
  terminal,
}) => {
  await terminal.open();
  await choose(page, 'ko');
  const asked = page.waitForRequest(/say-/);
  terminal.say(recorded);
  expect((await asked).url()).toContain('/say-ko-check_in.ogg');
  await expect(page.locator('.result')).toHaveCount(0);

  await page.getByRole('button', { name: '언어' }).click();
  await page.getByRole('button', { name: '음성 안내: 켜짐' }).click();
  await page.getByRole('button', { name: '뒤로' }).click();
  const spoken: string[] = [];
  page.on('request', (request) => spoken.push(request.url()));
  terminal.say({ ...recorded, seq: 300 });
  await expect(page.locator('.result')).toBeVisible();
  expect(spoken.filter((url) => url.includes('say-'))).toEqual([]);
});

test('a call has a countdown, is spoken by number, and shows what came of it', async ({ page, terminal }) => {
  await terminal.open();
  const spoken: string[] = [];
  page.on('request', (request) => spoken.push(request.url().split('/').at(-1)!));
  const asked = (state: string) => [
    { name: '王*兰', number: '07', until_ms: status.wall_ms + 90_000, state },
    { name: '金*哲', number: '12', until_ms: status.wall_ms + 90_000, state: 'present' },
  ];
  terminal.say({ ...status, asked: asked('called') });
  await expect(page.locator('.call-time')).toContainText(/剩余 1:(30|29|28)/);
  await expect(page.locator('.called > li').first()).toHaveText(/07\s*王\*兰\s*请过来/);
  const words = ['call', 'digit_0', 'digit_7'].map((word) => `say-zh-CN-${word}.ogg`);
  await expect.poll(() => spoken).toEqual(words);
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
  const spoken: string[] = [];
  page.on('request', (request) => spoken.push(request.url().split('/').at(-1)!));
  const asked = [{ name: '王*兰', number: '07', until_ms: status.wall_ms + 90_000, state: 'called' }];
  await login(page, 'teacher');
  terminal.say({ ...status, asked });
  await expect(page.locator('.call-bar')).toContainText(/07 王\*兰\s*剩余 1:(30|29|28)/);
  await expect.poll(() => spoken.filter((name) => name.startsWith('say-'))[0]).toBe('say-zh-CN-call.ogg');
  await page.getByRole('button', { name: '退出' }).click();
  await expect(page.locator('.call')).toBeVisible();
  await expect(page.locator('.call-bar')).toHaveCount(0); // once is enough
  terminal.say({ ...refused, advice: 'claim' });
  await expect(page.locator('.way')).toBeVisible();
  await expect(page.locator('.call-bar')).toBeVisible();
  terminal.say(status);
  await expect(page.locator('.call-bar')).toHaveCount(0);
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

test('F30: a locked PIN shows how long, and takes no digits meanwhile', async ({ page, terminal }) => {
  terminal.answers['login'] = () => ({
    error: { code: 'unavailable', message: 'locked', wait_ms: 3_000 },
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

test('a teacher asks for a change of a lesson to come, and of one that began only whether it was held', async ({
  page,
  terminal,
}) => {
  teach(terminal);
  await terminal.open();
  await login(page, 'teacher');
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
  terminal.first = [told, { ...fresh, sync: { ...status.sync, state: 'waiting_approval' } }, ready];
  await terminal.open();
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
  terminal.first = [told, { ...fresh, first_pins: ['admin', 'teacher'] }, ready];
  await terminal.open();
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

test('errors of the sync daemon are said in the language of the screen', async ({ page, terminal }) => {
  const sync = {
    ...status.sync,
    state: 'claiming',
    error_zh: '无法连接登记平台',
    error_ko: '등록 시스템에 연결할 수 없습니다',
    error_en: 'the registry cannot be reached',
  };
  terminal.first = [hello, { ...status, sync, roster_as_of_ms: 0, lessons: [] }, ready];
  await terminal.open();
  await expect(page.locator('.step-error')).toHaveText(sync.error_zh);
  await choose(page, 'ko');
  await expect(page.locator('.step-error')).toHaveText(sync.error_ko);
});

test('while the clock is not set nobody is called missing', async ({ page, terminal }) => {
  teach(terminal);
  const people = [{ person: 'p0', number: '01', name: '王秀兰', state: 'unknown', accommodation: '' }];
  terminal.answers['lesson'] = () => ({ result: { lessons: [{ ...status.lessons[0], people }] } });
  terminal.first = [hello, { ...status, clock: 'unset', lessons: [] }, ready];
  await terminal.open();
  await login(page, 'teacher');
  await page.getByRole('button', { name: '还没到' }).click();
  await expect(page.getByRole('status')).toHaveText('时钟未设定，暂时无法判断谁到了');
  await expect(page.locator('.tally')).toHaveCount(0);
  await expect(page.locator('.name')).toHaveText(/01\s*王秀兰/); // who cannot be recognised is punched by hand all the same
});

/** Both taps before the page is drawn again. */
const tapTwice = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((button: HTMLElement) => [0, 1].forEach(() => button.click()));

test('a double tap gives one order: of a PIN, a claim, and a punch by hand', async ({ page, terminal }) => {
  const ordered = (verb: string) => terminal.orders.filter((order) => order.verb === verb).length;
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
  expect([ordered('claim'), ordered('login'), ordered('manual_punch')]).toEqual([1, 1, 1]);
});

test('a double tap gives one order: of a difficulty, a change, and a picked lesson', async ({
  page,
  terminal,
}) => {
  const ordered = (verb: string) => terminal.orders.filter((order) => order.verb === verb).length;
  teach(terminal);
  await terminal.open();
  await login(page, 'teacher');
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
  expect([ordered('accommodate'), ordered('request_change'), ordered('pick_lesson')]).toEqual([1, 1, 1]);
});

test('a double tap gives one order: of a consent, its withdrawal, an enrolment, and an erasure', async ({
  page,
  terminal,
}) => {
  const ordered = (verb: string) => terminal.orders.filter((order) => order.verb === verb).length;
  teach(terminal);
  terminal.answers['enrol_finger'] = () => ({ error: { code: 'timeout', message: 'nobody came' } });
  terminal.answers['erase'] = () => ({ result: { person: 'p0', left_in_reader: 0 } });
  terminal.answers['consent'] = () => ({ result: { person: 'p0', left_in_reader: 1 } });
  await terminal.open();
  await login(page, 'admin');
  await page.locator('.name').nth(2).click();
  await page.locator('.consent .button-main').first().click();
  await tapTwice(page, '.choices .button-main');
  await expect(page.locator('.consents')).toBeVisible();
  expect(ordered('consent')).toBe(1);
  await page.getByRole('button', { name: '返回' }).click();
  await page.locator('.name').first().click();
  await page.locator('.consent .button:not(.button-main)').first().click();
  expect(ordered('consent')).toBe(1); // what cannot be taken back is asked about once more
  await tapTwice(page, '.button-big.button-no');
  await expect(page.locator('.question[role=status]')).toHaveText(
    '已撤回。 指纹仪里还有 1 枚待删除，请保持连接。',
  );
  expect(ordered('consent')).toBe(2);
  await page.getByRole('button', { name: '返回' }).click();
  await page.locator('.choices .button-big').nth(1).click();
  await tapTwice(page, '.fingers .button');
  await expect(page.locator('.notice-no')).toBeVisible();
  await page.getByRole('button', { name: '返回' }).click();
  await page.locator('.button-no').click();
  await tapTwice(page, '.button-big.button-no');
  await expect(page.locator('.question[role=status]')).toBeVisible();
  expect([ordered('enrol_finger'), ordered('erase')]).toEqual([1, 1]);
});

test('a claim that is made while the teacher looks at the list comes into it', async ({ page, terminal }) => {
  teach(terminal);
  const claims: object[] = [];
  terminal.answers['claims'] = () => ({ result: { claims: [...claims] } });
  await terminal.open();
  await login(page, 'teacher');
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
  teach(terminal);
  await terminal.open();
  await login(page, 'teacher');
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

test('the microphone test says whether a lesson video would have sound', async ({ page, terminal }) => {
  teach(terminal);
  await terminal.open();
  await login(page, 'admin');
  await page.getByRole('button', { name: '测试' }).click();
  await expect(page.locator('.level')).toHaveText('请对着麦克风说话');
  terminal.say({ type: 'sound', dbfs: -31, silent_below: -65 });
  await expect(page.locator('.level')).toHaveText('有声音 -31 dB');
  await expect(page.locator('.level progress')).toHaveAttribute('value', '69');
  terminal.say({ type: 'sound', dbfs: -70, silent_below: -65 });
  await expect(page.locator('.level .mark')).toHaveText('没有声音 -70 dB');
});

test('the device page shows free space, addresses and versions', async ({ page, terminal }) => {
  teach(terminal);
  await terminal.open();
  await login(page, 'admin');
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
  teach(terminal);
  await terminal.open();
  await login(page, 'admin');
  await page.getByRole('button', { name: '设备', exact: true }).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: '导出诊断' }).click();
  expect((await saved).suggestedFilename()).toBe('xueshi-2026-11-28.json');
  await expect(
    page.getByText('已保存在这台终端的浏览器里，重启后消失。要带走，请在局域网管理页导出。'),
  ).toBeVisible();
});

test('leaving the staff pages logs out', async ({ page, terminal }) => {
  teach(terminal);
  await terminal.open();
  await login(page, 'teacher');
  await page.getByRole('button', { name: '退出' }).click();
  await expect(page.locator('.guidance')).toBeVisible();
  expect(terminal.orders.at(-1)?.verb).toBe('logout');
});

test('a session that the terminal ended is said', async ({ page, terminal }) => {
  teach(terminal);
  await terminal.open();
  await login(page, 'admin');
  terminal.say({ type: 'session', role: 'trainee', reason: 'idle' });
  await expect(page.locator('.foot')).toContainText('长时间没有操作，已退出');
});

test('F30: while somebody is logged in the terminal hears of touches and keys, now and then; else of none', async ({
  page,
  terminal,
}) => {
  teach(terminal);
  await terminal.open();
  await login(page, 'teacher');
  expect(terminal.used).toBe(0);
  await page.locator('h1').click();
  await page.locator('h1').click();
  await page.keyboard.press('Shift');
  await expect.poll(() => terminal.used).toBe(1);
  const since = Date.now();
  await expect(async () => {
    await page.keyboard.press('Shift');
    expect(terminal.used).toBe(2);
  }).toPass({ intervals: [500] });
  expect(Date.now() - since).toBeGreaterThan(8_000);
});

test('leaving an enrolment that runs stops it', async ({ page, terminal }) => {
  teach(terminal);
  await terminal.open();
  await login(page, 'admin');
  await page.getByRole('button', { name: '王秀兰' }).click();
  await page.getByRole('button', { name: '录入指纹' }).click();
  await page.getByRole('button', { name: '右食指' }).click();
  await expect(page.locator('.capture .guidance')).toHaveText('请把手指放到指纹仪上');
  await page.getByRole('button', { name: '返回' }).click();
  await expect.poll(() => terminal.orders.map(({ verb }) => verb)).toContain('cancel');
});

test('a consent is given with the hash of the text that was shown in the chosen language', async ({
  page,
  terminal,
}) => {
  teach(terminal);
  terminal.answers['consent_texts'] = () => ({
    result: {
      texts: [
        { purpose: 'face', language: 'zh-CN', text: '同意书', text_hash: 'aa' },
        { purpose: 'face', language: 'ko', text: '동의서', text_hash: 'bb' },
      ],
    },
  });
  await terminal.open();
  await choose(page, 'ko');
  await login(page, 'admin');
  await page.getByRole('button', { name: '李国强' }).click();
  await page.locator('.consent .button-main').first().click();
  await expect(page.locator('.consent-text')).toHaveText('동의서');
  await page.getByRole('button', { name: '읽었으며 동의합니다' }).click();
  await expect
    .poll(() => terminal.orders.find(({ verb }) => verb === 'consent')?.arguments)
    .toEqual({ person: 'p2', purpose: 'face', text_hash: 'bb' });
});

test('for a child of under 14 one of the guardians whom the terminal knows agrees, or nobody', async ({
  page,
  terminal,
}) => {
  teach(terminal);
  await terminal.open();
  await login(page, 'admin');
  await page.getByRole('button', { name: '李国强' }).click();
  await page.locator('.consent .button-main').first().click();
  await page.getByLabel('不满十四周岁，由监护人同意').check();
  const agree = page.getByRole('button', { name: '我已读完，同意' });
  await expect(agree).toBeDisabled();
  await page.getByRole('button', { name: '父亲' }).click();
  await agree.click();
  await expect
    .poll(() => terminal.orders.find(({ verb }) => verb === 'consent')?.arguments)
    .toMatchObject({ person: 'p2', under_14: true, guardian: 'father' });
});

test('where no text of consent can be had, that is said, and there is a way back', async ({
  page,
  terminal,
}) => {
  teach(terminal);
  terminal.answers['consent_texts'] = () => ({ error: { code: 'io', message: 'unreadable' } });
  await terminal.open();
  await login(page, 'admin');
  const read = async () => {
    await page.locator('.consent .button-main').first().click();
    await expect(page.locator('.sheet-body [role=status]')).toBeVisible();
  };
  await page.getByRole('button', { name: '李国强' }).click();
  await read();
  await expect(page.locator('.sheet-body [role=status]')).toHaveText('设备故障');
  await page.getByRole('button', { name: '返回' }).click();
  terminal.answers['consent_texts'] = () => ({ result: { texts: [] } });
  await read();
  await expect(page.locator('.sheet-body [role=status]')).toHaveText('没有找到');
  await page.getByRole('button', { name: '返回' }).click();
  await expect(page.locator('.consents')).toBeVisible();
});

test('in the local network: nothing without the PIN, then the administration, and out again', async ({
  page,
}) => {
  const terminal = new StandIn(page, lanOrigin);
  teach(terminal);
  let [loggedIn, tries] = [false, 0];
  terminal.http['/session'] = () => ({ status: loggedIn ? 204 : 401 });
  terminal.http['/login'] = (body) => {
    loggedIn = body === '{"pin":"280041"}';
    const problem = ++tries < 2 ? { code: 'denied' } : { code: 'unavailable', wait_ms: 2_000 };
    return loggedIn ? { status: 204 } : { status: 403, body: JSON.stringify(problem) };
  };
  terminal.first = [
    { type: 'session', role: 'admin', reason: 'login' },
    { ...hello, preview: null, access: 'lan' },
    status,
  ];
  await terminal.listen();
  await page.goto(`${lanOrigin}/`);
  const pin = page.getByLabel('请输入密码');
  const enter = async (digits: string) => {
    await pin.fill(digits);
    await pin.press('Enter');
  };
  await enter('111222');
  await expect(page.getByRole('alert')).toHaveText('密码不对');
  await enter('111333');
  await expect(page.getByRole('alert')).toContainText(/0:0\d 后才能再试/);
  await expect(pin).toBeDisabled();
  await expect(pin).toBeEnabled(); // after its time
  expect(await seriousViolations(page)).toEqual([]);
  await enter('280041');
  await expect(page.getByRole('button', { name: '王秀兰' })).toBeVisible();
  expect(await seriousViolations(page)).toEqual([]);
  await page.getByRole('button', { name: '王秀兰' }).click();
  await page.getByRole('button', { name: '录入人脸' }).click();
  await expect(page.getByText('选择文件')).toBeVisible();
  await expect(page.getByRole('button', { name: '拍下证件' })).toHaveCount(0); // no picture comes here
  await expect(page.locator('canvas')).toHaveCount(0);
  await page.getByRole('button', { name: '返回' }).click();
  await page.getByRole('button', { name: '返回' }).click();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Device', exact: true }).click();
  await page.getByRole('button', { name: 'Export diagnostics' }).click();
  await expect(page.getByText('Saved to the download folder')).toBeVisible();
  await page.getByRole('button', { name: 'Tests' }).click();
  await expect(page.locator('canvas')).toHaveCount(0); // nobody watches the classroom this way
  loggedIn = false;
  await terminal.drop();
  await expect(page.getByLabel('Type the PIN')).toBeVisible();
  terminal.stop();
});

test('staff see where the page in the local network is, and by which certificate it is known', async ({
  page,
  terminal,
}) => {
  const fingerprint = Array(32).fill('AB').join(':');
  terminal.first = [{ ...hello, lan: { url: `${lanOrigin}/`, fingerprint } }, status, ready];
  await terminal.open();
  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await expect(page.locator('.lan-address')).toContainText(`${lanOrigin}/`);
  await expect(page.locator('.fingerprint')).toHaveText(fingerprint);
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });
  test('nothing moves', async ({ page, terminal }) => {
    terminal.first = [hello, status, ready, recorded];
    await terminal.open();
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
    expect(prompts.length).toBe(27);
    expect(sum(page_, raw) + sum(prompts, raw)).toBeLessThan(200 * 1024);
  }
  const packed = sum(page_, (path) => gzipSync(readFileSync(path)).length);
  console.log(
    `page: ${sum(page_, raw)} bytes, ${packed} with gzip; all prompts ${sum(names, raw) - sum(page_, raw)}`,
  );
});
