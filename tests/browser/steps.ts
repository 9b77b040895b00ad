// How a page is reached, by touching what people touch.
import { expect, type Page } from '@playwright/test';
import { teach } from './answers';
import type { StandIn } from './stand_in';

/** What people see, and how it is reached from a page that has just connected to the stand-in. */
export interface Scene {
  name: string;
  first?: Record<string, unknown>[];
  reach?: (terminal: StandIn, page: Page) => Promise<void>;
}

export const button = (page: Page, index: number) => page.locator('.foot-buttons .button').nth(index);
export const bigButton = (page: Page, index = 0) => page.locator('.sheet-body .button-big').nth(index);

export async function typePin(page: Page, digits: string): Promise<void> {
  for (const digit of digits) {
    await page.locator('.key', { hasText: new RegExp(`^${digit}$`) }).click();
  }
  await page.locator('.key-ok').click();
}

export async function login(page: Page, role: 'teacher' | 'admin'): Promise<void> {
  await button(page, 2).click();
  await bigButton(page, role === 'teacher' ? 0 : 1).click();
  await typePin(page, '280041');
  await expect(page.locator('.tabs')).toBeVisible();
}

/** The page of somebody who has logged in, on a terminal that has an answer to each order. */
export async function openAs(role: 'teacher' | 'admin', page: Page, terminal: StandIn): Promise<void> {
  teach(terminal);
  await terminal.open();
  await login(page, role);
}

/** Lets seconds pass on the page's own clock; the terminal says its status in each, as it does, or it is taken for dead. */
export async function secondsPass(seconds: number, page: Page, terminal: StandIn): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await page.clock.runFor(1_000);
    terminal.beat();
  }
}
