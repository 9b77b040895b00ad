// What the recorders make plays in a browser, as a bureau's officer would look at it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { build } from './stand_in';

interface Saved {
  file: string;
  duration_ms: number;
  frames: number;
}

interface Played {
  duration: number;
  positions: number[];
  frames: number;
  soundBytes: number;
  size: [number, number];
}

/** Chromium's own counters, beside the standard's. */
interface CountingVideo extends HTMLVideoElement {
  webkitAudioDecodedByteCount: number;
}

test.describe.configure({ mode: 'serial' }); // one worker makes the films

const directory = join(build, 'tests/browser/films');
let films: { clip: Saved; lesson: Saved };

test.beforeAll(() => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const program = join(build, 'tests/bin/make_films');
  const lines = execFileSync(program, [directory], { encoding: 'utf8', timeout: 120_000 }).trim().split('\n');
  films = JSON.parse(lines.at(-1) ?? '') as typeof films; // behind what it logs
});

function probedSeconds(file: string): number {
  const entries = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0'];
  return Number(execFileSync('ffprobe', [...entries, join(directory, file)], { encoding: 'utf8' }));
}

for (const kind of ['clip', 'lesson'] as const) {
  test(`playback: a ${kind} plays in the browser from its beginning to its end`, async ({ page }) => {
    const saved = films[kind];
    writeFileSync(join(directory, `${kind}.html`), `<!doctype html><video src="${saved.file}"></video>`);
    await page.goto(`file://${directory}/${kind}.html`);
    await page.locator('video').click(); // no sound without a touch
    const played = await page.locator('video').evaluate(async (element): Promise<Played> => {
      const video = element as CountingVideo;
      const positions: number[] = [];
      const ended = new Promise<void>((resolve, reject) => {
        video.onended = () => resolve();
        video.onerror = () => reject(new Error(`${video.error?.code}: ${video.error?.message}`));
        video.ontimeupdate = () => positions.push(video.currentTime);
      });
      if (video.error !== null) {
        throw new Error(`${video.error.code}: ${video.error.message}`);
      }
      await video.play();
      await ended;
      return {
        duration: video.duration,
        positions,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        soundBytes: video.webkitAudioDecodedByteCount,
        size: [video.videoWidth, video.videoHeight],
      };
    });
    expect(Math.abs(played.duration - probedSeconds(saved.file))).toBeLessThan(0.2);
    expect(Math.abs(played.duration - saved.duration_ms / 1000)).toBeLessThan(0.2);
    expect(played.size).toEqual([640, 360]);
    expect(played.positions.length).toBeGreaterThan(2);
    expect(played.positions).toEqual([...played.positions].sort((a, b) => a - b));
    expect(played.positions.at(-1)).toBeGreaterThan(played.duration - 0.2);
    expect(played.frames).toBeGreaterThan(saved.frames / 2);
    if (kind === 'lesson') {
      expect(played.soundBytes).toBeGreaterThan(10_000);
    }
  });
}
