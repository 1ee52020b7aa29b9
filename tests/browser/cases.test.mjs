// Cases in the console: a payment that a rule holds for review is taken by a key, looked at, and decided by two operators; several are
// assigned at once. And alerts: seen, acknowledged by a key, assigned, snoozed and resolved.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { AxeBuilder } from '@axe-core/playwright';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';

let payflow, browser, url;
const payments = [];

const tokens = {};
const login = (who) => ({ email: `${who}@demo.payflow.example`, password: `demo-${who}-2026` });

/** The API as somebody; fails the test where it is refused. */
async function ask(who, method, path, body) {
  tokens[who] ??= (await payflow.call('POST', '/auth/login', login(who))).body.access_token;
  const answer = await payflow.call(method, path, body, tokens[who]);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, { RISK__ENABLED: 'true' }, ['--demo']), startBrowser()]);
  const nothing = { points: 0 };
  await ask('operator', 'POST', '/rules', {
    code: 'look_at', name: 'To be looked at', effect: { points: 0, outcome: 'review', needs_two: true }, unknown: { error: nothing, not_applicable: nothing, too_little_data: nothing },
    when: { between: { left: { field: 'amount' }, low: 1_000, high: 2_000 } },
  });
  await ask('admin', 'POST', '/rule-drafts/publish', { revision: 1, note: 'For the test' });
  const { data: [wallet] } = await ask('alice', 'GET', '/wallets?currency=USD');
  for (const amount of ['11.00', '12.00']) payments.push(await ask('alice', 'POST', '/transactions', { type: 'transfer', from_wallet: wallet.id, to_email: login('bob').email, amount, currency: 'USD' }));
  assert.deepEqual(payments.map((one) => one.status), ['in_review', 'in_review']);
  while ((await ask('operator', 'GET', '/cases?queue=transactions&status=open')).data.length < 2) await new Promise((done) => setTimeout(done, 100));
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
});

/** A window of somebody who is logged in. What a page logs as an error fails the test. */
async function openAs(t, who, path, options) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(30_000);
  await context.request.post(`${url}/api/v1/auth/login`, { data: { ...login(who), session: 'cookie' } });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && !message.text().startsWith('Failed to load resource') && errors.push(message.text()));
  t.after(async () => {
    await context.close();
    assert.deepEqual(errors, []);
  });
  await page.goto(`${url}/console${path}`);
  return page;
}

const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Presses a button of the dialog. */
const confirm = (page, name) => page.getByRole('dialog').getByRole('button', { name, exact: true }).click();

/** No wider than its window, and usable as far as axe sees it, in both themes. */
async function looksWell(page, where) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target)}`), [], `${where} in the ${colorScheme} theme`);
  }
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, where);
}

test('a payment in review is taken by a key and decided by two operators, each of whom is told what follows', async (t) => {
  const page = await openAs(t, 'operator', '/cases?queue=transactions');
  await page.getByRole('table', { name: 'Cases' }).getByRole('row').nth(2).waitFor();
  await looksWell(page, 'the inbox');
  await page.keyboard.press('n');
  await page.waitForURL(/\/console\/cases\/case_/);
  const id = new URL(page.url()).pathname.split('/').at(-1);
  await page.getByRole('heading', { name: 'Who gives and who receives' }).waitFor();
  const who = page.getByRole('row', { name: /^User/ });
  await who.getByRole('link', { name: 'Alice Adams' }).waitFor();
  await who.getByRole('link', { name: 'Bob Brown' }).waitFor();
  await page.getByText('look_at').first().waitFor();
  await page.getByLabel('Comment').fill('Called Alice:\nshe says it is hers.');
  await button(page, 'Add comment').click();
  await page.getByRole('listitem').filter({ hasText: 'she says it is hers.' }).waitFor();
  await page.getByText('False positive').click();
  await page.getByText('The payment goes on, and its money moves.').waitFor();
  await page.getByLabel('Reason', { exact: true }).selectOption('Explained by the customer');
  await button(page, 'Propose').click();
  await page.getByRole('dialog').getByText('it counts when a second operator says the same').waitFor();
  await confirm(page, 'Propose');
  await page.getByText('You have proposed this: somebody else has to say the same.').waitFor();
  assert.ok(await button(page, 'Decide').isDisabled());
  await looksWell(page, 'a case');
  const waiting = (await ask('operator', 'GET', `/cases/${id}`)).subject;
  assert.equal((await ask('operator', 'GET', `/transactions/${waiting}`)).status, 'in_review');

  const other = await openAs(t, 'admin', `/cases/${id}`, { viewport: { width: 390, height: 844 } });
  await other.getByText('Proposed: False positive').waitFor();
  await looksWell(other, 'a case on a phone');
  await button(other, 'Agree and decide').click();
  await other.getByRole('dialog').getByText('You say the same as the first operator: the decision counts.').waitFor();
  await confirm(other, 'Decide');
  await other.getByText('proposed by').waitFor();
  assert.equal((await ask('operator', 'GET', `/transactions/${waiting}`)).status, 'completed');
  assert.equal((await ask('operator', 'GET', `/cases/${id}`)).decision.outcome, 'false_positive');
});

test('cases are selected by the keyboard and assigned at once', async (t) => {
  const page = await openAs(t, 'operator', '/cases');
  await page.getByRole('table', { name: 'Cases' }).getByRole('row').nth(1).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('1 case selected').waitFor();
  await button(page, 'Assign').click();
  await page.getByLabel('Owner').selectOption({ label: 'Ada Admin' });
  await confirm(page, 'Assign');
  await page.getByText('1 case is assigned').waitFor();
  await button(page, 'Assigned').click();
  await page.waitForURL((at) => at.searchParams.get('show') === 'assigned');
  await page.getByRole('row', { name: /Ada Admin/ }).first().waitFor();
});

test('an alert is seen, acknowledged by a key, assigned, snoozed and resolved with a reason', async (t) => {
  await ask('operator', 'POST', '/admin/queues/webhooks:payments/pause', { reason: 'For the test' });
  const page = await openAs(t, 'operator', '/alerts');
  const row = page.getByRole('row', { name: /Queue is paused · webhooks:payments/ });
  await row.waitFor({ timeout: 60_000 });
  await looksWell(page, 'alerts');
  await button(page, 'Info').click();
  await page.waitForURL((at) => at.searchParams.get('severity') === 'info');
  await row.waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('e');
  await page.getByLabel('Comment').fill('I look at it');
  await confirm(page, 'Acknowledge');
  await row.getByText('Acknowledged').waitFor();
  await row.getByRole('link', { name: /Queue is paused/ }).click();
  await page.getByText('I look at it').first().waitFor();
  await looksWell(page, 'an alert');
  await button(page, 'Actions').click();
  await button(page, 'Assign').click();
  await page.getByLabel('Owner').selectOption({ label: 'Ada Admin' });
  await confirm(page, 'Assign');
  await page.getByText('It is assigned').waitFor();
  await button(page, 'Actions').click();
  await button(page, 'Snooze').click();
  await confirm(page, 'Snooze');
  await page.getByText('Nobody is told of it until').waitFor();
  await button(page, 'Resolve').click();
  await page.getByRole('dialog').getByText('What is amiss still is.').waitFor();
  await page.getByLabel('Reason').selectOption('It was right, and nothing was to be done');
  await confirm(page, 'Resolve');
  await page.getByText('what was amiss still was').waitFor();
  await page.goto(`${url}/console/alerts?status=resolved`);
  await page.getByRole('row', { name: /Queue is paused/ }).getByText('Resolved').waitFor();
});
