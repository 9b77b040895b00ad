// A new terminal is put up, before its screen: real programs, and the page open from the start. What lets it in is a token
// in its settings, or the operator's approval of the code that it shows.
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { sizes, watchForFaults } from './fixtures';
import { RealTerminal } from './real_terminal';
import { typePin } from './steps';
import { build } from './stand_in';

test.describe.configure({ mode: 'serial', timeout: 600_000 });

const slowly = { timeout: 120_000 };
const staff = { admin: '管理员', teacher: '老师' } as const;
type StaffRole = keyof typeof staff;
const steps = ['联系登记系统', '等操作员批准', '领取证书', '接收班级和名册', '设置密码'];

let terminal: RealTerminal;
let page: Page;
let faults: string[];

/** In these states, by the words on the screen, are the steps of setting up, or will be. */
async function expectSteps(...states: string[]): Promise<void> {
  await expect(page.locator('.step')).toHaveText(
    states.map((state, i) => `${steps[i]}${state}`),
    slowly,
  );
}

/** Every state of the steps that the screen has shown, in order. */
async function shownSteps(): Promise<string[][]> {
  return page.evaluate(() => (window as unknown as { shownSteps: string[][] }).shownSteps);
}

async function watchSteps(): Promise<void> {
  await page.addInitScript(() => {
    const shownSteps: string[][] = [];
    Object.assign(window, { shownSteps });
    new MutationObserver(() => {
      const now = [...document.querySelectorAll('.step small')].map((state) => state.textContent ?? '');
      if (now.length > 0 && now.join() !== shownSteps.at(-1)?.join()) {
        shownSteps.push(now);
      }
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** An order of whoever speaks to the terminal past its page; its error's code, empty: it was obeyed. */
async function order(verb: string, role: string, pin: string): Promise<string> {
  return page.evaluate(
    (asked) =>
      new Promise<string>((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/ws`);
        socket.onopen = () => socket.send(JSON.stringify({ id: 1, ...asked }));
        socket.onerror = () => reject(new Error('no connection'));
        socket.onmessage = ({ data }: MessageEvent<unknown>) => {
          const message = typeof data === 'string' ? JSON.parse(data) : {};
          if (message.type === 'answer') {
            socket.close();
            resolve(message.error?.code ?? '');
          }
        };
      }),
    { verb, arguments: { role, pin } },
  );
}

/**
 * Does it, and again from the beginning where the page lost the terminal meanwhile: one that hears nothing for some
 * seconds, as on a busy machine, connects anew, and neither what was half typed nor the login is there any more.
 */
async function fromTheBeginning(act: () => Promise<void>): Promise<void> {
  let again = false;
  await expect(async () => {
    if (again) {
      await page.reload();
    }
    again = true;
    await expect(page.locator('.provisioning, .checkin')).toBeVisible(slowly);
    await act();
  }).toPass({ timeout: 500_000 });
}

async function chooseFirstPin(role: StaffRole): Promise<void> {
  const button = page.getByRole('button', { name: `设置密码： ${staff[role]}` });
  await fromTheBeginning(async () => {
    if (await button.isVisible()) {
      await button.click();
      await page.getByRole('heading', { name: '请设一个新密码' }).waitFor();
      await typePin(page, terminal.ready.pins[role]);
      await page.getByRole('heading', { name: '请再输入一次' }).waitFor();
      await typePin(page, terminal.ready.pins[role]);
    }
    await expect(page.locator('.keypad')).toHaveCount(0, { timeout: 30_000 });
    await expect(button).toHaveCount(0, { timeout: 30_000 });
  });
}

for (const by of ['token', 'code'] as const) {
  test.describe(`put up by a ${by}`, () => {
    test.beforeAll(async ({ browser }) => {
      test.setTimeout(300_000);
      terminal = new RealTerminal(join(build, `tests/browser/put_up_by_${by}`), ['--new', by]);
      await terminal.start();
      page = await browser.newPage({ viewport: sizes['1280x800'] });
      page.setDefaultTimeout(30_000); // of a tap on what went with the connection
      faults = watchForFaults(page, terminal.ready.url);
      await watchSteps();
      await page.goto(`${terminal.ready.url}/`);
    });

    test.afterAll(async () => {
      test.setTimeout(60_000);
      await page?.close();
      await terminal?.stop();
    });

    test.afterEach(async ({}, info) => {
      const name = `${by}_${info.title.replace(/\W+/g, '_')}`;
      await page.screenshot({ path: join(build, 'tests/browser/terminal_screens', `${name}.png`) });
      if (info.status !== info.expectedStatus) {
        console.log(`the page says: ${await page.locator('body').innerText()}`);
        console.log(terminal.log(), terminal.operatorActions());
      }
      expect(faults).toEqual([]);
    });

    test('the registry is away: the screen says that it is, and lets nobody choose a PIN', async () => {
      await expectSteps('未成功，会自动重试', '等待', '等待', '等待', '等待');
      await expect(page.locator('.step-error')).not.toBeEmpty();
      await expect(page.locator('.first-pins, .claim-code')).toHaveCount(0);
      expect(await order('first_pin', 'admin', terminal.ready.pins.admin)).toBe('denied');
    });

    if (by === 'code') {
      test('the claim code, as text and as QR, until an operator approves it', async () => {
        await terminal.order({ registry: true });
        await expectSteps('完成', '进行中', '等待', '等待', '等待');
        const code = (await page.locator('.code').innerText()).trim();
        expect(code).toMatch(/^[0-9A-Z]{6,12}$/);
        await expect(page.locator('.claim-code').getByRole('img', { name: code })).toBeVisible();
        await expect(page.locator('.step-error, .first-pins')).toHaveCount(0);
        expect(await order('first_pin', 'admin', terminal.ready.pins.admin)).toBe('denied');
        await terminal.order({ approve: code });
      });
    }

    test('certificate, class and policy follow by themselves, and no step goes back', async () => {
      if (by === 'token') {
        await terminal.order({ registry: true });
      }
      await expectSteps('完成', '完成', '完成', '完成', '进行中');
      await expect(page.locator('.step-error, .claim-code')).toHaveCount(0);
      const seen = await shownSteps();
      console.log(`steps on the screen: ${seen.map((states) => states.join(' ')).join(' | ')}`);
      for (const [i, earlier] of seen.slice(0, -1).entries()) {
        earlier.forEach((state, step) => state === '完成' && expect(seen[i + 1]![step]).toBe('完成'));
      }
      if (by === 'token') {
        expect(seen.some((states) => states[1] === '进行中')).toBe(false); // no operator is waited for
      }
    });

    test('F30: the first PINs are chosen at the screen, each typed twice; then trainees may come', async () => {
      await chooseFirstPin('admin');
      await expect(page.locator('.first-pins .button')).toHaveText(['设置密码： 老师'], slowly);
      await chooseFirstPin('teacher');
      await expect(page.locator('.guidance')).toBeVisible(slowly);
      await expect(page.locator('.provisioning')).toHaveCount(0);
      await expect(page.locator('.institution')).toHaveText('示范职业技能培训学校', slowly);
      await expect(page.locator('.panel-title')).toHaveText('第1课', slowly); // open by the policy of its class
      await expect(page.locator('.count-of')).toHaveText('名册 4 人');
    });

    test('F30: a first PIN is chosen once', async () => {
      for (const role of ['admin', 'teacher'] as const) {
        expect(await order('first_pin', role, '604713')).toBe('denied');
        expect(await order('login', role, '604713')).toBe('denied');
        expect(await order('login', role, terminal.ready.pins[role])).toBe('');
      }
    });

    test("F30: the admin's PIN opens the staff pages, and the journal says who chose it", async () => {
      await fromTheBeginning(async () => {
        await page.getByRole('button', { name: '老师 / 管理' }).click();
        await page.getByRole('button', { name: '管理员' }).click();
        await typePin(page, terminal.ready.pins.admin);
        const names = page.locator('.name');
        await expect(names).toContainText(['王秀兰', '金明哲', '李国强', '张丽华'], { timeout: 30_000 });
        await page.getByRole('button', { name: '退出' }).click();
      });
      await expect(page.locator('.guidance')).toBeVisible(slowly);
      const actions = terminal.operatorActions();
      const chosen = actions.filter(({ what }) => what === 'kiosk_pin');
      expect(chosen).toEqual(
        ['admin', 'teacher'].map((role) => ({ what: 'kiosk_pin', role, operator: 'kiosk:setup' })),
      );
      const wrong = actions.filter(({ outcome }) => outcome === 'wrong_pin');
      expect(wrong.map(({ role }) => role)).toEqual(['admin', 'teacher']); // by the test before
    });
  });
}
