import { defineConfig } from '@playwright/test';

const build = process.env['XUESHI_BUILD'] ?? `${__dirname}/../../build/dev`;

export default defineConfig({
  testDir: '.',
  outputDir: `${build}/tests/browser/results`,
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: `${build}/tests/browser/report.json` }]],
  use: {
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['XUESHI_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'], // root has no sandbox
    },
  },
});
