// Payments afterwards: given back, printed, on a statement, and told of while somebody looks.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { button, fits, startWallet } from './people.mjs';
import { isUsable } from './usable.mjs';

let app, wallet, shop, ann;

before(async () => {
  app = await startWallet([], { RISK__ENABLED: 'false' });
  wallet = app.wallet;
  shop = await app.person('Corner Shop', 'shop@example.org', { USD: null });
  ann = await app.person('Ann Example', 'ann@example.org', { USD: '100.00' });
});
after(() => app?.stop());

const send = (type, amount, more = {}) =>
  ann.ask('POST', '/transactions', { type, from_wallet: ann.wallets.USD, to_wallet: shop.wallets.USD, amount, currency: 'USD', ...more });

/** Somebody on a page of the wallet. */
async function at(t, who, path, options) {
  const page = await app.open(t, options);
  await app.enter(page, who);
  await page.goto(`${wallet}${path}`);
  return page;
}

test('who was paid gives back a part and then the rest, once it is said what that does', async (t) => {
  const { id } = await send('payment', '20.00', { description: 'Twenty eggs' });
  const page = await at(t, shop, `/activity/${id}`);
  await page.getByText('$20.00 of this payment can be given back').waitFor();
  await button(page, 'Refund').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Amount').fill('');
  await dialog.getByLabel('Amount').pressSequentially('20.01');
  await dialog.getByText('At most $20.00').waitFor();
  await dialog.getByLabel('Amount').fill('');
  await dialog.getByLabel('Amount').pressSequentially('2.50');
  await dialog.getByText('A refund cannot be undone.').waitFor();
  await dialog.getByLabel('Reason').fill('One was <b>broken</b>');
  // Both presses come before the first answer.
  await dialog.getByRole('button', { name: /^Give back USD.2\.50$/ }).evaluate((element) => (element.click(), element.click()));
  await page.getByRole('heading', { name: /Refund given|Corner|Ann/ }).waitFor();
  await page.goto(`${wallet}/activity/${id}`);
  await page.getByText('$17.50 of this payment can be given back').waitFor();
  await button(page, 'Refund').click();
  await page.getByRole('button', { name: /^Give back USD.17\.50$/ }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  const { refunded_amount } = await shop.ask('GET', `/transactions/${id}`);
  assert.equal(refunded_amount, '20.00');
});

test('who paid asks for it back, is declined with a reason, asks again and gets it', async (t) => {
  const { id } = await send('payment', '30.00', { description: 'A lamp' });
  const payer = await at(t, ann, `/activity/${id}`);
  const asks = async (amount, reason) => {
    await button(payer, 'Ask').click();
    const dialog = payer.getByRole('dialog');
    await dialog.getByLabel('Amount').fill('');
    await dialog.getByLabel('Amount').pressSequentially(amount);
    await dialog.getByLabel('Why?').fill(reason);
    await button(dialog, 'Ask for a refund').click();
    await payer.getByText(/^You have asked for \$[\d.]+ back/).waitFor();
  };
  assert.equal(await button(payer, 'Refund').count(), 0);
  await asks('12.00', 'It does not <b>light</b>');
  await button(payer, 'Withdraw').click();
  await payer.getByText('Want your money back?').waitFor();
  await asks('12.50', 'It does not light');
  const seller = await at(t, shop, `/activity/${id}`);
  await seller.getByText('The payer asks for $12.50 back').waitFor();
  await button(seller, 'Decline').click();
  await seller.getByLabel('Why not?').fill('Try another bulb');
  await button(seller.getByRole('dialog'), 'Decline').click();
  await seller.getByText('The payer is told').waitFor();
  await payer.reload();
  await payer.getByText('They will not give it back').waitFor();
  await payer.getByText('“Try another bulb”').waitFor();
  await asks('30.00', 'I did');
  await seller.reload();
  await button(seller, 'Give it back').click();
  await seller.getByText('A refund cannot be undone.').waitFor();
  await seller.getByRole('button', { name: /^Give back USD.30\.00$/ }).click();
  await seller.getByRole('dialog').waitFor({ state: 'detached' });
  const { refunded_amount, refund_request } = await shop.ask('GET', `/transactions/${id}`);
  assert.deepEqual([refunded_amount, refund_request.status], ['30.00', 'accepted']);
  await payer.reload();
  await payer.getByText('Refunded', { exact: true }).waitFor();
  assert.equal(await button(payer, 'Ask').count(), 0);
});

test('who got a transfer sends it back by another one', async (t) => {
  const { id } = await send('transfer', '4.00');
  const page = await at(t, shop, `/activity/${id}`);
  await page.getByRole('link', { name: 'Send money back' }).click();
  // To whom is known, and needs no e-mail.
  await page.getByRole('heading', { name: 'How much?' }).waitFor();
  await page.getByText('Ann Example').waitFor();
  assert.equal(await page.getByLabel('Amount').inputValue(), '4.00');
  await button(page, 'Review').click();
  await page.getByRole('button', { name: /^Send USD.4\.00$/ }).click();
  await page.getByRole('heading', { name: 'Sent to Ann Example' }).waitFor();
  const { data } = await ann.ask('GET', '/transactions?limit=1');
  assert.deepEqual([data[0].type, data[0].amount, data[0].to_wallet], ['transfer', '4.00', ann.wallets.USD]);
});

test('a receipt is printed without what belongs to the screen, dark on white', async (t) => {
  const { id } = await send('payment', '1.00', { description: 'To print' });
  const page = await at(t, ann, `/activity/${id}`, { colorScheme: 'dark' });
  await page.getByText('To print').waitFor();
  await page.evaluate(() => (window.print = () => (window.printed = true)));
  await button(page, 'Print').click();
  assert.ok(await page.evaluate(() => window.printed));
  await page.emulateMedia({ media: 'print' });
  await page.getByText('Ann Example').last().waitFor();
  for (const hidden of [page.getByRole('navigation'), page.getByRole('button', { name: 'Print' }), page.getByRole('link', { name: 'Activity' })]) {
    for (const one of await hidden.all()) assert.ok(!(await one.isVisible()));
  }
  const [ink, paper] = await page.evaluate(() => [getComputedStyle(document.documentElement).color, getComputedStyle(document.documentElement).backgroundColor]);
  assert.deepEqual([ink, paper], ['rgb(16, 22, 19)', 'rgb(255, 255, 255)']);
  const pdf = await page.pdf({ format: 'A4' });
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
});

test('a statement adds up, and comes as a file', async (t) => {
  const page = await at(t, ann, '/statement');
  await page.getByText('Opening balance').waitFor();
  const { opening_balance, closing_balance, data } = await ann.ask('GET', `/wallets/${ann.wallets.USD}/statement?limit=100`);
  assert.equal(opening_balance, '0.00');
  await page.getByRole('definition').filter({ hasText: `$${closing_balance}` }).waitFor();
  const rows = page.getByRole('row');
  assert.equal(await rows.count(), data.length + 1);
  const download = page.waitForEvent('download');
  await button(page, 'Download CSV').filter({ visible: true }).click();
  const csv = await readFile(await (await download).path(), 'utf8');
  assert.equal(csv.trim().split('\r\n').length, data.length + 1);
  // A period in which nothing happened, and back.
  await page.goto(`${wallet}/statement?from=2020-01-01&to=2020-01-31`);
  await page.getByText('Nothing moved in this period').waitFor();
  await page.goto(`${wallet}/statement?from=2020-02-01&to=2020-01-01`);
  await page.getByText('The end is before the beginning.').waitFor();
});

test('what comes in moves no row under the pointer, and the bell counts it', async (t) => {
  const [home, inbox] = [await at(t, shop, '/'), await at(t, shop, '/notifications')];
  await inbox.getByRole('listitem').first().waitFor();
  await button(inbox, 'Mark all read').click();
  const first = await inbox.getByRole('listitem').first().textContent();
  const row = home.getByRole('region').or(home.locator('section')).filter({ hasText: 'Recent activity' }).getByRole('listitem').first();
  await row.hover();
  const before = await row.textContent();
  await send('transfer', '0.77', { description: 'While you look' });
  await inbox.getByRole('button', { name: '1 new' }).waitFor();
  await inbox.getByRole('link', { name: 'Notifications (1)' }).waitFor();
  assert.equal(await inbox.getByRole('listitem').first().textContent(), first);
  await home.getByRole('button', { name: '1 new' }).waitFor();
  assert.equal(await row.textContent(), before);
  await home.getByRole('button', { name: '1 new' }).click();
  await home.getByText('While you look').waitFor();
  await inbox.getByRole('button', { name: '1 new' }).click();
  await inbox.getByRole('button', { name: /0\.77 USD from Ann Example/ }).click();
  await inbox.getByText('While you look').waitFor();
});

test('receipts and statements are usable by anybody, in both themes', async (t) => {
  // One of those above: the sixth of a day would wait for a code.
  const { data } = await ann.ask('GET', '/transactions?type=payment&limit=1');
  const { id } = data[0];
  for (const who of [ann, shop]) {
    const page = await at(t, who, '/', { reducedMotion: 'reduce' });
    await isUsable(page, `${wallet}/activity/${id}`);
    await isUsable(page, `${wallet}/statement?period=all`);
    await fits(page);
  }
});
