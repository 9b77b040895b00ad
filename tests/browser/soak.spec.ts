// How memory grows while the kiosk is in use for hours: no test of its own, run by hand. People come and go, strangers too.
//
//   XUESHI_SOAK_MINUTES=120 XUESHI_BUILD=$PWD/build/dev npx --prefix tests/browser playwright test -c tests/browser soak
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { watchForFaults } from './fixtures';
import { RealTerminal } from './real_terminal';
import { build } from './stand_in';

const minutes = Number(process.env['XUESHI_SOAK_MINUTES'] ?? '0');
const orders = [{ show: '01', seconds: 12 }, { press: 11 }, { show: 'stranger', seconds: 12 }, { press: 57 }];

interface Sample {
  minute: number;
  terminaldKib: number;
  pageKib: number;
  nodes: number;
}

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

/** Of the straight line through the samples (least squares), per hour; the first quarter is left out: it fills caches. */
function slope(samples: Sample[], of: (sample: Sample) => number): number {
  const settled = samples.slice(Math.floor(samples.length / 4));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(settled.map((one) => one.minute)), mean(settled.map(of))];
  const above = settled.reduce((sum, one) => sum + (one.minute - x) * (of(one) - y), 0);
  return (60 * above) / settled.reduce((sum, one) => sum + (one.minute - x) ** 2, 0);
}

test('soak: memory of terminal and page over hours', async ({ page }) => {
  test.skip(minutes === 0, 'XUESHI_SOAK_MINUTES says for how long');
  test.setTimeout((minutes + 10) * 60_000);
  const terminal = new RealTerminal(join(build, 'tests/browser/soak'), ['--hour-s', String(20 * minutes)]);
  await terminal.start();
  const faults = watchForFaults(page, terminal.ready.url);
  await page.goto(`${terminal.ready.url}/`);
  await expect(page.locator('.checkin')).toBeVisible();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');

  const samples: Sample[] = [];
  for (let minute = 1; minute <= minutes; ++minute) {
    for (let part = 0; part < 3; ++part) {
      await terminal.order(orders[(3 * minute + part) % orders.length]!);
      await page.waitForTimeout(20_000);
    }
    await cdp.send('HeapProfiler.collectGarbage');
    const { metrics } = await cdp.send('Performance.getMetrics');
    const metric = (name: string) => metrics.find((one) => one.name === name)!.value;
    samples.push({
      minute,
      terminaldKib: residentKib(terminal.ready.pid), // throws when that process ended
      pageKib: Math.round(metric('JSHeapUsedSize') / 1024),
      nodes: metric('Nodes'),
    });
    writeFileSync(join(build, 'tests/browser/soak.json'), JSON.stringify(samples, null, 1));
  }
  expect(faults).toEqual([]);
  await terminal.stop();
  const last = samples.at(-1)!;
  console.log(
    `soak: ${minutes} min; terminald ${last.terminaldKib} KiB, ` +
      `${slope(samples, (one) => one.terminaldKib).toFixed(0)} KiB/h; page ${last.pageKib} KiB, ` +
      `${slope(samples, (one) => one.pageKib).toFixed(0)} KiB/h; nodes ${last.nodes}`,
  );
});
