// Takes the pictures of the wallet that the landing page and README show, from a running demo, as WebP.
//
//   node scripts/landing-pictures.mjs http://127.0.0.1:8080

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { logIn, startBrowser } from './browser.mjs';

const base = process.argv[2] ?? 'http://127.0.0.1:8080';
const folder = join(dirname(fileURLToPath(import.meta.url)), '../src/landing');
const browser = await startBrowser();
const context = await browser.newContext({ viewport: { width: 390, height: 760 }, deviceScaleFactor: 2, locale: 'en-GB', reducedMotion: 'reduce', isMobile: true, hasTouch: true });
const page = await context.newPage();
await logIn(page, base, 'alice');
// What is new to Alice is the login of this script: the bell of the picture has nothing to say.
await page.goto(`${base}/wallet/notifications`);
await page.getByRole('button', { name: 'Mark all read' }).click().catch(() => {});
for (const colorScheme of ['light', 'dark']) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.goto(`${base}/wallet/`);
  await page.getByText('See all').waitFor();
  await page.waitForTimeout(700);
  await page.evaluate(() => document.fonts.ready);
  const png = await page.screenshot();
  const blank = await context.newPage();
  const webp = await blank.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d').drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.86 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, `data:image/png;base64,${png.toString('base64')}`);
  await blank.close();
  writeFileSync(join(folder, `wallet-${colorScheme}.webp`), Buffer.from(webp));
}
await browser.close();
