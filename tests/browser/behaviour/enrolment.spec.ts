// Consent and enrolment by an admin.
import { expect, type Page } from '@playwright/test';
import { choose, cutTexts, seriousViolations, sizes, smallTargets, test } from '../fixtures';
import { teach } from '../answers';
import { login, openAs, secondsPass } from '../steps';
import type { StandIn } from '../stand_in';

/** The first step of enrolling 王秀兰's face: her document. */
async function openFace(page: Page, terminal: StandIn) {
  await openAs('admin', page, terminal);
  await page.getByRole('button', { name: '王秀兰' }).click();
  await page.getByRole('button', { name: '录入人脸' }).click();
}

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

const texts = [
  { purpose: 'face', language: 'zh-CN', text: '同意书', text_hash: 'aa' },
  { purpose: 'face', language: 'ko', text: '동의서', text_hash: 'bb' },
];

test('a trainee reads the text in their own language on a page that the admin uses in another', async ({
  page,
  terminal,
}) => {
  terminal.answers['consent_texts'] = () => ({ result: { texts } });
  await openAs('admin', page, terminal);
  await page.getByRole('button', { name: '李国强' }).click();
  await page.locator('.consent .button-main').first().click();
  await expect(page.locator('.consent-text')).toHaveText('同意书');
  await expect(page.getByRole('button', { name: 'English' })).toHaveCount(0); // there is no such text
  for (const size of Object.values(sizes)) {
    await page.setViewportSize(size);
    expect([...(await cutTexts(page)), ...(await smallTargets(page))]).toEqual([]);
  }
  await page.getByRole('button', { name: '한국어' }).click();
  await expect(page.locator('.consent-text')).toHaveText('동의서');
  await expect(page.locator('main')).toHaveAttribute('lang', 'ko');
  expect(await seriousViolations(page)).toEqual([]);
  await page.getByRole('button', { name: '읽었으며 동의합니다' }).click();
  await expect
    .poll(() => terminal.orders.find(({ verb }) => verb === 'consent')?.arguments)
    .toEqual({ person: 'p2', purpose: 'face', text_hash: 'bb' });
  await expect(page.locator('.consents')).toContainText('采集人脸'); // the admin's language has stayed
});

test('while the text of a consent is open the login is kept, for five minutes after the last touch', async ({
  page,
  terminal,
}) => {
  test.slow(); // eight minutes, second by second
  await page.clock.install();
  await openAs('admin', page, terminal);
  await page.getByRole('button', { name: '李国强' }).click();
  const passes = async (seconds: number) => {
    await secondsPass(seconds, page, terminal);
    return terminal.used;
  };
  const before = terminal.used;
  expect(await passes(60)).toBe(before); // nothing is read yet
  await page.locator('.consent .button-main').first().click();
  await expect(page.locator('.consent-text')).toBeVisible();
  const opened = terminal.used;
  const read = await passes(280);
  expect(read - opened).toBeGreaterThanOrEqual(6); // two minutes are never without
  const last = await passes(40);
  expect(await passes(120)).toBe(last); // it was forgotten
});

test('for a child of under 14 one of the guardians whom the terminal knows agrees, or nobody', async ({
  page,
  terminal,
}) => {
  await openAs('admin', page, terminal);
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
  terminal.answers['consent_texts'] = () => ({ error: { code: 'io', message: 'unreadable' } });
  await openAs('admin', page, terminal);
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

test('leaving an enrolment that runs stops it', async ({ page, terminal }) => {
  await openAs('admin', page, terminal);
  await page.getByRole('button', { name: '王秀兰' }).click();
  await page.getByRole('button', { name: '录入指纹' }).click();
  await page.getByRole('button', { name: '右食指' }).click();
  await expect(page.locator('.capture .guidance')).toHaveText('请把手指放到指纹仪上');
  await page.getByRole('button', { name: '返回' }).click();
  await expect.poll(() => terminal.orders.map(({ verb }) => verb)).toContain('cancel');
});

test('a document is held up until the terminal has its portrait, which the operator sees and the enrolment gets', async ({
  page,
  terminal,
  picture,
}) => {
  const portrait = picture.toString('base64');
  const last = (verb: string) => terminal.orders.filter((order) => order.verb === verb).at(-1);
  await openFace(page, terminal);
  await page.getByRole('button', { name: '拍下证件' }).click();
  await expect(page.locator('.guidance')).toHaveText('把证件照片面举到方框里，尽量占满');
  await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('photograph_document');
  terminal.progress(terminal.lastId, { document: 'closer' });
  await expect(page.locator('.guidance')).toHaveText('证件再靠近一些');
  terminal.say({ type: 'answer', id: terminal.lastId, error: { code: 'timeout', message: '' } });
  await expect(page.locator('.guidance')).toHaveText('没有拍到证件照片，请重拍');
  await page.getByRole('button', { name: '拍下证件' }).click();
  await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('photograph_document');
  terminal.say({ type: 'answer', id: terminal.lastId, result: { portrait } });
  await expect(page.locator('.guidance')).toHaveText('这是证件上的照片吗？');
  await expect(page.locator('.portrait')).toHaveJSProperty('naturalWidth', 480);
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '开始录入' }).click();
  await expect.poll(() => last('enrol_face')?.arguments['document']).toBe(portrait);
});

test('why no document is photographed is said; one that is stopped is no error, and a file does too', async ({
  page,
  terminal,
  picture,
}) => {
  const begin = async () => {
    await page.getByRole('button', { name: '拍下证件' }).click();
    await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('photograph_document');
    return terminal.lastId;
  };
  await openFace(page, terminal);
  terminal.say({ type: 'answer', id: await begin(), error: { code: 'conflict', message: '' } });
  await expect(page.locator('.guidance')).not.toContainText('证件照片');
  await expect(page.locator('.guidance')).toHaveClass(/tone-no/);
  const stopped = await begin();
  await page.getByRole('button', { name: '停止' }).click();
  await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('cancel');
  terminal.say({ type: 'answer', id: stopped, error: { code: 'timeout', message: '' } });
  await expect(page.locator('.guidance')).toHaveText('把证件照片面举到方框里，尽量占满');
  await expect(page.getByRole('button', { name: '拍下证件' })).toBeVisible();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'document.jpg', mimeType: 'image/jpeg', buffer: picture });
  await expect(page.locator('.guidance')).toHaveText('这是证件上的照片吗？');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '开始录入' }).click();
  await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('enrol_face');
  expect(terminal.orders.at(-1)!.arguments['document']).toBe(picture.toString('base64'));
});

test('going on while a document is held up ends that, and the enrolment goes without one', async ({
  page,
  terminal,
  picture,
}) => {
  await openFace(page, terminal);
  await page.getByRole('button', { name: '拍下证件' }).click();
  await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('photograph_document');
  const running = terminal.lastId;
  await page.getByRole('button', { name: '下一步' }).click();
  await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('cancel');
  terminal.say({ type: 'answer', id: running, result: { portrait: picture.toString('base64') } }); // nobody has seen it
  await page.getByRole('button', { name: '开始录入' }).click();
  await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('enrol_face');
  expect(Object.keys(terminal.orders.at(-1)!.arguments)).not.toContain('document');
});

test('a file is offered where the browser opens one: not on the board', async ({ page, terminal }) => {
  await openFace(page, terminal);
  await expect(page.locator('input[type=file]')).toHaveCount(1);
  await page.getByRole('button', { name: '返回' }).click();
  await page.evaluate(() => (location.hash = '#board'));
  await page.getByRole('button', { name: '录入人脸' }).click();
  await expect(page.getByRole('button', { name: '拍下证件' })).toBeVisible();
  await expect(page.locator('input[type=file]')).toHaveCount(0);
});

test('what an enrolment asks for is said too: a head that is turned away sees no screen', async ({
  page,
  terminal,
}) => {
  await openFace(page, terminal);
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '开始录入' }).click();
  await expect(page.locator('.capture .guidance')).toBeVisible();
  await expect.poll(() => terminal.orders.at(-1)?.verb).toBe('enrol_face');
  const words = ['look_left', 'look_up', 'face_the_camera'];
  for (const guidance of words) {
    terminal.progress(terminal.lastId, { stage: 1, of: 5, guidance });
    await expect.poll(() => terminal.sentences.at(-1)).toBe(`zh-CN: ${guidance}`);
  }
  expect(terminal.sentences.length).toBe(words.length);
});

test('twins: after the refusal the operator may answer for two people, once, and the terminal hears it', async ({
  page,
  terminal,
}) => {
  await openFace(page, terminal);
  await page.getByRole('button', { name: '下一步' }).click();
  const begun = () => terminal.orders.filter(({ verb }) => verb === 'enrol_face').map((one) => one.arguments);
  const refuse = (refusal: string) => {
    terminal.progress(terminal.lastId, { refusal });
    const error = { code: 'already_exists', message: 'number 02' };
    terminal.say({ type: 'answer', id: terminal.lastId, error });
  };
  await page.getByRole('button', { name: '开始录入' }).click();
  await expect.poll(() => begun().length).toBe(1);
  expect(begun()[0]).not.toHaveProperty('allow_similar');
  refuse('duplicate_face');
  await page.getByRole('button', { name: '是两个人' }).click();
  await expect(page.locator('.question')).toContainText('王秀兰和那位学员确实是两个人');
  await expect(page.locator('.sheet-body')).toContainText('由您负责');
  expect(begun().length).toBe(1); // asked first
  await page.getByRole('button', { name: '两人我都见过' }).click();
  await expect.poll(() => begun().length).toBe(2);
  expect(begun()[1]).toEqual({ ...begun()[0], allow_similar: true });
  refuse('not_live');
  await expect(page.locator('.notice-no')).toContainText('没有保存');
  await expect(page.getByRole('button', { name: '是两个人' })).toHaveCount(0); // no other refusal is passed over so
});

const inTwoClasses = Array.from({ length: 20 }, (_, i) => ({
  person: `p${i}`,
  number: '01',
  name: '王秀兰',
  class: i < 10 ? 'c1' : 'c2',
  class_name: i < 10 ? '电工初级' : '家政服务',
  face: false,
  fingers: 0,
  consents: ['face'],
}));

test('people of one number and name are told apart by their class, and the list opens again where it was left', async ({
  page,
  terminal,
}) => {
  terminal.answers['people'] = () => ({ result: { people: inTwoClasses } });
  await openAs('admin', page, terminal);
  await expect(page.locator('.name').first()).toContainText('电工初级');
  await page.getByRole('button', { name: '下一页' }).click();
  await expect(page.locator('.name').last()).toContainText('家政服务');
  await page.locator('.name').last().click();
  await expect(page.locator('h1')).toHaveText('01 王秀兰 · 家政服务');
  await page.getByRole('button', { name: '返回' }).click();
  await expect(page.locator('.pager')).toContainText('第 2 页');
});
