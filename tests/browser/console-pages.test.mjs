// Every page of the console, in both themes and at both widths: usable by anybody as far as axe sees it, and no wider than the window.
// Who may not see a page is told so, and what failed names its request.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';
import { isUsable } from './usable.mjs';

const PATHS = [
  '', '/payments', '/payments?q=status%3Alost+%40a', '/payments/txn_01kdvdna00e008000000000015', '/payments/txn_01kdvdna00e008000000000019', '/customers', '/customers?q=nobody', '/customers/usr_01kdvdna00e008000000000001', '/wallets', '/wallets/wal_01kdvdna00e00800000000000k',
  '/rules', '/rules?q=nowhere', '/rules/amount_over_5000', '/rules/amount_over_5000/edit', '/rules/new-rule', '/rules/new-rule?view=json', '/rules/current-draft', '/rules/all-versions', '/rules/all-versions/1', '/lists', '/lists?q=nowhere', '/cases', '/cases?queue=kyc&show=closed', '/alerts', '/alerts?severity=critical&status=any',
  '/queues', '/dead-letters', '/webhooks', '/webhooks/whk_01kdvdna00e008000000000021', '/audit', '/audit?entry=1', '/health', '/team', '/organisations', '/api-keys', '/settings', '/settings?tab=display', '/settings?tab=security', '/settings?tab=system', '/help', '/help?q=refund', '/help/console', '/no-such-page',
];
const MASTER_KEY = 'YSBtYXN0ZXIga2V5IGZvciB0aGUgdGVzdHMgb25seSE=';
let payflow, browser, url;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, { IDENTITY__MASTER_KEY: MASTER_KEY }, ['--demo']), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
});

async function openAs(who, options) {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  context.setDefaultTimeout(15_000);
  await context.request.post(`${url}/api/v1/auth/login`, { data: { email: `${who}@demo.payflow.example`, password: `demo-${who}-2026`, session: 'cookie' } });
  return context.newPage();
}

for (const width of [390, 1440]) {
  test(`pages are usable by anybody at ${width} px`, async () => {
    const page = await openAs('admin', { viewport: { width, height: 900 }, reducedMotion: 'reduce' });
    const logged = [];
    // That there is no draft of the rules is no fault.
    const isFault = (message) => message.type() === 'error' && !message.location().url.endsWith('/api/v1/rule-drafts');
    page.on('console', (message) => isFault(message) && logged.push(`${message.text()} ${message.location().url}`));
    page.on('pageerror', (error) => logged.push(String(error)));
    for (const path of PATHS) {
      await isUsable(page, `${url}/console${path}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${path} is wider than ${width} px`);
    }
    assert.deepEqual(logged, []);
    await page.context().close();
  });
}

test('payments name who paid whom, and show amounts of sixteen digits whole, at every width', async () => {
  for (const width of [320, 1280, 1440]) {
    const page = await openAs('operator', { viewport: { width, height: 900 } });
    // No deposit is as large, and no name as long: the server's answers are.
    const name = 'Wolfeschlegelsteinhausenbergerdorff Maximilianowitsch-Hohenlohe-Langenburg';
    await page.route('**/api/v1/transactions?*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('"75.00"', '"1000000000000000.01"').replaceAll('"Carol Clark"', `"${name}"`) });
    });
    await page.goto(`${url}/console/payments`);
    const row = (what) => page.locator('tbody tr').filter({ hasText: what });
    await row('Half the pizza').or(row('12.50')).first().getByText('Bob Brown').waitFor();
    await row('12.50').first().getByText('Alice Adams').waitFor();
    await row(name).first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `it is wider than ${width} px`);
    const amount = row('1,000,000,000,000,000.01').locator('td').last();
    assert.ok(await amount.evaluate((cell) => cell.scrollWidth <= cell.clientWidth), `no digit is cut at ${width} px`);
    await page.context().close();
  }
});

test('an address of the console that logs in leads to the overview', async () => {
  const page = await openAs('operator', {});
  await page.goto(`${url}/console/login`);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.context().close();
});

test('the overview says how the installation does, and what the health score is made of', async () => {
  const page = await openAs('auditor', { viewport: { width: 390, height: 844 } });
  await page.goto(`${url}/console`);
  const figures = page.locator('[data-tour="figures"]');
  for (const name of ['Requests per second', 'Success rate', 'p50', 'p95', 'p99', 'Waiting in queues', 'Oldest money in flight']) await figures.getByText(name, { exact: true }).waitFor();
  await page.getByText('Debits equal credits in every currency.').waitFor();
  await page.getByText('What it is made of').click();
  await page.getByText('Currencies that do not balance').waitFor();
  await page.getByText('25 of 25').waitFor();
  // Those of other organisations may not see it: their page is whole without it.
  const forbidden = { type: '/problems/forbidden', title: 'Forbidden', status: 403, code: 'forbidden', detail: 'Not yours.', retryable: false, request_id: 'req_1' };
  await page.route('**/api/v1/system/summary', (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', json: forbidden }));
  await page.reload();
  await page.getByRole('heading', { name: 'Queues' }).waitFor();
  assert.deepEqual([await figures.count(), await page.getByText('Health score').count(), await page.getByText('Not yours.').count()], [0, 0, 0]);
  await page.context().close();
});

test('the settings in force are found by what they are called, with where they come from, and no secret', async () => {
  const page = await openAs('admin', { viewport: { width: 1440, height: 900 } });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${url}/console`);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('settings of');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Settings in force' }).waitFor();
  const row = (section, key) => page.getByRole('table', { name: section, exact: true }).getByRole('row').filter({ has: page.getByText(key, { exact: true }) });
  await row('General', 'listen').getByText('Command line').waitFor();
  await row('Identity', 'public_url').getByText('PAYFLOW__IDENTITY__PUBLIC_URL').waitFor();
  await row('Identity', 'second_factor.required_for').getByText('Default: operator,admin').waitFor();
  await row('Identity', 'master_key').getByText('Hidden').waitFor();
  assert.equal(await page.getByText(MASTER_KEY).count(), 0);
  await page.getByRole('searchbox').fill('webhooks.keep_days');
  await page.waitForURL((at) => at.searchParams.get('q') === 'webhooks.keep_days');
  await row('Notifications', 'webhooks.keep_days').getByText('30', { exact: true }).waitFor();
  assert.equal(await page.getByRole('table').count(), 1);
  await page.getByRole('button', { name: 'webhooks.keep_days' }).click();
  await page.getByLabel('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'notifications.webhooks.keep_days');
  await page.getByRole('button', { name: /^Changed/ }).click();
  await page.getByText('No settings match').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('button', { name: /^Limits/ }).click();
  await page.waitForURL((at) => at.searchParams.get('show') === 'limits');
  await row('Payments', 'limits.default.daily').getByText('50000').waitFor();
  await page.reload();
  await row('Payments', 'limits.default.daily').waitFor();
  const failed = { type: '/problems/internal', title: 'Internal', status: 500, code: 'internal', detail: 'It failed.', retryable: false, request_id: 'req_7' };
  await page.route('**/api/v1/system/config', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', json: failed }));
  await page.reload();
  await page.getByText('req_7').waitFor();
  await page.context().close();
});

test('panels and the menu stay inside a narrow window', async () => {
  const page = await openAs('operator', { viewport: { width: 320, height: 700 } });
  const isInside = async (what) => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, what);
  await page.goto(`${url}/console/payments`);
  await page.getByRole('link', { name: 'Deposit' }).first().waitFor();
  for (const name of ['Status', 'Type', 'Currency', 'Amount', 'Date', 'Views', 'CSV']) {
    await page.getByRole('button', { name, exact: true }).click();
    await isInside(name);
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Queues' }).click();
  await page.getByRole('heading', { name: 'Queues' }).waitFor();
  await isInside('queues');
  await page.context().close();
});

test('single keys do nothing where they are switched off', async () => {
  const page = await openAs('operator', {});
  await page.goto(`${url}/console/settings?tab=display`);
  await page.getByRole('switch').uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Settings' }).click();
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Search and commands' }).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 1);
  await page.context().close();
});

test('pages are in German for those who read it', async () => {
  const page = await openAs('admin', { locale: 'de-DE' });
  for (const [path, title] of [['/payments', 'Zahlungen'], ['/customers', 'Kunden'], ['/queues', 'Warteschlangen'], ['/audit', 'Protokoll'], ['/health', 'Systemzustand'], ['/settings?tab=system', 'Einstellungen'], ['/help', 'Hilfe']]) {
    await page.goto(`${url}/console${path}`);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  }
  await page.context().close();
});

test('who may not see something is told which role they have', async () => {
  const page = await openAs('operator', {});
  for (const path of ['/organisations', '/settings?tab=system']) {
    await page.goto(`${url}/console${path}`);
    await page.getByText('Your role, operator, does not include it.').waitFor();
  }
  await page.context().close();
  const user = await openAs('alice', {});
  await user.goto(`${url}/console/payments`);
  await user.getByRole('heading', { name: 'The console is for operators, auditors and administrators' }).waitFor();
  await user.context().close();
});

test('what failed says why, under which request, and is tried again', async () => {
  const page = await openAs('operator', {});
  const fail = (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', json: { type: '/problems/internal', title: 'x', status: 500, code: 'internal', detail: 'Something broke here.', retryable: false, request_id: 'req_01test' } });
  await page.route('**/api/v1/admin/queues', fail);
  await page.goto(`${url}/console/queues`);
  await page.getByText('Something broke here.').waitFor();
  await page.getByText('req_01test').waitFor();
  await page.unroute('**/api/v1/admin/queues', fail);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('notifications:payments').waitFor();
  await page.context().close();
});
