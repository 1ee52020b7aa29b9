// What operators and administrators do beside payments: freeze a wallet, pause a queue, replay and discard dead letters, send webhooks
// again, change a role; by the keyboard alone; and a session that ended elsewhere.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';
import { execute } from './store.mjs';

const WALLET = 'wal_01kdvdna00e00800000000000k';
let payflow, browser, url, page, receiver;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, { NOTIFICATIONS__WEBHOOKS__ALLOWED_NETWORKS: '127.0.0.0/8' }, ['--demo']), startBrowser()]);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  // A server that refuses with what looks like a page.
  receiver = createServer((asked, answer) => asked.resume().on('end', () => answer.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Broken</h1><script>window.hacked = true</script>')));
  await new Promise((done) => receiver.listen(0, '127.0.0.1', done));
});

after(async () => {
  receiver?.close();
  await browser?.close();
  await payflow?.stop();
});

const tokenOf = async (who) => (await payflow.call('POST', '/auth/login', { email: `${who}@demo.payflow.example`, password: `demo-${who}-2026` })).body.access_token;

async function logIn(who, path = '') {
  await page.context().clearCookies();
  await page.goto(`${url}/console${path}`);
  await page.waitForURL((at) => at.pathname === '/wallet/login');
  await page.getByLabel('E-mail').fill(`${who}@demo.payflow.example`);
  await page.getByLabel('Password', { exact: true }).fill(`demo-${who}-2026`);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.waitForURL(`${url}/console${path}`);
}

/** Presses a button of the dialog, once what it does is said. */
async function confirm(name) {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('list', { name: 'What happens' }).waitFor();
  await dialog.getByRole('button', { name, exact: true }).click();
}

test('a customer is found by a part of the e-mail, and a wallet of theirs is frozen and let go', async () => {
  await logIn('operator', '/customers');
  await page.getByRole('searchbox').fill('bob@');
  await page.waitForURL((at) => at.searchParams.get('q') === 'bob@');
  await page.getByRole('link', { name: 'Bob Brown' }).click();
  await page.getByRole('table', { name: 'Wallets' }).getByRole('link', { name: /USD/ }).click();
  await page.getByRole('button', { name: 'Freeze' }).click();
  await page.getByRole('dialog').getByText('It sends nothing any more').waitFor();
  await page.getByLabel('Reason').fill('Asked for by the police');
  await confirm('Freeze');
  await page.getByText('The wallet is frozen').waitFor();
  const refused = await payflow.call('POST', '/transactions', { type: 'transfer', from_wallet: WALLET, to_email: 'alice@demo.payflow.example', amount: '1.00', currency: 'USD' }, await tokenOf('bob'));
  assert.equal(refused.body.code, 'account_frozen');
  await page.getByRole('button', { name: 'Unfreeze' }).click();
  await confirm('Unfreeze');
  await page.getByText('The wallet is in use again').waitFor();
});

test('limits are set to the digit, and an amount that is none is refused', async () => {
  await page.getByRole('button', { name: 'Set limits' }).click();
  const daily = page.getByLabel('A day (USD)');
  await daily.fill('12.345');
  await page.getByText('Write an amount such as 12.50.').waitFor();
  await daily.fill('100.05');
  await page.getByLabel('A month (USD)').fill('');
  await confirm('Set limits');
  await page.getByText('The limits are set').waitFor();
  const { body } = await payflow.call('GET', `/wallets/${WALLET}`, undefined, await tokenOf('operator'));
  assert.deepEqual([body.limits.daily.limit, body.limits.monthly], ['100.05', null]);
});

test('a queue is paused and goes on', async () => {
  await page.goto(`${url}/console/queues`);
  await page.getByRole('button', { name: 'Pause webhooks:payments' }).click();
  await confirm('Pause');
  await page.getByRole('row', { name: /webhooks:payments/ }).getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Resume webhooks:payments' }).click();
  await confirm('Resume');
  await page.getByRole('row', { name: /webhooks:payments/ }).getByText('Running').waitFor();
});

test('dead letters are read by their cause, replayed and discarded', async () => {
  const letter = (no, cause) => {
    const id = { hex: `00000000000070008000${no.toString(16).padStart(12, '0')}` };
    const sql = `INSERT INTO dead_letters (id, org, consumer, feed, sequence, event, type, subject, cause, error, attempts, first_at, last_at)
      VALUES (?, 1, 'notifications', 'payments', ${no}, ?, 'transaction.completed', 'txn_01kdvdna00e008000000000011', ?, ?, 8, 1790000000000000, 1790000001000000)`;
    execute(join(payflow.data, 'notifications.db'), sql, [id, id, cause, `${cause} 7`]);
  };
  for (const no of [1, 2]) letter(no, 'the template has no line #');
  letter(3, 'no such wallet');
  await page.goto(`${url}/console/dead-letters`);
  await page.getByRole('button', { name: /no such wallet/ }).click();
  await page.getByRole('checkbox', { name: /^Select dlt_/ }).check();
  await page.getByRole('button', { name: 'Discard', exact: true }).click();
  await page.getByLabel('Why nobody wants it handled').fill('The wallet is gone');
  await confirm('Discard');
  await page.getByText('The event is discarded').waitFor();
  await page.goto(`${url}/console/dead-letters`);
  await page.getByRole('button', { name: /the template has no line/ }).waitFor();
  await page.getByRole('button', { name: 'Replay all (2)' }).click();
  await confirm('Replay');
  await page.getByText('The replay has ended').waitFor();
  await page.getByText('2 of 2 handled').waitFor();
  await page.getByText('No dead letters').waitFor();
  await page.goto(`${url}/console/dead-letters?state=discarded`);
  await page.getByRole('link', { name: 'transaction.completed' }).click();
  await page.getByText('The wallet is gone').waitFor();
  for (const no of [4, 5]) letter(no, 'no such template');
  await page.goto(`${url}/console/dead-letters`);
  await page.getByRole('button', { name: /no such template/ }).click();
  await page.getByRole('button', { name: 'Discard all' }).click();
  await page.getByLabel('Why nobody wants it handled').fill('Texts were taken out');
  await confirm('Discard');
  await page.getByText('No dead letters match').waitFor();
  const { body } = await payflow.call('GET', '/admin/dead-letters?state=discarded', undefined, await tokenOf('operator'));
  assert.equal(body.data.length, 3);
});

test('an endpoint is made, its secret shown once, and what a server answered is text', async () => {
  await page.goto(`${url}/console/webhooks`);
  await page.getByRole('button', { name: 'New endpoint' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill(`http://127.0.0.1:${receiver.address().port}/hook`);
  await dialog.getByLabel('Description').fill('Broken till');
  await confirm('New endpoint');
  await page.getByRole('dialog').getByText(/^whsec_/).waitFor();
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('link', { name: /Broken till/ }).click();
  await page.getByRole('button', { name: 'Send test' }).click();
  await confirm('Send test');
  await page.getByRole('link', { name: 'webhook.test' }).click();
  await page.getByText(/^500 after/).first().waitFor();
  await page.getByText('<h1>Broken</h1>').first().waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await page.getByRole('button', { name: 'Send again' }).click();
  await confirm('Send again');
  await page.getByText('It is on its way').waitFor();
});

test('an auditor sees the trail of it all and changes nothing, an operator sees no trail', async () => {
  await page.goto(`${url}/console/audit`);
  await page.getByText('You may not see this').waitFor();
  await logIn('auditor', '/audit?act=dead_letter.discarded');
  await page.getByRole('button', { name: 'dead_letter.discarded', exact: true }).first().click();
  await page.getByRole('dialog').getByRole('heading', { name: 'Chain' }).waitFor();
  await page.keyboard.press('Escape');
  await page.goto(`${url}/console/wallets/${WALLET}`);
  await page.getByRole('heading', { name: /Everyday/ }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Freeze' }).count(), 0);
});

test('by the keyboard alone a payment is found, opened and given back', async () => {
  await logIn('operator', '/payments');
  await page.getByRole('row', { name: /Groceries/ }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('Groceries');
  await page.keyboard.press('Enter');
  await page.getByText('1 payment', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Refund' }).press('Enter');
  const amount = page.getByLabel('Amount to refund');
  await amount.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('0.01');
  await page.keyboard.press('Enter');
  await page.getByText('The refund is made').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('q');
  await page.waitForURL(`${url}/console/queues`);
  await page.getByRole('heading', { name: 'Queues' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a session that ended elsewhere leads to the log-in, and back to the page', async () => {
  await page.goto(`${url}/console/queues`);
  await page.getByRole('heading', { name: 'Queues' }).waitFor();
  const token = await tokenOf('operator');
  assert.equal((await payflow.call('DELETE', '/auth/sessions', undefined, token)).status, 204);
  await page.waitForURL((at) => at.pathname === '/wallet/login' && at.searchParams.get('next') === '/console/queues');
});

test('an administrator sees where somebody is logged in, and ends one of the sessions', async () => {
  const token = await tokenOf('dave');
  await logIn('admin', '/customers?q=dave');
  await page.getByRole('link', { name: 'Dave Dunn' }).click();
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await confirm('End');
  await page.getByText('The session has ended').waitFor();
  await page.getByText('They are logged in nowhere').waitFor();
  assert.equal((await payflow.call('GET', '/auth/me', undefined, token)).status, 401);
});

test('an administrator changes a role, and finds help without the network', async () => {
  await logIn('admin', '/team');
  await page.getByRole('link', { name: 'Audrey Auditor' }).click();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('button', { name: 'Change role' }).click();
  await page.getByRole('dialog').getByLabel('Role').selectOption('operator');
  await confirm('Change role');
  await page.getByText('The role is changed').waitFor();
  await page.goto(`${url}/console/audit?act=user.changed`);
  await page.getByRole('button', { name: 'user.changed', exact: true }).click();
  await page.getByRole('dialog').getByRole('row', { name: /role auditor operator/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.goto(`${url}/console/help`);
  await page.getByRole('searchbox').fill('dead letters');
  await page.getByRole('link', { name: 'Dead letters' }).first().click();
  await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
});
