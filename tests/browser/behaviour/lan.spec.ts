// The page in the local network, and where the screen says that it is.
import { expect } from '@playwright/test';
import { seriousViolations, test } from '../fixtures';
import { teach } from '../answers';
import { hello, lanOrigin, ready, StandIn, status } from '../stand_in';

test('in the local network: nothing without the PIN, then the administration, and out again', async ({
  page,
}) => {
  const terminal = new StandIn(page, lanOrigin);
  teach(terminal);
  let [loggedIn, tries] = [false, 0];
  terminal.http['/session'] = () => ({ status: loggedIn ? 204 : 401 });
  terminal.http['/login'] = (body) => {
    loggedIn = body === '{"pin":"280041"}';
    const problem = ++tries < 2 ? { code: 'denied' } : { code: 'unavailable', wait_ms: 8_000 };
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
  await terminal.open([{ ...hello, lan: { url: `${lanOrigin}/`, fingerprint } }, status, ready]);
  await page.getByRole('button', { name: '老师 / 管理' }).click();
  await expect(page.locator('.lan-address')).toContainText(`${lanOrigin}/`);
  await expect(page.locator('.fingerprint')).toHaveText(fingerprint);
});
