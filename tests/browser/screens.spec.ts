// Every screen in three languages and four sizes: nothing cut off, everything large enough to touch, and for axe nothing
// serious. The pictures are kept in tests/browser/screens of the build, those of other languages in the long run alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import {
  choose,
  cutTexts,
  languages,
  seriousViolations,
  sizes,
  smallTargets,
  test,
  type Language,
} from './fixtures';
import { teach } from './answers';
import { scenes } from './scenes';
import { build, hello, ready, recorded, refused, status } from './stand_in';

// By axe-core, in every language: it goes by type size and contrast, which turning the screen does not change.
const looked = ['1280x800', '800x480'];

// The small screens are the tightest; the long run tries every language on the large ones too.
const everywhere = process.env['XUESHI_FULL_TESTS'] !== undefined;
const languagesFor = (width: number, height: number) =>
  (Object.keys(languages) as Language[]).filter(
    (one) =>
      everywhere || one === 'zh-CN' || width * height < 500_000 || looked.includes(`${width}x${height}`),
  );

for (const [size, viewport] of Object.entries(sizes)) {
  for (const language of languagesFor(viewport.width, viewport.height)) {
    test(`screens: ${language} ${size}`, async ({ page, terminal, picture }) => {
      test.setTimeout(300_000);
      await page.setViewportSize(viewport);
      teach(terminal);
      const login = terminal.answers['login']!;
      const found: string[] = [];
      for (const scene of scenes) {
        terminal.answers['login'] = login;
        await terminal.open(
          (scene.first ?? [hello, status, ready]).map((message) =>
            message['type'] === 'hello' ? { ...message, languages: [language] } : message,
          ),
        );
        terminal.picture(1, picture);
        await expect(page.locator('html')).toHaveAttribute('lang', language);
        await scene.reach?.(terminal, page);
        if ((await page.locator('canvas').count()) > 0) {
          await expect(page.locator('canvas')).toHaveAttribute('data-picture', '1');
        }
        if (everywhere || language === 'zh-CN') {
          await page.screenshot({
            path: join(build, 'tests/browser/screens', `${scene.name}-${language}-${size}.png`),
            animations: 'disabled',
          });
        }
        const wrong = [...(await cutTexts(page)), ...(await smallTargets(page))];
        if (looked.includes(size)) {
          wrong.push(...(await seriousViolations(page)));
        }
        found.push(...wrong.map((what) => `${scene.name}: ${what}`));
      }
      expect(found).toEqual([]);
    });

    test(`lines: every guidance and refusal fits, ${language} ${size}`, async ({ page, terminal }) => {
      await page.setViewportSize(viewport);
      await terminal.open();
      await choose(page, language);
      const source = readFileSync(join(__dirname, '../../firmware/checkin/status.cpp'), 'utf8');
      const codes = [...source.matchAll(/Line\{Guidance::\w+,\s*"(\w+)"/g)].map((match) => match[1]!);
      expect(codes.length).toBeGreaterThan(36);
      const found: string[] = [];
      for (const code of codes) {
        terminal.say({ ...ready, code, crowd: 'one' });
        await expect(page.locator('.guidance')).toHaveAttribute('data-code', code);
        found.push(...(await cutTexts(page)));
      }
      const bodies = readFileSync(join(__dirname, '../../firmware/core/record/bodies.cpp'), 'utf8');
      const reasons = [...bodies.matchAll(/Refusal::\w+, "(\w+)"/g)].map((match) => match[1]!);
      expect(reasons.length).toBeGreaterThan(7);
      for (const reason of reasons) {
        await terminal.open();
        terminal.say({ ...refused, reason, advice: 'claim' });
        await expect(page.locator('.result-no')).toBeVisible();
        found.push(...(await cutTexts(page)));
      }
      expect(found).toEqual([]);
    });
  }

  test(`a punch after many others is shown like the first, ${size}`, async ({ page, terminal }) => {
    await page.setViewportSize(viewport);
    await terminal.open();
    const punches = Array.from({ length: 40 }, (_, i) => ({
      direction: ['check_in', 'moment', 'check_out', 'moment'][i % 4],
      wall_ms: status.wall_ms - (39 - i) * 60_000,
    }));
    const hours = {
      proved: 36,
      possible: 38,
      filed: 80,
      as_of_ms: status.wall_ms,
      punches_since: 64,
      more_since: true,
    };
    for (const language of Object.keys(languages) as Language[]) {
      terminal.say({ ...hello, languages: [language] });
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      terminal.say({ ...recorded, direction: 'moment', punches, hours });
      await expect(page.locator('.result')).toBeVisible();
      expect(await cutTexts(page)).toEqual([]);
      terminal.say({
        ...recorded,
        seq: 124,
        direction: 'unscheduled',
        clock: 'unset',
        title: '',
        number: '13',
      });
      await expect(page.locator('.result')).toHaveAttribute('data-seq', '124');
      expect(await cutTexts(page)).toEqual([]);
      await expect(page.locator('.result')).toHaveCount(0);
    }
  });

  test(`F23: a name of fifty characters pushes nothing off the screen, ${size}`, async ({
    page,
    terminal,
  }) => {
    await page.setViewportSize(viewport);
    await terminal.open();
    const long = '𠮷田'.repeat(25);
    const lessons = [{ ...status.lessons[0]!, title: long, class_name: long, teacher: long }];
    terminal.say({ ...status, institution: long, lessons });
    const ends = '.institution, .result-name, .result-lesson, .panel-title, .panel-sub';
    for (const language of Object.keys(languages) as Language[]) {
      terminal.say({ ...hello, languages: [language] });
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      terminal.say({ ...recorded, name: long, title: long });
      await expect(page.locator('.result-name')).toHaveText(long);
      expect(await cutTexts(page, ends)).toEqual([]);
      await expect(page.locator('.result')).toHaveCount(0);
      expect(await cutTexts(page, ends)).toEqual([]);
    }
  });
}
