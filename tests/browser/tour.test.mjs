// The tour of the console on a demo store: every step makes its call and finds what it should; it is gone on with after a reload, by
// the arrow keys, in German; who may do less is shown fewer steps; where something fails the step says so and is tried again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { AxeBuilder } from '@axe-core/playwright';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';

let payflow, browser, url;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, {}, ['--demo']), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
});

async function openAs(t, who, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(15_000);
  await context.request.post(`${url}/api/v1/auth/login`, { data: { email: `${who}@demo.payflow.example`, password: `demo-${who}-2026`, session: 'cookie' } });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  t.after(async () => {
    await context.close();
    assert.deepEqual(errors, []);
  });
  return page;
}

const panel = (page, name = 'Tour') => page.getByRole('region', { name, exact: true });

/** The steps of an administrator: what each does, and what it finds. */
const STEPS = [
  ['Welcome', 'Ask', /You are Ada Admin, with the role admin/],
  ['Where you are', 'Check', /all \d+ checks are well. It is a demo/],
  ['What needs you', 'Count', /1 payment waits/],
  ['A payment happens', 'Pay USD 4.20', /USD\s4\.20 moved from Alice/],
  ['The query bar', 'Search', /payments match, to the cent/],
  ['A view to keep', 'Keep a view', /“Sales” is kept/],
  ['One payment', 'Open it', /USD\s4\.20: txn_/],
  ['Its timeline', 'Read it', /ending in its present state/],
  ['Its postings', 'Add them up', /sum to zero/],
  ['A refund', 'Refund USD 1.20', /USD\s1\.20 is given back: txn_/],
  ['Rules of risk', 'Read them', /rules are in force, as version 1/],
  ['Try a rule', 'Try it on 30 days', /would have hit|was judged by rules yet/],
  ['Queues', 'Measure', /queues, \d+ events? waits?/],
  ['Dead letters', 'Replay', /there was nothing to handle/],
  ['A webhook', 'Send a test', /Signed and sent/],
  ['The trail of it all', 'Read the trail', /dead_letter.replayed/],
  ['What next', 'Check the version', /You know your way/],
];

/** Does the step that is shown. */
async function take(page, [title, act, found], at, of) {
  const tour = panel(page);
  await tour.getByText(`Step ${at} of ${of}`, { exact: true }).waitFor();
  await tour.getByRole('heading', { name: title, exact: true }).waitFor();
  // What is shown is said.
  await tour.getByRole('status').filter({ hasText: title }).waitFor({ state: 'attached' });
  await tour.getByRole('button', { name: act, exact: true }).click();
  await tour.getByRole('paragraph').filter({ hasText: found }).first().waitFor();
  await tour.getByRole('status').filter({ hasText: found }).waitFor({ state: 'attached' });
}

test('every step makes a call, and finds what it should', async (t) => {
  const page = await openAs(t, 'admin');
  await page.goto(`${url}/console`);
  await page.getByRole('button', { name: 'Start' }).click();
  for (const [no, step] of STEPS.entries()) {
    await take(page, step, no + 1, STEPS.length);
    if (step[0] === 'A payment happens') await page.getByRole('button', { name: /^1 new/ }).waitFor();
    if (step[0] === 'A view to keep') await page.getByRole('button', { name: 'Sales', exact: true }).waitFor();
    if (step[0] === 'A refund') {
      const token = (await payflow.call('POST', '/auth/login', { email: 'alice@demo.payflow.example', password: 'demo-alice-2026' })).body.access_token;
      const { body } = await payflow.call('GET', '/transactions?type=refund&limit=1', undefined, token);
      assert.equal(body.data[0].amount, '1.20');
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target)}`), [], step[0]);
    await panel(page).getByRole('button', { name: no + 1 === STEPS.length ? 'Finish' : 'Next' }).click();
  }
  await page.getByText('That was the tour').waitFor();
  assert.equal(await panel(page).count(), 0);
  // It made one payment, and can be taken again from the help centre.
  await page.getByText('Take the tour again').waitFor();
});

test('it goes on where it was left, by the keys alone', async (t) => {
  const page = await openAs(t, 'operator');
  await page.goto(`${url}/console/help`);
  await page.getByRole('button', { name: 'Start' }).focus();
  await page.keyboard.press('Enter');
  const tour = panel(page);
  // Without the audit log, which operators may not read.
  await tour.getByText('Step 1 of 16', { exact: true }).waitFor();
  const button = (name) => tour.getByRole('button', { name, exact: true });
  const hasFocus = async (name) => {
    await button(name).waitFor();
    await page.waitForFunction((shown) => document.activeElement?.textContent === shown, name);
  };
  await hasFocus('Ask');
  await page.keyboard.press('Enter');
  await hasFocus('Next');
  await page.keyboard.press('Enter');
  await hasFocus('Check');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await hasFocus('Pay USD 4.20');
  await page.keyboard.press('ArrowLeft');
  await hasFocus('Count');
  await page.reload();
  await tour.getByText('Step 3 of 16', { exact: true }).waitFor();
  await button('Count').focus();
  await page.keyboard.press('Escape');
  await tour.waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.id === 'content');
  await page.getByText('You were at step 3 of 16.').waitFor();
  await page.getByRole('button', { name: 'Go on with the tour' }).click();
  await tour.getByText('Step 3 of 16', { exact: true }).waitFor();
  await button('Back').click();
  await button('Back').click();
  // What a step has found is kept.
  await tour.getByText(/You are Olga Operator/).first().waitFor();
});

test('a step that fails says why and under which request, and is tried again', async (t) => {
  const page = await openAs(t, 'auditor');
  await page.goto(`${url}/console#tour`);
  const tour = panel(page);
  // An auditor changes nothing: neither refund, nor replay, nor webhook.
  await tour.getByText('Step 1 of 13', { exact: true }).waitFor();
  const problem = { type: '/problems/internal', title: 'x', status: 500, code: 'internal', detail: 'Something broke here.', retryable: false, request_id: 'req_01test' };
  const fail = (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', json: problem });
  await page.route('**/api/v1/auth/me', fail);
  await tour.getByRole('button', { name: 'Ask', exact: true }).click();
  await tour.getByText('req_01test').waitFor();
  await tour.getByRole('status').filter({ hasText: 'Something broke here.' }).waitFor({ state: 'attached' });
  await page.unroute('**/api/v1/auth/me', fail);
  await tour.getByRole('button', { name: 'Try again' }).click();
  await tour.getByText(/You are Audrey Auditor/).first().waitFor();
});

test('in German, on a phone, it hides nothing that cannot be scrolled to', async (t) => {
  const page = await openAs(t, 'operator', { locale: 'de-DE', viewport: { width: 390, height: 844 } });
  await page.goto(`${url}/console#tour`);
  const tour = panel(page, 'Rundgang');
  await tour.getByText('Schritt 1 von 16', { exact: true }).waitFor();
  await tour.getByRole('button', { name: 'Fragen', exact: true }).click();
  await tour.getByText(/Sie sind Olga Operator/).first().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  const last = await page.locator('main section').last().boundingBox();
  const shown = await tour.boundingBox();
  assert.ok(last.y + last.height <= shown.y, 'the end of the page is above the panel');
  // Who runs PayFlow and opens the wallet is led here, too.
  await page.goto(`${url}/wallet`);
  assert.equal(await page.getByRole('link', { name: 'Rundgang machen' }).getAttribute('href'), '/console#tour');
});
