// Takes the pictures that the landing page and README show, from a running demo that nobody has used yet, as WebP: the wallet on a
// phone, and the console on a desktop. Nothing is sent.
//
//   node scripts/landing-pictures.mjs http://127.0.0.1:8080

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { logIn, startBrowser } from './browser.mjs';

const base = process.argv[2] ?? 'http://127.0.0.1:8080';
const folder = join(dirname(fileURLToPath(import.meta.url)), '../src/landing');
const browser = await startBrowser();

/** A window of somebody of the demo. */
async function open(who, options) {
  const context = await browser.newContext({ deviceScaleFactor: 2, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await logIn(page, base, who);
  return page;
}

/** What the window shows, as WebP of this width. */
async function picture(page, name, width) {
  await page.evaluate(() => document.fonts.ready);
  // What appears, has appeared.
  await page.waitForTimeout(700);
  const png = await page.screenshot();
  const blank = await page.context().newPage();
  const webp = await blank.evaluate(
    async ([source, width]) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = new OffscreenCanvas(width, Math.round((image.height * width) / image.width));
      const context = canvas.getContext('2d');
      context.imageSmoothingQuality = 'high';
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.86 });
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [`data:image/png;base64,${png.toString('base64')}`, width],
  );
  await blank.close();
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(webp));
}

/** Both themes of what a page comes to. */
async function pictures(page, name, width, arrive) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await arrive(page);
    await picture(page, `${name}-${colorScheme}`, width);
  }
}

const phone = { viewport: { width: 390, height: 760 }, isMobile: true, hasTouch: true };
const alice = await open('alice', phone);
// What is new to Alice is the login of this script: the bell of the pictures has nothing to say. She knows her way.
await alice.goto(`${base}/wallet/notifications`);
await alice.getByRole('button', { name: 'Mark all read' }).click({ timeout: 3_000 }).catch(() => {});
await alice.goto(`${base}/wallet/`);
await alice.getByRole('button', { name: 'Hide', exact: true }).click({ timeout: 3_000 }).catch(() => {});
await pictures(alice, 'wallet', 780, async (page) => {
  await page.goto(`${base}/wallet/`);
  await page.getByText('See all').waitFor();
});
await pictures(alice, 'review', 780, async (page) => {
  await page.goto(`${base}/wallet/send?to=bob@demo.payflow.example&amount=12.50`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Note').fill('Dinner on Friday');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByRole('heading', { name: 'Check and send' }).waitFor();
});
await pictures(alice, 'statement', 780, async (page) => {
  await page.goto(`${base}/wallet/statement?period=all`);
  await page.getByText('Closing balance').waitFor();
});
await alice.context().close();

const desktop = { viewport: { width: 1440, height: 900 } };
const operator = await open('operator', desktop);
await pictures(operator, 'console', 1440, async (page) => {
  await page.goto(`${base}/console/payments`);
  await page.getByRole('row').nth(4).waitFor();
});
await browser.close();
