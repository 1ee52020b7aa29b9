// Pages look as they did: where their landmarks, headings, fields and tables are, and how they are drawn, is compared with what is kept
// in `layouts/`. The font comes with the app, so that this is the same on every machine; pictures are not, as each version of Chromium
// smoothes letters in its own way. What changes by itself (times, ids, how wide a column of such is) is not compared.
//
// A change that is meant is accepted by `PAYFLOW_ACCEPT_LAYOUTS=1 make test-browser`, and read in the diff.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';

const FOLDER = join(import.meta.dirname, 'layouts');
/** So many pixels may lie between two machines. */
const TOLERANCE = 3;
const PAGES = {
  landing: ['', '/'],
  'log-in': ['', '/wallet/login'],
  'sign-up': ['', '/wallet/sign-up'],
  home: ['alice', '/wallet/'],
  send: ['alice', '/wallet/send'],
  activity: ['alice', '/wallet/activity'],
  account: ['alice', '/wallet/account'],
  security: ['alice', '/wallet/account/security'],
  payments: ['operator', '/console/payments'],
  payment: ['operator', '/console/payments/txn_01kdvdna00e008000000000015'],
  wallet: ['operator', '/console/wallets/wal_01kdvdna00e00800000000000k'],
  queues: ['operator', '/console/queues'],
  webhooks: ['operator', '/console/webhooks'],
  settings: ['operator', '/console/settings?tab=display'],
};
let payflow, browser, url;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, {}, ['--demo']), startBrowser()]);
  await mkdir(FOLDER, { recursive: true });
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
});

/** What is on the page, a line each: its kind and name, where it is, and how it is drawn. */
function describe() {
  const lines = [];
  const KINDS = 'header, nav, aside, main, section, h1, h2, form, table, th, input, select, main button, main a[class*=rounded-control], footer';
  const changes = /\d|ago|just now/;
  for (const element of document.querySelectorAll(KINDS)) {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const isSeen = box.width > 1 && box.height > 1 && style.visibility === 'visible' && !element.closest('[aria-live], [role=status], tbody, details:not([open]) > :not(summary)');
    if (!isSeen) continue;
    const tag = element.localName;
    const isText = ['h1', 'h2', 'th', 'button', 'a'].includes(tag);
    const name = (element.getAttribute('aria-label') ?? (isText ? element.textContent : element.getAttribute('name')) ?? '').trim();
    const said = changes.test(name) ? name.replace(/\S*\d\S*/g, '#') : name;
    const round = (value) => Math.round(value);
    // What is in a column of a table, or holds what changes, is as wide as that.
    const width = tag === 'th' || changes.test(name) ? '*' : round(box.width);
    const left = tag === 'th' ? '*' : round(box.left);
    const top = round(box.top + window.scrollY);
    const drawn = isText ? `${style.fontSize} ${style.fontWeight} ${style.color}` : style.borderTopWidth !== '0px' ? `${style.borderTopLeftRadius} ${style.borderTopColor}` : '';
    const ground = style.backgroundColor === 'rgba(0, 0, 0, 0)' ? '' : ` on ${style.backgroundColor}`;
    lines.push(`${tag} "${said}" at ${left},${top} size ${width}x${round(box.height)} ${drawn}${ground}`.replace(/ +/g, ' ').trim());
  }
  return lines;
}

/** Whether two lines say the same, but for a few pixels. */
function isSame(is, was) {
  if (is === undefined || was === undefined) return false;
  const numbers = /(?<= at | size |,|x)\d+(?=[,x ]|$)/g;
  if (is.replace(numbers, '#') !== was.replace(numbers, '#')) return false;
  const [a, b] = [is.match(numbers) ?? [], was.match(numbers) ?? []];
  return a.every((value, at) => Math.abs(value - b[at]) <= TOLERANCE);
}

for (const width of [390, 1440]) {
  test(`pages look as they did at ${width} px`, async () => {
    const changed = [];
    for (const [name, [who, path]] of Object.entries(PAGES)) {
      // Each page is somebody's who has seen nothing yet.
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', viewport: { width, height: 900 }, reducedMotion: 'reduce' });
      context.setDefaultTimeout(15_000);
      if (who) await context.request.post(`${url}/api/v1/auth/login`, { data: { email: `${who}@demo.payflow.example`, password: `demo-${who}-2026`, session: 'cookie' } });
      const page = await context.newPage();
      const lines = [];
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.goto(`${url}${path}`);
        lines.push(`# ${colorScheme}`, ...(await settled(page)));
      }
      await context.close();
      const file = join(FOLDER, `${name}-${width}.txt`);
      if (process.env.PAYFLOW_ACCEPT_LAYOUTS) {
        await writeFile(file, `${lines.join('\n')}\n`);
        continue;
      }
      const was = (await readFile(file, 'utf8')).trimEnd().split('\n');
      for (let at = 0; at < Math.max(lines.length, was.length); at++) {
        if (isSame(lines[at], was[at])) continue;
        changed.push(`${name}-${width}, line ${at + 1}:\n  was ${was[at]}\n  is  ${lines[at]}`);
        break;
      }
    }
    assert.deepEqual(changed, [], 'a change that is meant is accepted with PAYFLOW_ACCEPT_LAYOUTS=1');
  });
}

/** The page once all of it is there: nothing loads any more, and twice it is the same. */
async function settled(page) {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.evaluate(() => document.fonts.ready);
  let before = '';
  const deadline = Date.now() + 15_000;
  for (;;) {
    await page.waitForFunction(() => document.querySelector('.skeleton, [aria-busy=true]') === null);
    const lines = await page.evaluate(describe);
    if (lines.join('\n') === before) return lines;
    assert.ok(Date.now() < deadline, `${page.url()} does not come to rest`);
    before = lines.join('\n');
    await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 300)));
  }
}
