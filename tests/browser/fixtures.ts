// A page and its stand-in terminal; each test ends with nothing asked of anybody else and nothing wrong in the console.
import { readFileSync } from 'node:fs';
import { test as base, expect, type Page } from '@playwright/test';
import type Axe from 'axe-core';
import { origin, samplePicture, StandIn } from './stand_in';

export const sizes = {
  '1280x800': { width: 1280, height: 800 },
  '800x480': { width: 800, height: 480 },
  '800x1280': { width: 800, height: 1280 },
  '480x800': { width: 480, height: 800 },
} as const;
export const languages = {
  'zh-CN': '中文',
  ko: '한국어',
  en: 'English',
} as const;
export type Language = keyof typeof languages;

/** What the page did that it must not: asked another host, broke its policy of content, or threw. */
export function watchForFaults(page: Page, allowed: string): string[] {
  const faults: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${allowed}/`) && !/^(blob|data):/.test(url)) {
      faults.push(`asked ${url}`);
    }
  });
  page.on('console', (message) => {
    if (message.type() === 'error') {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => faults.push(`threw: ${error.message}`));
  return faults;
}

export const test = base.extend<{ terminal: StandIn; picture: Buffer }>({
  picture: async ({ browser }, use) => {
    const page = await browser.newPage();
    const picture = await samplePicture(page);
    await page.close();
    await use(picture);
  },
  terminal: async ({ page }, use) => {
    const faults = watchForFaults(page, origin);
    const terminal = new StandIn(page);
    await use(terminal);
    terminal.stop();
    expect(faults).toEqual([]);
  },
});

/** By touch, as a person does it. */
export async function choose(page: Page, language: Language): Promise<void> {
  await page.getByRole('button', { name: '语言' }).click();
  await page.getByRole('button', { name: languages[language] }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', language);
}

/** Both taps before the page is drawn again. */
export const tapTwice = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((button: HTMLElement) => [0, 1].forEach(() => button.click()));

/**
 * Texts that are cut off: by their own box, by one about them, or by the screen; nobody scrolls sideways.
 * `data`: what may end in dots.
 */
export async function cutTexts(page: Page, data = '.institution, .watched-by'): Promise<string[]> {
  return page.evaluate((mayEndInDots) => {
    const clips = (overflow: string) => overflow === 'hidden' || overflow === 'clip';
    const ownText = (element: Element) =>
      [...element.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent!.trim())
        .join('');
    const writtenIn = (element: Element) => {
      const range = document.createRange(); // also what has run out of the element's own box
      range.selectNodeContents(element);
      return range.getBoundingClientRect();
    };
    const cut: string[] = [];
    for (const element of document.querySelectorAll('body *')) {
      const text = ownText(element);
      const rect = element.getBoundingClientRect();
      if (text === '' || rect.width === 0 || element.matches(mayEndInDots)) {
        continue;
      }
      const own = getComputedStyle(element);
      if (clips(own.overflowX) && element.scrollWidth > element.clientWidth + 1) {
        cut.push(`${text}: wider than its box`);
      }
      // Ink of large type stands over its line; a cut line is half of one or more.
      const halfLine = parseFloat(own.fontSize) / 2;
      const ink = Math.max(1, halfLine / 2);
      if (clips(own.overflowY) && element.scrollHeight > element.clientHeight + halfLine) {
        cut.push(`${text}: higher than its box`);
      }
      const written = clips(own.overflowX) ? rect : writtenIn(element);
      let lookY = true;
      for (let box = element.parentElement; box !== null; box = box.parentElement) {
        const style = getComputedStyle(box);
        const edge = box.getBoundingClientRect();
        if (
          style.overflowX !== 'visible' &&
          (written.right > edge.right + 1 || written.left < edge.left - 1)
        ) {
          cut.push(`${text}: beside ${box.className || box.tagName}`);
          break;
        }
        if (
          lookY &&
          clips(style.overflowY) &&
          (rect.bottom > edge.bottom + ink || rect.top < edge.top - ink)
        ) {
          cut.push(`${text}: above or below ${box.className || box.tagName}`);
          break;
        }
        lookY &&= !/auto|scroll/.test(style.overflowY);
      }
    }
    return cut;
  }, data);
}

/** What is to be touched and is smaller than 48 by 48 pixels. */
export async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'button, label.button, label.check, input:not([type=checkbox], [type=file])',
      ),
    ]
      .map((element) => ({ element, rect: element.getBoundingClientRect() }))
      .filter(({ rect }) => rect.width < 48 || rect.height < 48)
      .map(({ element, rect }) => `${element.textContent}: ${rect.width}x${rect.height}`),
  );
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds serious or worse. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(`${axe};0`);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof Axe }).axe.run({
      resultTypes: ['violations'],
    });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  });
}
