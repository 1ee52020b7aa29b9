// Chromium for the scripts, and somebody logged in to a running demo.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Starts Chromium, from PAYFLOW_CHROMIUM or the PATH. */
export function startBrowser() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  const executablePath = process.env.PAYFLOW_CHROMIUM ?? found;
  if (!executablePath) throw new Error('Chromium is not on the PATH: install it, or set PAYFLOW_CHROMIUM');
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}

/** Logs a demo user in by the page that people log in by. */
export async function logIn(page, base, who, app = 'wallet') {
  await page.goto(`${base}/${app}/login`);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(`${who}@demo.payflow.example`);
  await page.getByRole('textbox', { name: 'Password' }).fill(`demo-${who}-2026`);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
}
