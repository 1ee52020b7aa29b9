// The wallet as people use it: from an empty store to money sent and received, by what they see and by the keyboard alone; what a
// second press, a lost answer and an ended session do; and that each page is usable by anybody (axe).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { button, PASSWORD, startWallet } from './people.mjs';
import { isUsable } from './usable.mjs';

let app, payflow, wallet, open;

before(async () => {
  app = await startWallet();
  ({ payflow, wallet, open } = app);
});
after(() => app?.stop());

/** Registers by the page, confirms the address and opens a dollar wallet. */
async function signUp(page, name, email) {
  await page.goto(`${wallet}/sign-up`);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Create an account').click();
  await page.getByText('Open your first wallet').waitFor();
  // The mailed link is opened in the same browser.
  const mail = await page.context().newPage();
  await mail.goto(`${wallet}/../api/v1/auth/verify-email?token=${await payflow.mailedToken(email)}`);
  await mail.getByRole('button', { name: 'Confirm the address' }).click();
  await mail.getByText('Your e-mail address is confirmed').waitFor();
  await mail.close();
  await page.getByLabel('Currency').selectOption('USD');
  await button(page, 'Open wallet').click();
  await page.getByText('US Dollar').first().waitFor();
}

/** Adds money with a test card, and goes home. */
async function addMoney(page, typed) {
  await page.getByRole('link', { name: 'Add money' }).first().click();
  await page.getByLabel('Amount').pressSequentially(typed);
  await page.getByRole('button', { name: /^Add USD/ }).click();
  await page.getByRole('heading', { name: /added$/ }).waitFor();
  await page.getByRole('link', { name: 'Done' }).click();
}

/** Goes as far as the review of a transfer. */
async function review(page, email, typed) {
  await page.goto(`${wallet}/send`);
  await page.getByLabel('E-mail of the recipient').fill(email);
  await button(page, 'Continue').click();
  await page.getByLabel('Amount').pressSequentially(typed);
  await button(page, 'Review').click();
  await page.getByRole('heading', { name: 'Check and send' }).waitFor();
}

async function balanceOf(email) {
  const { body } = await payflow.call('POST', '/auth/login', { email, password: PASSWORD });
  const wallets = await payflow.call('GET', '/wallets', undefined, body.access_token);
  return wallets.body.data[0].balance.posted;
}

test('two people sign up, and money goes from one to the other', async (t) => {
  const [ann, ben] = [await open(t), await open(t)];
  await signUp(ann, 'Ann Example', 'ann@example.org');
  await signUp(ben, 'Ben <b>Bold</b>', 'ben@example.org');
  await addMoney(ann, '100');
  await review(ann, 'ben@example.org', '82.49');
  await ann.getByText('Ben <b>Bold</b>').waitFor();
  // Both presses come before the first answer.
  await ann.getByRole('button', { name: /^Send USD.82\.49$/ }).evaluate((element) => (element.click(), element.click()));
  await ann.getByRole('heading', { name: 'Sent to Ben <b>Bold</b>' }).waitFor();
  assert.equal(await balanceOf('ann@example.org'), '17.51');
  assert.equal(await balanceOf('ben@example.org'), '82.49');

  // The receiver hears of it without doing anything, and finds its receipt.
  await ben.getByRole('link', { name: /^Notifications \(/ }).click();
  // Rows stay where they are while somebody points at them.
  await ben.mouse.move(0, 0);
  // It is in the list, or waits behind a button where the list was there before it.
  const row = ben.getByRole('button', { name: /82\.49 USD from Ann Example/ });
  const later = ben.getByRole('button', { name: /^\d+ new$/ });
  await row.or(later).first().waitFor({ timeout: 60_000 });
  if (await later.isVisible()) await later.click();
  await row.click();
  await ben.getByRole('heading', { name: 'From Ann Example' }).waitFor();
  await ben.getByText('Completed').first().waitFor();
});

test('an answer that is lost is asked for again, and pays once', async (t) => {
  const page = await open(t);
  await signUp(page, 'Cleo Example', 'cleo@example.org');
  await addMoney(page, '50');
  await review(page, 'ben@example.org', '20');
  const keys = [];
  await page.route('**/api/v1/transactions', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.fallback();
    // It arrives, and its answer does not.
    await route.fetch();
    await route.abort('connectionreset');
  });
  await page.getByRole('button', { name: /^Send USD/ }).click();
  await page.getByRole('heading', { name: 'We do not know yet' }).waitFor();
  await button(page, 'Try again').click();
  await page.getByRole('heading', { name: /^Sent to Ben/ }).waitFor();
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.equal(await balanceOf('cleo@example.org'), '30.00');
});

test('money is sent by the keyboard alone', async (t) => {
  const page = await open(t, { viewport: { width: 1440, height: 900 } });
  await signUp(page, 'Dora Example', 'dora@example.org');
  await addMoney(page, '10');
  await page.getByRole('link', { name: 'Send' }).first().focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('E-mail of the recipient').waitFor();
  await page.keyboard.type('ben@example.org');
  await page.keyboard.press('Enter');
  await page.getByLabel('Amount').waitFor();
  await page.keyboard.type('2.50');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Send USD.2\.50$/ }).waitFor();
  for (let presses = 0; presses < 30; presses++) {
    if (await page.evaluate(() => document.activeElement?.textContent.startsWith('Send USD'))) break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /^Sent to Ben/ }).waitFor();
});

test('a session that is ended elsewhere leads to the log-in, and from there back', async (t) => {
  const page = await open(t);
  await signUp(page, 'Emil Example', 'emil@example.org');
  await page.goto(`${wallet}/activity?type=deposit`);
  await page.getByText('No payments match').waitFor();
  const { body } = await payflow.call('POST', '/auth/login', { email: 'emil@example.org', password: PASSWORD });
  await payflow.call('POST', '/auth/step-up', { password: PASSWORD }, body.access_token);
  const ended = await payflow.call('DELETE', '/auth/sessions', undefined, body.access_token);
  assert.equal(ended.status, 204);
  await page.getByText('You were logged out.').waitFor();
  await page.getByLabel('E-mail').fill('emil@example.org');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Log in').click();
  await page.waitForURL(`${wallet}/activity?type=deposit`);
});

test('the first steps are ticked by what is so, and put away for good', async (t) => {
  const gil = await app.person('Gil Example', 'gil@example.org');
  const page = await open(t);
  await app.enter(page, gil);
  await page.goto(`${wallet}/`);
  await page.getByText('1 of 5 done').waitFor();
  const { id } = await gil.ask('POST', '/wallets', { currency: 'USD' });
  await page.getByText('2 of 5 done').waitFor();
  await gil.ask('POST', '/transactions', { type: 'deposit', to_wallet: id, amount: '5.00', currency: 'USD', source: { kind: 'card', token: 'tok_ok' } });
  await page.getByText('3 of 5 done').waitFor();
  await gil.ask('POST', '/transactions', { type: 'transfer', from_wallet: id, to_email: 'ben@example.org', amount: '1.00', currency: 'USD' });
  await page.getByText('4 of 5 done').waitFor();
  await page.getByRole('link', { name: 'Set up' }).waitFor();
  await button(page, 'Hide').click();
  await page.reload();
  await page.getByText('Recent activity').waitFor();
  await page.getByText('Money added').waitFor();
  assert.equal(await page.getByText('Get started').count(), 0);
});

test('each page is usable by anybody, in both themes', async (t) => {
  const page = await open(t, { reducedMotion: 'reduce' });
  const look = (path) => isUsable(page, `${wallet}${path}`);
  for (const path of ['/login', '/sign-up', '/forgot', '/../']) await look(path);
  await signUp(page, 'Fay Example', 'fay@example.org');
  for (const path of ['/', '/send', '/add', '/withdraw', '/activity', '/activity/txn_1', '/notifications', '/account', '/nowhere']) await look(path);
});
