// The operator console on a demo store: a payment is found by somebody's e-mail, its amount and its id, understood, given back in part,
// captured and resolved; rows stay where they are while others come; views and files are kept.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';

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

async function search(text) {
  await page.getByRole('searchbox', { name: 'Search payments' }).fill(text);
  await page.keyboard.press('Enter');
}

const rows = () => page.getByRole('table', { name: /Payments/ }).locator('tbody tr[aria-rowindex]');
const tokenOf = async (who) => (await payflow.call('POST', '/auth/login', { email: `${who}@demo.payflow.example`, password: `demo-${who}-2026` })).body.access_token;

test('an operator logs in, and comes back to the console', async () => {
  await page.goto(`${url}/console/payments?q=type%3Adeposit`);
  await page.waitForURL((at) => at.pathname === '/wallet/login');
  await logIn('operator');
  await page.waitForURL(`${url}/console/payments?q=type%3Adeposit`);
  await page.getByRole('link', { name: 'Deposit' }).first().waitFor();
});

test('a payment is found by its amount, exactly', async () => {
  await search('19.99 USD');
  await page.getByText('1 payment', { exact: true }).waitFor();
  await page.getByRole('row', { name: /Groceries/ }).waitFor();
  await search('amount:>300');
  await page.getByText('in USD, the most frequent currency here').waitFor();
  // More than 300.00, and not 300.00 itself.
  await page.getByText('2 payments', { exact: true }).waitFor();
  await search('amount:>=300');
  await page.getByText('3 payments', { exact: true }).waitFor();
  await search('status:lost');
  await page.getByRole('alert').getByText('is no status').waitFor();
});

test('a payment is found by its id, from anywhere', async () => {
  await page.goto(`${url}/console`);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type('txn_01kdvdna00e008000000000019');
  await page.getByRole('option', { name: /Payment txn_/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Nobody knows whether the money moved').waitFor();
});

test('a payment is found by an e-mail, and says whom it concerns', async () => {
  await page.goto(`${url}/console/payments`);
  await rows().first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('@alice');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Alice Adams' }).waitFor();
  // Those of both wallets, the newest first.
  await page.getByRole('row', { name: /Holiday money/ }).waitFor();
  await page.getByRole('row', { name: /Groceries/ }).getByRole('link').click();
  await page.getByText('alice@demo.payflow.example').waitFor();
  await page.getByText('shop@demo.payflow.example').waitFor();
  await page.getByText('transaction.completed').waitFor();
});

test('its postings sum to zero, and its messages are told of', async () => {
  await page.getByText('sums to zero').waitFor();
  await page.getByRole('group', { name: 'Postings' }).getByRole('link', { name: 'Corner Shop' }).waitFor();
  await page.getByText('Payment received').waitFor();
  await page.getByText('Payment made').waitFor();
});

test('a part of it is given back, once it is said what that does', async () => {
  await page.getByRole('button', { name: 'Refund' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Amount to refund').fill('100');
  await dialog.getByText('At most USD 19.99').waitFor();
  await dialog.getByLabel('Amount to refund').fill('2.50');
  await dialog.getByText('A refund cannot be undone.').waitFor();
  await dialog.getByText('Of the payment, USD 17.49 stays with the receiver.').waitFor();
  await dialog.getByLabel('Reason').fill('One egg was broken');
  await dialog.getByRole('button', { name: 'Refund: USD 2.50' }).click();
  await page.getByText('The refund is made').waitFor();
  await page.getByText('transaction.refunded').waitFor();
  const { body } = await payflow.call('GET', '/transactions?type=refund', undefined, await tokenOf('alice'));
  assert.equal(body.data[0].amount, '2.50');
});

test('a part of a held payment is captured, and the rest is freed', async () => {
  await page.goto(`${url}/console/payments?q=status%3Aauthorised`);
  await page.getByRole('row', { name: /Reserved/ }).getByRole('link').click();
  await page.getByRole('button', { name: 'Capture', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Amount to capture').fill('25');
  await dialog.getByText('USD 15.00 that stays is freed').waitFor();
  await dialog.getByRole('button', { name: 'Capture: USD 25.00' }).click();
  await page.getByText('The payment is captured').waitFor();
  await page.getByRole('group', { name: 'Postings' }).getByRole('cell', { name: /25\.00/ }).first().waitFor();
});

test('an outcome that nobody knows is proposed, and waits for a second operator', async () => {
  await page.goto(`${url}/console/payments/txn_01kdvdna00e008000000000019`);
  await page.getByRole('button', { name: 'Resolve' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('When a second operator proposes the same').waitFor();
  await dialog.getByLabel('What happened').selectOption('failed');
  await dialog.getByLabel('Evidence').fill('Not in the statement of May');
  await dialog.getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('Your proposal is recorded').waitFor();
  await page.getByText('transaction.resolution_proposed').waitFor();
});

test('what is new waits above the rows until it is asked for', async () => {
  await page.goto(`${url}/console/payments`);
  await rows().first().waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const first = await rows().first().textContent();
  const token = await tokenOf('alice');
  const wallets = (await payflow.call('GET', '/wallets?currency=USD', undefined, token)).body.data;
  const made = await payflow.call('POST', '/transactions', { type: 'transfer', from_wallet: wallets[0].id, to_email: 'bob@demo.payflow.example', amount: '3.21', currency: 'USD', description: 'Just now' }, token);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const newer = page.getByRole('button', { name: /^1 new/ });
  await newer.waitFor();
  assert.equal(await rows().first().textContent(), first);
  await newer.click();
  await page.getByRole('row', { name: /Just now/ }).waitFor();
});

test('filters are chips in the address, and a view keeps them with its columns', async () => {
  await page.getByRole('button', { name: 'Type', exact: true }).click();
  await page.getByRole('checkbox', { name: /^Deposit/ }).check();
  await page.waitForURL((at) => at.searchParams.get('q') === 'type:deposit');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'Reference' }).check();
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Reference' }).waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByLabel('Name of the view').fill('Money in');
  await page.getByRole('button', { name: 'Save view' }).click();
  await page.getByRole('button', { name: 'Remove type:deposit' }).click();
  await page.waitForURL((at) => !at.searchParams.has('q'));
  await page.reload();
  await page.getByRole('button', { name: 'Money in' }).click();
  await page.waitForURL((at) => at.searchParams.get('q') === 'type:deposit' && at.searchParams.get('columns')?.includes('id'));
});

test('rows are saved as CSV: the selected ones, or all that match', async () => {
  const save = async (what) => {
    await page.getByRole('button', { name: 'CSV' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: what }).click()]);
    return (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  };
  await rows().nth(1).getByRole('checkbox').check();
  assert.equal((await save('The 1 selected')).length, 2);
  const all = await save('All that match');
  assert.match(all[0], /^id,created_at,type,status,amount,currency,/);
  assert.equal(all.length - 1, await rows().count());
  assert.ok(all.slice(1).every((line) => line.includes(',deposit,')));
});

test('who signs up on a demo is told where the mail is', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' });
  const window = await context.newPage();
  const registered = await context.request.post(`${url}/api/v1/auth/register`, { data: { name: 'Nia Newcomer', email: 'nia@example.org', password: 'a rather long walk 42', session: 'cookie' } });
  assert.ok(registered.ok(), await registered.text());
  await window.goto(`${url}/wallet`);
  await window.getByText(`the mail is the newest file in ${payflow.data}/mail`).waitFor();
  await context.close();
});

test('of very many rows only those in the window are drawn', async () => {
  let pages = 0;
  const row = (no) => ({
    id: `txn_${String(no).padStart(26, '0')}`, type: 'transfer', status: 'completed', amount: '1.00', currency: 'USD', from_wallet: null, to_wallet: null, fee: '0.00', captured_amount: '1.00', refunded_amount: '0.00',
    description: `Row ${no}`, external_id: null, metadata: null, original_transaction: null, source: null, failure: null, created_by: 'usr_01kdvdna00e008000000000001', created_at: new Date(1.79e12 - no * 1_000).toISOString(), updated_at: new Date(1.79e12).toISOString(), completed_at: null, expires_at: null,
  });
  await page.route(/\/api\/v1\/transactions\?/, async (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    pages += 1;
    await route.fulfill({ json: { data: Array.from({ length: 5_000 }, (_, at) => row(from + at)), has_more: from < 95_000, next_cursor: from < 95_000 ? String(from + 5_000) : null } });
  });
  await page.goto(`${url}/console/payments`);
  await rows().first().waitFor();
  const isAll = page.getByText('100,000 payments', { exact: true });
  while (!(await isAll.isVisible())) await page.evaluate(() => new Promise((drawn) => (window.scrollTo(0, document.documentElement.scrollHeight), requestAnimationFrame(drawn))));
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await page.getByText('Row 99999', { exact: true }).waitFor();
  assert.ok((await rows().count()) < 100, 'few rows are drawn');
  assert.ok(pages >= 20);
  await page.unroute(/\/api\/v1\/transactions\?/);
});
