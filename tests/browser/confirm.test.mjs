// A payment that asks for a code: it passes where little is at stake, and else waits for the code that its maker was sent; wrong codes,
// a new one, the way out, and how pages of the wallet lead to it. By default risk is on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { button, fits, startWallet } from './people.mjs';
import { isUsable } from './usable.mjs';

const CODE = /^\d{6}$/;
let app, payflow, wallet;

before(async () => {
  app = await startWallet([], { RISK__ENABLED: 'true', RISK__STEP_UP__RESEND_AFTER_SECONDS: '0' });
  ({ payflow, wallet } = app);
  await app.person('Ben Example', 'ben@example.org', { USD: null });
});
after(() => app?.stop());

/** Somebody with 18,000.00 USD: in two parts, each of which is a deposit that passes. */
async function rich(name) {
  const person = await app.person(name, `${name.split(' ')[0].toLowerCase()}@example.org`, { USD: '9000.00' });
  await person.ask('POST', '/transactions', { type: 'deposit', to_wallet: person.wallets.USD, amount: '9000.00', currency: 'USD', source: { kind: 'card', token: 'tok_ok' } });
  return person;
}

const transfer = (who, amount) => who.ask('POST', '/transactions', { type: 'transfer', from_wallet: who.wallets.USD, to_email: 'ben@example.org', amount, currency: 'USD', description: 'A used car' });
const balance = async (who) => (await who.ask('GET', `/wallets/${who.wallets.USD}`)).balance;
/** Another code than this. */
const wrong = (code) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** Sends by the pages, as far as the answer. */
async function send(page, amount) {
  await page.goto(`${wallet}/send`);
  await page.getByLabel('E-mail of the recipient').fill('ben@example.org');
  await button(page, 'Continue').click();
  await page.getByLabel('Amount').pressSequentially(amount);
  await button(page, 'Review').click();
  await page.getByRole('button', { name: /^Send USD/ }).click();
}

test('1,000.00 passes in one call; 15,000.00 asks for a code, refuses a wrong one and completes with the right one', async (t) => {
  const ann = await rich('Ann Example');
  const page = await app.open(t);
  await app.enter(page, ann);
  await send(page, '1000');
  await page.getByRole('heading', { name: 'Sent to Ben Example' }).waitFor();

  await send(page, '15000');
  await page.waitForURL(/\/wallet\/confirm\/txn_/);
  await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  const main = page.getByRole('main');
  await main.getByText('Ben Example').first().waitFor();
  await main.getByText('USD 15,000.00').first().waitFor();
  await main.getByText('We sent a code by e-mail to a***@example.org.').waitFor();
  assert.deepEqual(await balance(ann), { posted: '17000.00', held: '15000.00', available: '2000.00' });

  const [code] = await payflow.mailedCodes('ann@example.org', 1);
  const field = page.getByLabel('Code', { exact: true });
  assert.equal(await field.getAttribute('autocomplete'), 'one-time-code');
  assert.ok(await field.evaluate((input) => input === document.activeElement), 'the code can be typed at once');
  await field.fill(wrong(code));
  await page.keyboard.press('Enter');
  await page.getByText('This code is wrong. 4 tries are left.').waitFor();
  // Found again from the home page.
  await page.goto(`${wallet}/`);
  await page.getByRole('heading', { name: 'One transaction waits for your code' }).waitFor();
  await page.getByText('Waits for your code').first().waitFor();
  await page.getByRole('link', { name: 'Enter code' }).click();
  await page.getByText(/4 tries are left, for \d:\d\d\./).waitFor();
  // Pasted as it stands in a message.
  await field.fill(`${code} is your PayFlow code for 15000.00 USD to Ben Example.`);
  assert.equal(await field.inputValue(), code);
  await page.getByRole('button', { name: /^Confirm USD.15,000\.00$/ }).click();
  await page.getByRole('heading', { name: 'Sent to Ben Example' }).waitFor();
  assert.deepEqual(await balance(ann), { posted: '2000.00', held: '0.00', available: '2000.00' });
  await page.getByRole('link', { name: 'See receipt' }).click();
  await page.getByText('Completed').first().waitFor();
});

test('after five wrong codes a new one is sent, and the one before is over', async (t) => {
  const cleo = await rich('Cleo Example');
  const { id } = await transfer(cleo, '12000.00');
  const [first] = await payflow.mailedCodes('cleo@example.org', 1);
  const page = await app.open(t);
  await app.enter(page, cleo);
  await page.goto(`${wallet}/confirm/${id}`);
  const field = page.getByLabel('Code', { exact: true });
  for (const left of ['4 tries are left.', '3 tries are left.', '2 tries are left.', 'One try is left.', 'no tries are left with it.']) {
    await field.fill(wrong(first));
    await page.keyboard.press('Enter');
    await page.getByText(left).first().waitFor();
  }
  assert.ok(await page.getByRole('button', { name: /^Confirm USD/ }).isDisabled());
  await button(page, 'Send a new code').click();
  await page.getByText('A new code is on its way.').waitFor();
  const [, second] = await payflow.mailedCodes('cleo@example.org', 2);
  assert.match(second, CODE);
  await field.fill(second);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sent to Ben Example' }).waitFor();
});

test('what waits is cancelled by its maker, after a question, and the money is free', async (t) => {
  const dora = await rich('Dora Example');
  await transfer(dora, '11000.00');
  const page = await app.open(t);
  await app.enter(page, dora);
  // By the list of all that happened.
  await page.goto(`${wallet}/activity?status=requires_verification`);
  await page.getByRole('main').getByRole('listitem').getByRole('link').click();
  await button(page, 'Cancel this transaction').click();
  await page.getByRole('dialog').getByText('Held money is free again at once.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel it' }).click();
  await page.getByRole('heading', { name: 'Cancelled' }).waitFor();
  assert.equal((await balance(dora)).held, '0.00');
});

test('an answer that is lost confirms once, and a page that is open elsewhere follows', async (t) => {
  const emil = await rich('Emil Example');
  const { id } = await transfer(emil, '11000.00');
  const [code] = await payflow.mailedCodes('emil@example.org', 1);
  const [page, other] = [await app.open(t), await app.open(t)];
  for (const window of [page, other]) {
    await app.enter(window, emil);
    await window.goto(`${wallet}/confirm/${id}`);
    await window.getByText('We sent a code by e-mail').waitFor();
  }
  await page.route('**/confirm', async (route) => {
    await route.fetch();
    await route.abort('connectionreset');
  });
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.keyboard.press('Enter');
  // It has arrived; the page finds out by itself, and so does the other.
  for (const window of [page, other]) await window.getByRole('heading', { name: 'Sent to Ben Example' }).waitFor();
  assert.equal((await balance(emil)).posted, '7000.00');
});

test('who receives it, and who has nothing to do with it, are asked for no code', async (t) => {
  const fay = await rich('Fay Example');
  const { id } = await transfer(fay, '11000.00');
  const gil = await app.person('Gil Example', 'gil@example.org', { USD: null });
  const page = await app.open(t);
  await app.enter(page, { email: 'ben@example.org' });
  await page.goto(`${wallet}/confirm/${id}`);
  await page.getByRole('heading', { name: 'It waits for who made it' }).or(page.getByRole('heading', { name: 'There is no such payment' })).waitFor();
  assert.equal(await page.getByLabel('Code', { exact: true }).count(), 0);
  await app.enter(page, gil);
  await page.goto(`${wallet}/confirm/${id}`);
  await page.getByRole('heading', { name: 'There is no such payment' }).waitFor();
});

/** Shows a transaction in another state than it has. */
const shown = (page, id, change) =>
  page.route(new RegExp(`/api/v1/transactions/${id}$`), async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), ...change } });
  });

test('the pages are usable by anybody, at every width and in both themes', async (t) => {
  const hal = await rich('Hal Example');
  const { id } = await transfer(hal, '11000.00');
  await payflow.mailedCodes('hal@example.org', 1);
  const declined = { code: 'risk_declined', detail: 'The transaction was declined. Contact support if you think that it should pass.' };
  for (const width of [320, 390, 1440]) {
    const page = await app.open(t, { viewport: { width, height: 844 }, reducedMotion: 'reduce' });
    await app.enter(page, hal);
    await page.goto(`${wallet}/confirm/${id}`);
    await page.getByText('We sent a code by e-mail').waitFor();
    await fits(page);
    await isUsable(page, `${wallet}/confirm/${id}`);
    await isUsable(page, `${wallet}/`);
    for (const [change, heading] of [
      [{ status: 'in_review', verification: null }, 'Being reviewed'],
      [{ status: 'failed', verification: null, failure: declined }, 'Declined'],
      [{ status: 'expired', verification: null }, 'Time is up'],
    ]) {
      await shown(page, id, change);
      await page.goto(`${wallet}/confirm/${id}`);
      await page.getByRole('heading', { name: heading }).waitFor();
      await isUsable(page, `${wallet}/confirm/${id}`);
      await fits(page);
      await page.unroute(new RegExp(`/api/v1/transactions/${id}$`));
    }
  }
});
