// Chromium, which reaches this machine and nothing else.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { chromium } from 'playwright-core';

/** No step takes longer, in ms. */
const PATIENCE_MS = 15_000;

function findChromium() {
  const named = process.env.PAYFLOW_CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const found = named ?? folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
  if (!found) throw new Error('Chromium is not on the PATH: install it (Debian: apt-get install chromium) or set PAYFLOW_CHROMIUM');
  return found;
}

/** Starts Chromium. As root it has no sandbox: there is none for root. */
export function startBrowser() {
  return chromium.launch({
    executablePath: findChromium(),
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1', '--disable-background-networking'],
  });
}

/** A page in a window of somebody's own: no other window has its cookies. */
export async function openWindow(browser, url) {
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
