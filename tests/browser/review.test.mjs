// Risk on the page of a payment: what counted, all that was known, and a review that two operators decide.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';
import { isUsable } from './usable.mjs';

const ALICE_USD = 'wal_01kdvdna00e00800000000000h';
const LOOK = { code: 'looked_at', name: 'Above 100', when: { compare: { left: { field: 'amount' }, is: 'greater', right: { value: 10_000 } } }, effect: { points: 60, outcome: 'review', needs_two: true }, unknown: { error: { outcome: 'review' }, not_applicable: { points: 0 }, too_little_data: { points: 0 } } };
let payflow, browser, url;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, { RISK__ENABLED: 'true' }, ['--demo']), startBrowser()]);
  const ask = async (who, method, path, body) => {
    const answer = await payflow.call(method, path, body, await tokenOf(who));
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await ask('operator', 'POST', '/rules', LOOK);
  const { revision } = await ask('admin', 'GET', '/rule-drafts');
  await ask('admin', 'POST', '/rule-drafts/publish', { revision, note: 'For the test' });
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
});

const login = (who) => ({ email: `${who}@demo.payflow.example`, password: `demo-${who}-2026` });

/** A token that has just shown who it is. */
async function tokenOf(who) {
  const { body } = await payflow.call('POST', '/auth/login', login(who));
  await payflow.call('POST', '/auth/step-up', { password: login(who).password }, body.access_token);
  return body.access_token;
}

async function pay(amount) {
  const body = { type: 'transfer', from_wallet: ALICE_USD, to_email: 'bob@demo.payflow.example', amount, currency: 'USD' };
  const made = await payflow.call('POST', '/transactions', body, await tokenOf('alice'));
  assert.equal(made.body.status, 'in_review', JSON.stringify(made.body));
  return made.body.id;
}

async function openAs(who, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(15_000);
  await context.request.post(`${url}/api/v1/auth/login`, { data: { ...login(who), session: 'cookie' } });
  return context.newPage();
}

/** Decides about the case of a payment, as an operator. */
async function decides(who, id, body) {
  const token = await tokenOf(who);
  const find = async () => (await payflow.call('GET', `/cases?subject=${id}`, undefined, token)).body.data[0];
  // It opens a moment after the payment began to wait.
  let its;
  while (!(its = await find())) await new Promise((done) => setTimeout(done, 100));
  return payflow.call('POST', `/cases/${its.id}/decide`, body, token);
}

test('a review shows why, and is decided by two operators', async () => {
  const id = await pay('150.00');
  const olga = await openAs('operator');
  await olga.goto(`${url}/console/payments?q=${encodeURIComponent('status:in_review')}`);
  await olga.locator('tbody').getByText('In review').first().waitFor();
  await olga.goto(`${url}/console/payments/${id}`);
  await olga.getByRole('heading', { name: 'Risk', exact: true }).waitFor();
  await olga.getByText('looked_at').first().waitFor();
  await olga.getByText('+60').waitFor();
  await olga.getByText('Two operators decide').waitFor();
  await olga.getByText('All that was known').click();
  await olga.getByText('amount', { exact: true }).first().waitFor();
  await olga.getByRole('link', { name: 'As JSON' }).waitFor();

  await olga.getByRole('link', { name: 'Open its case' }).click();
  await olga.waitForURL(/\/console\/cases\/case_/);
  await olga.getByText(id).first().waitFor();

  const approve = { outcome: 'false_positive', reason: 'known_customer', transaction: 'approve' };
  assert.equal((await decides('operator', id, approve)).body.proposal.transaction, 'approve');
  await olga.goto(`${url}/console/payments/${id}`);
  await olga.getByText('In review').first().waitFor();
  assert.equal((await decides('admin', id, approve)).body.state, 'closed');
  await olga.getByText('Completed').first().waitFor();
});

test('a decline frees the money, and its maker is not told why', async () => {
  const id = await pay('160.00');
  const decline = { outcome: 'confirmed', reason: 'fraud', transaction: 'decline' };
  for (const who of ['operator', 'admin']) assert.equal((await decides(who, id, decline)).status, 200);
  const alice = await openAs('alice', { viewport: { width: 390, height: 844 } });
  await alice.goto(`${url}/wallet/confirm/${id}`);
  await alice.getByRole('heading', { name: 'Declined' }).waitFor();
  assert.equal(await alice.getByText(/looked_at|fraud/).count(), 0);
});

test('risk on the page of a payment is usable by anybody, at every width and in both themes', async () => {
  const id = await pay('170.00');
  for (const width of [320, 390, 1440]) {
    const page = await openAs('auditor', { viewport: { width, height: 900 } });
    await page.goto(`${url}/console/payments/${id}`);
    await page.getByText('looked_at').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `it is wider than ${width} px`);
    await isUsable(page, `${url}/console/payments/${id}`);
    await page.context().close();
  }
});
