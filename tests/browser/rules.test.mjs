// Rules of risk in the console: written by keyboard and pointer, tried on what has happened, published by a second person with a fresh
// proof, put back; quiet for a customer; in and out as JSON. And the lists that rules ask about.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { AxeBuilder } from '@axe-core/playwright';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';

let payflow, browser, url;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, { RISK__ENABLED: 'true' }, ['--demo']), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
});

const login = (who) => ({ email: `${who}@demo.payflow.example`, password: `demo-${who}-2026` });
const tokens = {};
const tokenOf = async (who) => (tokens[who] ??= (await payflow.call('POST', '/auth/login', login(who))).body.access_token);

/** The API as somebody; fails the test where it is refused. */
async function ask(who, method, path, body) {
  const answer = await payflow.call(method, path, body, await tokenOf(who));
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A window of somebody who is logged in. What a page logs as an error fails the test. */
async function openAs(t, who, path, options) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(15_000);
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

/** Presses a button of the dialog, once what it does is said. */
async function confirm(page, name) {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('list', { name: 'What happens' }).waitFor();
  await dialog.getByRole('button', { name, exact: true }).click();
}

/** The server wants a fresh proof for the first of these calls: a login of a moment ago is one by itself. */
async function wantProof(page, path) {
  const problem = { type: '/problems/step_up_required', title: 'Forbidden', status: 403, code: 'step_up_required', detail: 'Show that it is you.', methods: ['password'], retryable: false, request_id: 'req_1' };
  await page.route(path, (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', json: problem }), { times: 1 });
}

/** Answers the question for it. */
async function prove(page, who) {
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await dialog.getByLabel('Password', { exact: true }).fill(login(who).password);
  await dialog.getByRole('button', { name: 'Confirm', exact: true }).click();
}

const button = (page, name) => page.getByRole('button', { name, exact: true });
const place = (page, name) => page.locator(`[data-place="${name}"]`);
const sentence = (page) => page.locator('[data-sentence]');
async function usable(page, where) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target)}`), [], where);
}

test('a rule is drafted, tried on what has happened, and published by somebody else with a fresh proof', async (t) => {
  const { data: [wallet] } = await ask('alice', 'GET', '/wallets?currency=USD');
  for (const amount of ['11.00', '12.00', '3.00']) await ask('alice', 'POST', '/transactions', { type: 'transfer', from_wallet: wallet.id, to_email: login('bob').email, amount, currency: 'USD' });
  // What a decision was made of is written a moment later.
  const large = { code: 'large', name: 'Large', when: { between: { left: { field: 'amount' }, low: 1_000, high: 2_000 } } };
  const hits = async () => (await ask('operator', 'POST', '/rules/preview', { days: 7, rule: large })).rules.find((one) => one.rule === 'large')?.hits;
  while ((await hits()) !== 2) await new Promise((done) => setTimeout(done, 100));

  const page = await openAs(t, 'operator', '/rules');
  await page.getByRole('row', { name: /Amount over 5,000/ }).getByText('If the amount is above 5,000.00 USD, add 30 points.').waitFor();
  await page.getByRole('link', { name: 'New rule' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Small but not tiny');
  assert.equal(await page.getByLabel('Code', { exact: true }).inputValue(), 'small_but_not_tiny');
  // What is not filled in is said at its place, before the server is asked.
  await button(page, 'Save to the draft').click();
  await place(page, 'when').getByText('Fill this in.').waitFor();
  await page.getByLabel('How it compares').selectOption('is from … to');
  await page.getByLabel('Least', { exact: true }).fill('20.00');
  await page.getByLabel('Most', { exact: true }).fill('10');
  await page.getByText('If the amount is from 20.00 USD to 10.00 USD').or(sentence(page).filter({ hasText: 'from 20.00 USD to 10.00 USD' })).first().waitFor();
  // And what the server finds wrong.
  await page.getByRole('radio', { name: /^Live/ }).check();
  await button(page, 'Try it').click();
  await place(page, 'when').getByText('may not be below `low`').waitFor();
  assert.equal(await page.getByLabel('Most', { exact: true }).getAttribute('aria-invalid'), 'true');
  await page.getByLabel('Least', { exact: true }).fill('10.00');
  await page.getByLabel('Most', { exact: true }).fill('20');
  await place(page, 'when').getByText('may not be below `low`').waitFor({ state: 'detached' });
  await page.getByLabel('Outcome at least').selectOption('Decline');
  await page.getByLabel('Something cannot be found out').selectOption('Review');
  await page.getByLabel('The payment has no such thing').selectOption('Nothing follows');
  await page.getByLabel('There is too little history').selectOption('Nothing follows');
  await button(page, 'Try it').click();
  await page.getByText('The rule would have hit 2 of').waitFor({ state: 'attached' });
  const samples = page.getByRole('table', { name: /payments that would have been judged otherwise/ });
  await samples.getByRole('row', { name: /12\.00 USD/ }).getByText('Decline').waitFor();
  assert.match(await samples.getByRole('link').first().getAttribute('href'), /\/console\/payments\/txn_/);
  await usable(page, 'the builder with a preview');
  await button(page, 'Save to the draft').click();
  await page.waitForURL(`${url}/console/rules/small_but_not_tiny`);
  await page.getByText('This rule is in the draft only.').waitFor();
  await page.getByRole('link', { name: 'Review the draft' }).click();
  await page.getByText('An administrator who has not worked on it publishes it.').or(page.getByText('You have worked on this draft')).first().waitFor();
  assert.equal(await button(page, 'Publish').count(), 0);

  const other = await openAs(t, 'admin', '/rules/current-draft');
  await other.getByText('If the amount is from 10.00 USD to 20.00 USD, decline it.').waitFor();
  await usable(other, 'the draft');
  // What is published is what was seen.
  await ask('operator', 'PUT', '/rules/small_but_not_tiny', { ...(await ask('operator', 'GET', '/rules/small_but_not_tiny')).draft, name: 'From 10 to 20' });
  await wantProof(other, '**/rule-drafts/publish');
  await button(other, 'Publish').click();
  await other.getByLabel('Why', { exact: true }).fill('As agreed on Monday');
  await confirm(other, 'Publish');
  await prove(other, 'admin');
  await other.getByText('Somebody has changed the rules meanwhile.').waitFor();
  await other.reload();
  await other.getByRole('link', { name: 'From 10 to 20' }).waitFor();
  await button(other, 'Publish').click();
  await other.getByLabel('Why', { exact: true }).fill('As agreed on Monday');
  await confirm(other, 'Publish');
  await other.waitForURL(`${url}/console/rules/all-versions/2`);
  await other.getByRole('heading', { name: /Version 2/ }).getByText('In force').waitFor();
  await other.getByText('As agreed on Monday').waitFor();
  const refused = await payflow.call('POST', '/transactions', { type: 'transfer', from_wallet: wallet.id, to_email: login('bob').email, amount: '15.00', currency: 'USD' }, await tokenOf('alice'));
  assert.equal(refused.body.status, 'failed', JSON.stringify(refused.body));

  // The way back, which asks nobody else: two people had agreed on it before.
  await other.goto(`${url}/console/rules/all-versions/1`);
  await button(other, 'Put back in force').click();
  await other.getByLabel('Why', { exact: true }).fill('It declined lunch');
  await confirm(other, 'Put back in force');
  await other.waitForURL(`${url}/console/rules/all-versions/3`);
  await other.getByText('Small but not tiny').or(other.getByText('From 10 to 20')).first().waitFor();
  assert.equal((await ask('operator', 'GET', '/rules')).version.restores, 1);
});

test('who has worked on a draft cannot publish it, and is told so', async (t) => {
  await ask('admin', 'PUT', '/rules/amount_over_5000', { ...(await ask('admin', 'GET', '/rules/amount_over_5000')).in_force, mode: 'shadow' });
  const page = await openAs(t, 'admin', '/rules/current-draft');
  await page.getByText('You have worked on this draft: another administrator has to publish it.').waitFor();
  assert.ok(await button(page, 'Publish').isDisabled());
  await page.getByText('"live"').or(page.locator('ins', { hasText: 'shadow' })).first().waitFor();
  await button(page, 'Actions').click();
  await button(page, 'Discard').click();
  await confirm(page, 'Discard');
  await page.getByText('Nobody works on the rules').waitFor();
});

test('conditions are built by the keyboard alone', async (t) => {
  const page = await openAs(t, 'operator', '/rules/new-rule');
  const first = place(page, 'when').getByLabel('What is looked at').first();
  await first.focus();
  await page.keyboard.press('Alt+Shift+Enter');
  // Another one behind it, in a group of both; the keyboard is in it.
  await page.waitForFunction(() => document.activeElement?.closest('[data-place]')?.getAttribute('data-place') === 'when.all[1]');
  await page.keyboard.type('The currency');
  await page.waitForFunction(() => document.querySelector('[data-place="when.all[1]"] select').value === 'f:currency');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('eur');
  await sentence(page).filter({ hasText: 'If the amount is above … and the currency is EUR, note it.' }).waitFor();
  await page.keyboard.press('Alt+Shift+ArrowUp');
  await sentence(page).filter({ hasText: 'If the currency is EUR and the amount is above …, note it.' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.closest('[data-place]')?.getAttribute('data-place') === 'when.all[0]');
  await page.keyboard.press('Alt+Shift+Backspace');
  await sentence(page).filter({ hasText: 'If the amount is above …, note it.' }).waitFor();
  // A group within, and the condition moves into it.
  await button(page, 'Group').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.closest('[data-place]')?.getAttribute('data-place') === 'when.all[1]');
  await place(page, 'when.all[0]').getByLabel('What is looked at').focus();
  await page.keyboard.press('Alt+Shift+ArrowDown');
  await place(page, 'when.all[0].any[0]').waitFor();
  await place(page, 'when.all[0].any[0]').getByLabel('What is looked at').selectOption({ label: 'Number of payments' });
  await place(page, 'when.all[0].any[0]').getByRole('textbox', { name: 'Within' }).fill('15');
  await place(page, 'when.all[0].any[0]').getByRole('combobox', { name: 'Unit' }).selectOption('minutes');
  await sentence(page).filter({ hasText: 'the number of transactions by the payer within 15 minutes is above …' }).waitFor();
  await usable(page, 'the builder with groups');
  // What was written is not lost by going elsewhere.
  await page.getByRole('link', { name: 'Payments', exact: true }).click();
  await page.getByRole('dialog', { name: 'Leave without saving' }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await place(page, 'when.all[0].any[0]').waitFor();
});

test('a rule is quiet for a customer, and counts again', async (t) => {
  const page = await openAs(t, 'operator', '/rules/amount_over_5000');
  await button(page, 'Snooze for a customer').click();
  await page.getByRole('textbox', { name: 'Customer' }).fill('nobody@demo.payflow.example');
  await page.getByLabel('Reason').fill('Buys a house, shown by the contract');
  await confirm(page, 'Snooze for a customer');
  await page.getByText('is found by “nobody@demo.payflow.example”').waitFor();
  await page.getByRole('textbox', { name: 'Customer' }).fill(login('carol').email);
  await confirm(page, 'Snooze for a customer');
  await page.getByText('Buys a house, shown by the contract').waitFor();
  await page.getByRole('link', { name: 'Carol Clark' }).waitFor();
  assert.equal((await ask('operator', 'GET', '/rule-snoozes')).data.length, 1);
  await button(page, 'Wake').click();
  await confirm(page, 'Wake');
  await page.getByText('It counts for everybody.').waitFor();
  // A rule about sanctions never is.
  await page.goto(`${url}/console/rules/sanctions_match_of_payee`);
  await button(page, 'Snooze for a customer').click();
  await page.getByRole('textbox', { name: 'Customer' }).fill(login('carol').email);
  await page.getByLabel('Reason').fill('Somebody else of that name');
  await confirm(page, 'Snooze for a customer');
  await page.getByRole('alert').getByText('A rule that asks about sanctions is never quiet for anybody.').waitFor();
});

test('rules go out as JSON and come in again, and what is wrong is said with its place', async (t) => {
  const page = await openAs(t, 'operator', '/rules');
  await page.getByRole('row').nth(6).waitFor();
  await button(page, 'Actions').click();
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Export the rules in force').click()]);
  const set = JSON.parse(await readFile(await file.path(), 'utf8'));
  assert.equal(set.rules.length, 6);
  const put = async (text) => {
    await button(page, 'Actions').click();
    await button(page, 'Import').click();
    await page.getByLabel('JSON', { exact: true }).fill(text);
    await confirm(page, 'Import');
  };
  await put('{"code": "x", "when": {"between": {"left": {"field": "amount"}, "low": 1.5, "high": 2}}}');
  await page.getByRole('alert').getByText('The number at when.between.low is larger').waitFor();
  await page.keyboard.press('Escape');
  set.rules[0].when.compare.is = 'greatest';
  await put(JSON.stringify(set));
  await page.getByRole('alert').getByText('compare.is').waitFor();
  await page.keyboard.press('Escape');
  set.rules[0].when.compare.is = 'greater_or_equal';
  await put(JSON.stringify(set));
  await page.waitForURL(`${url}/console/rules/current-draft`);
  await page.locator('ins', { hasText: 'greater_or_equal' }).waitFor();
  await ask('operator', 'DELETE', '/rule-drafts');
});

test('a list is made, filled, searched and asked about', async (t) => {
  const page = await openAs(t, 'operator', '/lists');
  await page.getByText('No lists yet').waitFor();
  await button(page, 'New list').first().click();
  await page.getByLabel('Name', { exact: true }).fill('trusted_payees');
  await page.getByLabel('For', { exact: true }).fill('Checked by hand');
  await confirm(page, 'New list');
  await page.getByText('Nothing is on it yet').waitFor();
  await button(page, 'Add values').first().click();
  await page.getByRole('textbox', { name: /^Values/ }).fill('Ann@Example.org\nbob@example.org\nno address\n');
  await page.getByLabel('Note').fill('By letter');
  await page.getByLabel('Until').fill('2099-12-31');
  await confirm(page, 'Add 3 values');
  await page.getByRole('alert').getByText('`no address` is no value').waitFor();
  assert.equal(await page.getByRole('textbox', { name: /^Values/ }).inputValue(), 'no address');
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: /ann@example\.org/ }).getByText('31 Dec 2099').waitFor();
  await page.getByRole('searchbox').fill('BOB@');
  await page.waitForURL((at) => at.searchParams.get('q') === 'BOB@');
  await page.getByRole('row', { name: /ann@example\.org/ }).waitFor({ state: 'detached' });
  await usable(page, 'a list');
  await button(page, 'Take bob@example.org off the list').click();
  await confirm(page, 'Take off the list');
  await page.getByText('Nothing matches').waitFor();
  // A rule of the builder asks about it; it cannot be deleted then.
  await page.goto(`${url}/console/rules/new-rule`);
  await page.getByLabel('Name', { exact: true }).fill('Trusted');
  await page.getByLabel('What is looked at').selectOption({ label: 'The payee\'s e-mail' });
  await page.getByLabel('How it compares').selectOption('is on the list');
  await page.getByLabel('List', { exact: true }).selectOption('trusted_payees');
  await sentence(page).filter({ hasText: 'the payee\'s e-mail is on the list trusted_payees' }).waitFor();
  await button(page, 'Save to the draft').click();
  await page.waitForURL(`${url}/console/rules/trusted`);
  await page.goto(`${url}/console/lists`);
  await page.getByRole('link', { name: 'trusted_payees' }).click();
  await page.getByRole('link', { name: 'Trusted', exact: true }).waitFor();
  await button(page, 'Delete list').click();
  await confirm(page, 'Delete list');
  await page.getByRole('alert').getByText('The rule `trusted` asks about it').waitFor();
  await ask('operator', 'DELETE', '/rule-drafts');
});

test('an auditor reads rules and changes none, on a phone and in German', async (t) => {
  const page = await openAs(t, 'auditor', '/rules', { locale: 'de-DE', viewport: { width: 390, height: 844 } });
  await page.getByText('Wenn der Betrag über 5.000,00 USD liegt, dann 30 Punkte hinzurechnen.').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Neue Regel' }).count(), 0);
  await page.getByRole('link', { name: 'Amount over 5,000' }).click();
  await page.getByText('wo sich etwas nicht herausfinden lässt: einen Code verlangen', { exact: false }).first().waitFor();
  assert.equal(await page.getByRole('link', { name: 'Bearbeiten' }).count(), 0);
  await page.goto(`${url}/console/rules/amount_over_5000/edit`);
  await page.getByText('Regeln schreiben Operatoren und Administratoren').waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
});
