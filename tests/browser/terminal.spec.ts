// The page on the real xueshi-terminald, with a replay camera, libfprint's virtual reader, xueshi-syncd and a registry.
// One story in order, since lessons begin and end by the clock.
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { choose, cutTexts, languages, sizes, watchForFaults, type Language } from './fixtures';
import { RealTerminal } from './real_terminal';
import { typePin } from './steps';
import { build } from './stand_in';

test.describe.configure({ mode: 'serial', timeout: 300_000 });

let terminal: RealTerminal;
let page: Page;
let faults: string[];
const said: string[] = []; // sentences that were played to their end
const decidedMs = new Map<string, number>(); // of each result's seq, by the terminal's clock, which is this machine's

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  terminal = new RealTerminal(join(build, 'tests/browser/terminal'), ['--hour-s', '150']);
  await terminal.start();
  page = await browser.newPage({ viewport: sizes['1280x800'] });
  faults = watchForFaults(page, terminal.ready.url);
  page.on('websocket', (socket) => {
    const asked = new Map<number, string>();
    socket.on('framesent', ({ payload }) => {
      const order = JSON.parse(String(payload));
      if (order.verb === 'say') {
        asked.set(order.id, order.arguments.words.join(' '));
      }
    });
    socket.on('framereceived', ({ payload }) => {
      const message = typeof payload === 'string' ? JSON.parse(payload) : {};
      if (message.type === 'answer' && message.result !== undefined) {
        said.push(asked.get(message.id) ?? '');
      }
      if (message.outcome === 'recorded') {
        decidedMs.set(String(message.seq), message.wall_ms);
      }
    });
  });
  await page.addInitScript(() => {
    const shownMs: Record<string, number> = {};
    Object.assign(window, { shownMs });
    new MutationObserver(() => {
      const seq = document.querySelector<HTMLElement>('.result')?.dataset['seq'];
      if (seq !== undefined) {
        shownMs[seq] ??= Date.now();
      }
    }).observe(document, { subtree: true, childList: true });
  });
  await page.goto(`${terminal.ready.url}/`);
  await expect(page.locator('.checkin')).toBeVisible();
});

test.afterAll(async () => {
  test.setTimeout(60_000);
  await page?.close();
  await terminal?.stop();
});

test.afterEach(async ({}, info) => {
  const name = info.title.replace(/\W+/g, '_');
  await page.screenshot({ path: join(build, 'tests/browser/terminal_screens', `${name}.png`) });
  if (info.status !== info.expectedStatus) {
    console.log(`the page says: ${await page.locator('body').innerText()}`);
    console.log(terminal.log());
  }
  expect(faults).toEqual([]);
});

const slowly = { timeout: 60_000 };

test('the first lesson is shown as soon as it is open', async () => {
  await expect(page.locator('.panel-title')).toHaveText('第1课', slowly);
  await expect(page.locator('.institution')).toHaveText('示范职业技能培训学校');
  await expect(page.locator('.count-of')).toHaveText('名册 4 人');
});

test('check-in by face: the live picture with its frame, then name, direction, time and lesson, and it is said', async () => {
  await terminal.order({ hear: 0 }); // whatever was said before
  await terminal.order({ show: '01', seconds: 30 });
  await expect(page.locator('.result-what')).toHaveText('签到成功', slowly);
  await expect(page.locator('.result-name')).toHaveText('王*兰');
  await expect(page.locator('.result-lesson')).toHaveText('第1课');
  await expect(page.locator('.result-time')).toHaveText(/^\d\d:\d\d:\d\d$/);
  await page.locator('.result .button').click(); // within the six seconds that it stands
  await expect(page.locator('.receipt .qr')).toBeVisible();
  await expect.poll(() => said).toContain('check_in');
  expect((await terminal.order({ hear: 10 }))['loudest']).toBeGreaterThan(1_000);
  await page.getByRole('button', { name: '关闭' }).click();
  await expect(page.locator('.result')).toHaveCount(0, slowly);
  await expect(page.locator('.count-number')).toHaveText('1');
});

test('the preview runs, and says how fast and how old', async () => {
  // Of whichever canvas is there: a page that hears nothing for some seconds connects anew, and draws on another.
  const counted = await page.evaluate(
    () =>
      new Promise<{ shown: number; seconds: number; agesMs: number[] }>((resolve) => {
        const seen = new Set<string>();
        const agesMs: number[] = [];
        const started = performance.now();
        const look = new MutationObserver((changes) => {
          const canvas = changes.at(-1)!.target as HTMLElement;
          if (!seen.has(canvas.dataset['picture']!)) {
            seen.add(canvas.dataset['picture']!);
            agesMs.push(Number(canvas.dataset['ageMs']));
          }
          if (seen.size === 60) {
            look.disconnect();
            resolve({ shown: seen.size, seconds: (performance.now() - started) / 1000, agesMs });
          }
        });
        look.observe(document, { subtree: true, attributeFilter: ['data-picture'] });
      }),
  );
  const ages = counted.agesMs.sort((a, b) => a - b);
  const rate = (counted.shown / counted.seconds).toFixed(1);
  console.log(`preview: ${rate} pictures/s, drawn ${ages[30]} ms old in the median, ${ages[59]} at most`);
  expect(counted.shown).toBe(60);
});

test('check-in by finger', async () => {
  await terminal.order({ show: '', seconds: 0 });
  await terminal.order({ press: 11 });
  await expect(page.locator('.result-name')).toHaveText('李*强', slowly);
  await expect(page.locator('.result-what')).toHaveText('签到成功');
  await expect(page.locator('.count-number')).toHaveText('2', slowly);
});

test('from the decision to the screen, the record on disk in between', async () => {
  const shownMs = await page.evaluate(
    () => (window as unknown as { shownMs: Record<string, number> }).shownMs,
  );
  const took = Object.entries(shownMs).flatMap(([seq, ms]) =>
    decidedMs.has(seq) ? ms - decidedMs.get(seq)! : [],
  );
  console.log(`decision to screen: ${took.join(', ')} ms`);
  expect(took.length).toBeGreaterThanOrEqual(2);
});

// Before the stranger: a second refusal within a minute puts another panel in the count's place.
test('a printed photograph of somebody who is enrolled is refused, and nobody is punched', async () => {
  const counted = await page.locator('.count-number').textContent();
  await terminal.order({ show: 'print', seconds: 25 });
  await expect(page.locator('.result-no')).toBeVisible(slowly);
  await expect(page.locator('.result-why')).toHaveText('需要本人面对摄像头');
  await terminal.order({ show: '', seconds: 0 });
  await expect(page.locator('.result')).toHaveCount(0, slowly);
  await expect(page.locator('.count-number')).toHaveText(counted!);
});

test('a stranger is refused, then led to the finger, and a finger ends that', async () => {
  const press = async () => {
    await terminal.order({ press: 11 });
    await expect(page.locator('.result-name')).toHaveText('李*强', slowly);
    await expect(page.locator('.result')).toHaveCount(0, slowly);
  };
  await press(); // somebody's punch: the print's refusals are none of the stranger's
  for (const advice of ['请再试一次', '请改按指纹']) {
    await terminal.order({ show: 'stranger', seconds: 60 });
    await expect(page.locator('.result-no')).toBeVisible(slowly);
    await expect(page.locator('.result-why')).toHaveText(/没有认出您|看不清您的面部|需要本人面对摄像头/);
    await expect(page.locator('.result-advice')).toHaveText(advice);
    await terminal.order({ show: '', seconds: 0 }); // who stays is not asked again
    await expect(page.locator('.result')).toHaveCount(0, slowly);
  }
  await expect(page.locator('.way-text')).toHaveText('没认出来，请按指纹', slowly);
  await press();
  await expect(page.locator('.way')).toHaveCount(0);
});

test('offline: the mark, and what waits to be sent; and back', async () => {
  await terminal.order({ registry: false });
  await expect(page.locator('.chips')).toContainText('未联网', slowly);
  await terminal.order({ press: 23 });
  await expect(page.locator('.result-name')).toHaveText('张*华', slowly);
  await expect(page.locator('.chips')).toContainText(/未联网，\d+ 条已存好待传/, slowly);
  await terminal.order({ registry: true });
  await expect(page.locator('.chips')).toContainText('已联网', slowly);
});

for (const language of Object.keys(languages) as Language[]) {
  test(`the check-in screen in ${language}, in all sizes`, async () => {
    if (language !== 'zh-CN') {
      await choose(page, language);
    }
    for (const size of Object.values(sizes)) {
      await page.setViewportSize(size);
      await expect(page.locator('.guidance')).toBeVisible();
      expect(await cutTexts(page)).toEqual([]);
    }
    await page.setViewportSize(sizes['1280x800']);
    await page.reload();
  });
}

test('I am here and was not recognised: the own name becomes a pending claim, which the teacher sees', async () => {
  await page.getByRole('button', { name: '打不了卡' }).click();
  await page.getByRole('button', { name: '我在场' }).click();
  await page.getByRole('button', { name: '金*哲' }).click();
  await page.getByRole('button', { name: '是我' }).click();
  await expect(page.locator('.notice-ok')).toContainText('已登记');
  await page.getByRole('button', { name: '关闭' }).click();

  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await page.getByRole('button', { name: '老师', exact: true }).click();
  await typePin(page, terminal.ready.pins.teacher);
  await expect(page.locator('.name')).toContainText(['金明哲']);
  await page.getByRole('button', { name: '待审登记' }).click();
  await expect(page.locator('.line')).toContainText(['金明哲']);
  await page.getByRole('button', { name: '退出' }).click();
});

test('the admin page in the local network: over TLS, after the PIN, without a picture, and out again', async ({
  browser,
}) => {
  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await expect(page.locator('.lan-address')).toContainText(`${terminal.ready.lan}/`);
  await expect(page.locator('.fingerprint')).toHaveText(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  await page.getByRole('button', { name: '返回' }).click();

  const context = await browser.newContext({ ignoreHTTPSErrors: true }); // its certificate is self-made
  const office = await context.newPage();
  const elsewhere: string[] = [];
  office.on('request', (request) => {
    if (!request.url().startsWith(`${terminal.ready.lan}/`) && !request.url().startsWith('data:')) {
      elsewhere.push(request.url());
    }
  });
  await office.goto(`${terminal.ready.lan}/`);
  const pin = office.getByLabel('请输入密码');
  await pin.fill('135790');
  await pin.press('Enter');
  await expect(office.getByRole('alert')).toHaveText('密码不对');
  await pin.fill(terminal.ready.pins.admin);
  await pin.press('Enter');
  await office.getByRole('button', { name: '王秀兰' }).click();
  await expect(office.locator('.consent', { hasText: '采集人脸' })).toContainText('已同意');
  await office.getByRole('button', { name: '返回' }).click();
  await office.getByRole('button', { name: '测试' }).click();
  await expect(office.locator('.consent').first()).toContainText('正常');
  await expect(office.locator('canvas')).toHaveCount(0);
  await office.getByRole('button', { name: '设备', exact: true }).click();
  await expect(office.locator('.facts')).toContainText('已联网');
  await office.getByRole('button', { name: '退出' }).click();
  await expect(pin).toBeVisible();
  expect(await office.evaluate(async () => (await fetch('/session')).status)).toBe(401);
  expect(elsewhere).toEqual([]);
  await context.close();
});

test('F30: wrong PINs lock the login, and the page says for how long', async () => {
  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await page.getByRole('button', { name: '老师', exact: true }).click();
  for (let tries = 0; tries < 2; tries++) {
    await typePin(page, '135790');
    await expect(page.locator('.typed')).toBeEmpty(); // answered
    await expect(page.locator('.notice-line')).toContainText('密码不对');
  }
  await typePin(page, '135790');
  await expect(page.locator('.notice-no')).toContainText('已锁定');
  await expect(page.locator('.notice-no')).toContainText(/0:\d\d 后才能再试/);
  await page.getByRole('button', { name: '返回' }).click();
  await page.getByRole('button', { name: '返回' }).click();
});

test('enrolment at the screen: consent read and given, document, witnesses, face before the camera', async () => {
  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await page.getByRole('button', { name: '管理员' }).click();
  await typePin(page, terminal.ready.pins.admin);
  await page.getByRole('button', { name: '金明哲' }).click();
  await expect(page.getByRole('button', { name: '录入人脸' })).toBeDisabled();
  await page.locator('.consent', { hasText: '采集人脸' }).getByRole('button', { name: '读同意书' }).click();
  await expect(page.locator('.consent-text')).toContainText('仅用于本期培训的考勤打卡');
  await page.getByRole('button', { name: '我已读完，同意' }).click();
  await page.getByRole('button', { name: '录入人脸' }).click();
  await terminal.order({ show: '02', seconds: 60 });
  await page.getByRole('button', { name: '拍下证件' }).click();
  await expect(page.locator('.guidance')).toHaveText('把证件照片面举到方框里，尽量占满');
  await page.waitForTimeout(3_000); // whoever stands there is not taken for a document
  await expect(page.locator('.guidance')).toHaveText('把证件照片面举到方框里，尽量占满');
  await terminal.order({ show: 'document', seconds: 60 });
  await expect(page.locator('.portrait')).toBeVisible(slowly);
  await expect(page.locator('.guidance')).toContainText('这是证件上的照片吗');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '李国强' }).click();
  await page.getByRole('button', { name: '张丽华' }).click();
  await page.getByText('学员不能转头').click();
  await terminal.order({ show: '02', seconds: 60 });
  await page.getByRole('button', { name: '开始录入' }).click();
  await expect(page.locator('.notice-ok')).toContainText('录入完成', slowly);
  await page.getByRole('button', { name: '返回' }).click();
  await page.getByRole('button', { name: '返回' }).click();
  await page.getByRole('button', { name: '退出' }).click();
});

test('the lesson changes by the clock', async () => {
  const waitMs = Math.max(0, terminal.ready.lessons[1]![0] - Date.now());
  await expect(page.locator('.panel-title')).toHaveText('第2课', { timeout: waitMs + 30_000 });
});

test('who was enrolled at the screen is recognised at it', async () => {
  await terminal.order({ show: '02', seconds: 30 });
  await expect(page.locator('.result-name')).toHaveText('金*哲', slowly);
  await expect(page.locator('.result-lesson')).toHaveText('第2课');
});

test('consent withdrawn at the screen erases the face', async () => {
  await terminal.order({ show: '', seconds: 0 });
  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await page.getByRole('button', { name: '管理员' }).click();
  await typePin(page, terminal.ready.pins.admin);
  await page.getByRole('button', { name: '金明哲' }).click();
  await page.getByRole('button', { name: '撤回全部同意并删除' }).click();
  await page.getByRole('button', { name: '确定' }).click();
  await expect(page.locator('.question')).toContainText('已删除');
  await page.getByRole('button', { name: '返回' }).click();
  await expect(page.locator('.consent').first()).toContainText('未同意');
});
