// The operator console on a demo store: a payment is found by somebody's e-mail, understood, and given back in part.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';
import { isUsable } from './usable.mjs';

let payflow, browser, url, page;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, {}, ['--demo']), startBrowser()]);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
});

async function logIn(who) {
  await page.getByLabel('E-mail').fill(`${who}@demo.payflow.example`);
  await page.getByLabel('Password', { exact: true }).fill(`demo-${who}-2026`);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

test('an operator logs in, and comes back to the console', async () => {
  await page.goto(`${url}/console/payments?q=type%3Adeposit`);
  await page.waitForURL((at) => at.pathname === '/wallet/login');
  await logIn('operator');
  await page.waitForURL(`${url}/console/payments?q=type%3Adeposit`);
  await page.getByRole('link', { name: 'Deposit' }).first().waitFor();
});

test('a payment is found by an e-mail, and says whom it concerns', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('@alice');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^USD/ }).click();
  await page.getByRole('row', { name: /Groceries/ }).getByRole('link').click();
  await page.getByText('alice@demo.payflow.example').waitFor();
  await page.getByText('shop@demo.payflow.example').waitFor();
  await page.getByText('transaction.completed').waitFor();
});

test('a part of it is given back, once it is said what that does', async () => {
  await page.getByRole('button', { name: 'Refund' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('A refund cannot be undone.').waitFor();
  await dialog.getByLabel('Amount').fill('2.50');
  await dialog.getByLabel('Reason').fill('One egg was broken');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await page.getByText('The refund is made').waitFor();
  await page.getByText('transaction.refunded').waitFor();
  const { body } = await payflow.call('POST', '/auth/login', { email: 'alice@demo.payflow.example', password: 'demo-alice-2026' });
  const { body: list } = await payflow.call('GET', '/transactions?type=refund', undefined, body.access_token);
  assert.equal(list.data[0].amount, '2.50');
});

test('its pages are usable by anybody, in both themes', async () => {
  for (const path of ['', '/payments', '/payments?q=status%3Alost']) await isUsable(page, `${url}/console${path}`);
});
