/**
 * Debian's Chromium, driven through playwright-core: one page that talks to loopback alone, and
 * screenshots of what it shows, kept outside the repository.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { BED, installPackages } from './bed.ts';
import { BedTrouble } from './waiting.ts';

const PROGRAM = '/usr/bin/chromium';
const SWITCHES = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
const ACTION_TIMEOUT_MS = 30_000;

/** Where screenshots go: `$TESTBED_ARTIFACTS`, by default beside the bed's state. */
export const SCREENSHOTS = process.env['TESTBED_ARTIFACTS'] ?? join(BED.stateDir, 'screenshots');

async function launch(): Promise<Browser> {
  installPackages('chromium');
  try {
    return await chromium.launch({ executablePath: PROGRAM, args: SWITCHES });
  } catch (error) {
    throw new BedTrouble(`${PROGRAM} does not start`, error);
  }
}

/** Runs `use` with a fresh page; a failure leaves a screenshot of what the page showed last. */
export async function withPage(name: string, use: (page: Page) => Promise<void>): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(ACTION_TIMEOUT_MS);
    await use(page).catch(async (error: unknown) => {
      await screenshot(page, `${name}-failed`).catch(() => undefined);
      throw error;
    });
  } finally {
    await browser.close();
  }
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
