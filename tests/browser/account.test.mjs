// The account pages of the wallet: what somebody is told, how they sign in, what they may spend, their data, and the end.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { button, PASSWORD, startWallet } from './people.mjs';
import { isUsable } from './usable.mjs';

let app, wallet;

before(async () => {
  app = await startWallet();
  wallet = app.wallet;
});
after(() => app?.stop());

const PAGES = ['notifications', 'security', 'limits', 'keys', 'data'];

/** Somebody on a page of the account. */
async function on(t, page, who, options) {
  const window = await app.open(t, options);
  await app.enter(window, who);
  await window.goto(`${wallet}/account/${page}`);
  return window;
}

/** Gives the password where a fresh proof is asked for. */
async function prove(page) {
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(dialog, 'Confirm').click();
}

test('what somebody is told, and how, is kept as it was set', async (t) => {
  const ann = await app.person('Ann Example', 'ann@example.org');
  const page = await on(t, 'notifications', ann);
  assert.ok(await page.getByRole('checkbox', { name: 'Security: E-mail' }).isDisabled());
  assert.ok(await page.getByRole('checkbox', { name: 'Payments: SMS' }).isDisabled());
  // Faster than the answers come.
  await page.getByRole('checkbox', { name: 'Payments: E-mail' }).uncheck();
  await page.getByRole('checkbox', { name: 'Account: Push' }).uncheck();
  await page.getByRole('switch', { name: 'Quiet hours' }).check();
  await page.getByLabel('From').fill('23:30');
  await page.getByLabel('To', { exact: true }).focus();
  await page.getByLabel('Time zone').selectOption('Europe/Berlin');
  await page.getByText('Saved').first().waitFor();
  // The last change is sent after the others.
  await page.waitForFunction(async () => (await (await fetch('/api/v1/users/me/notification-preferences')).json()).quiet_hours?.start === '23:30');
  await page.reload();
  await page.getByLabel('From').waitFor();
  assert.equal(await page.getByLabel('From').inputValue(), '23:30');
  const { groups, quiet_hours } = await ann.ask('GET', '/users/me/notification-preferences');
  assert.deepEqual([groups.payments.email, groups.account.push, groups.security.email], [false, false, true]);
  assert.deepEqual(quiet_hours, { start: '23:30', end: '07:00' });
  assert.equal((await ann.ask('GET', '/users/me/preferences')).timezone, 'Europe/Berlin');
});

test('a phone number is verified by the code that comes to it, and forgotten again', async (t) => {
  const ben = await app.person('Ben Example', 'ben@example.org');
  const page = await on(t, 'notifications', ben);
  await button(page, 'Add').click();
  await page.getByLabel('Number', { exact: true }).fill('0151 12345678');
  await button(page, 'Send the code').click();
  await page.getByText('Begin with + and the country code.').waitFor();
  await page.getByLabel('Number', { exact: true }).fill('+49 (0)151 1234-5678');
  await button(page, 'Send the code').click();
  await page.getByLabel('Code', { exact: true }).pressSequentially('000000');
  await button(page, 'Verify').click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Code', { exact: true }).fill(await app.payflow.textedCode('+4915112345678'));
  await button(page, 'Verify').click();
  await page.getByText('+4915112345678').waitFor();
  await page.getByRole('checkbox', { name: 'Payments: SMS' }).check();
  await button(page, 'Remove').click();
  await button(page.getByRole('dialog'), 'Remove').click();
  await page.getByText('Your number is forgotten').waitFor();
  const answer = await page.context().request.get(`${wallet}/../api/v1/users/me/phone`);
  assert.deepEqual([answer.status(), await answer.json()], [200, null]);
});

test('where push messages cannot be had, the page says so', async (t) => {
  const page = await on(t, 'notifications', await app.person('Bea Example', 'bea@example.org'));
  // Nobody has allowed it in this window.
  await button(page, 'Turn on').click();
  await page.getByText(/blocks notifications|push service/).first().waitFor();
});

test('a device is subscribed to push messages, and unsubscribed', async (t) => {
  const page = await app.open(t);
  await page.context().grantPermissions(['notifications'], { origin: app.url });
  // The push service of this browser is out of reach: it is played, and the worker is the real one.
  await page.addInitScript(() => {
    const point = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';
    const endpoint = 'https://push.example.com/device';
    const subscription = { endpoint, toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh: point, auth: 'BTBZMqHH6r4Tts7J_aSIgg' } }), unsubscribe: async () => (sessionStorage.removeItem('subscribed'), true) };
    PushManager.prototype.subscribe = async (options) => (sessionStorage.setItem('subscribed', options.applicationServerKey), subscription);
    PushManager.prototype.getSubscription = async () => (sessionStorage.getItem('subscribed') ? subscription : null);
  });
  const bo = await app.person('Bo Example', 'bo@example.org');
  await app.enter(page, bo);
  await page.goto(`${wallet}/account/notifications`);
  const told = page.waitForResponse((answer) => answer.url().endsWith('/push-subscriptions'));
  await button(page, 'Turn on').click();
  assert.equal((await told).status(), 204);
  await page.getByText('On. Messages appear on this device.').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('subscribed')), (await bo.ask('GET', '/notifications/push-key')).public_key);
  await button(page, 'Turn off').click();
  await button(page, 'Turn on').waitFor();
});

test('a passkey is added, used to log in, as second factor and as fresh proof, renamed and removed', async (t) => {
  const cleo = await app.person('Cleo Example', 'cleo@example.org');
  const page = await on(t, 'security', cleo);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
  await button(page, 'Add').click();
  await page.getByLabel('What do you call this device?').fill('My phone');
  await button(page, 'Add a passkey').click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await button(page, 'Done').click();
  await page.getByText('10 codes left.').waitFor();

  await page.goto(`${wallet}/account`);
  await button(page, 'Log out').click();
  await button(page, 'Use a passkey').click();
  await page.getByText('Open your first wallet').waitFor();
  // After the password, it is the second factor.
  await page.goto(`${wallet}/account`);
  await button(page, 'Log out').click();
  await page.getByLabel('E-mail').fill(cleo.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Log in').click();
  await button(page, 'Use your passkey').click();
  await page.getByText('Open your first wallet').waitFor();

  await page.goto(`${wallet}/account/security`);
  await button(page.getByRole('listitem').filter({ hasText: 'My phone' }), 'Rename').click();
  await page.getByLabel('What do you call this device?').fill('Old phone');
  await button(page, 'Save').click();
  // As it is five minutes after the login: the passkey, which is the only factor beside the codes, is the fresh proof.
  let asked = 0;
  const refusal = { type: '/problems/step_up_required', title: 'Forbidden', status: 403, code: 'step_up_required', detail: 'Step up.', retryable: false, methods: ['passkey', 'recovery_code'], request_id: 'req_1' };
  await page.route('**/api/v1/auth/passkeys/pky_*', (route) => (route.request().method() === 'DELETE' && asked++ === 0 ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(refusal) }) : route.fallback()));
  await button(page.getByRole('listitem').filter({ hasText: 'Old phone' }), 'Remove').click();
  await page.getByRole('dialog', { name: 'Remove “Old phone”?' }).getByRole('button', { name: 'Remove' }).click();
  const proved = page.waitForResponse((answer) => answer.url().endsWith('/auth/step-up'));
  await button(page.getByRole('dialog', { name: 'Confirm that it is you' }), 'Use your passkey').click();
  assert.equal((await proved).status(), 200);
  await page.getByText('The passkey is removed').waitFor();
  assert.equal(asked, 2);
});

test('limits say what is used and what is left', async (t) => {
  const dora = await app.person('Dora Example', 'dora@example.org', { USD: '100.00', KWD: null });
  const gil = await app.person('Gil Example', 'gil@example.org', { USD: null });
  await dora.ask('POST', '/transactions', { type: 'transfer', from_wallet: dora.wallets.USD, to_wallet: gil.wallets.USD, amount: '12.34', currency: 'USD' });
  const page = await on(t, 'limits', dora);
  await page.getByText('$12.34 of').first().waitFor();
  const limits = (await dora.ask('GET', `/wallets/${dora.wallets.USD}`)).limits;
  const shown = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' }).format(limits.daily.remaining);
  await page.getByText(`${shown} left`).first().waitFor();
});

test('an API key is made, shown once, and deleted', async (t) => {
  const page = await on(t, 'keys', await app.person('Emil Example', 'emil@example.org'));
  await page.getByText('No keys yet').waitFor();
  await button(page, 'Add').click();
  await page.getByLabel('What is it for?').fill('nightly <i>reports</i>');
  await button(page, 'Create key').click();
  await page.getByRole('heading', { name: 'Copy your key now' }).waitFor();
  const key = await page.getByRole('dialog').getByText(/^payflow_sk_/).textContent();
  const answer = await fetch(`${app.url.replace('localhost', '127.0.0.1')}/api/v1/wallets`, { headers: { authorization: `Bearer ${key}` } });
  assert.equal(answer.status, 200);
  await button(page, 'Done').click();
  await page.getByText('nightly <i>reports</i>').waitFor();
  await button(page, 'Delete').click();
  await button(page.getByRole('dialog'), 'Delete').click();
  await page.getByText('No keys yet').waitFor();
});

test('everything that is known of somebody is exported as one file', async (t) => {
  const fay = await app.person('Fay Example', 'fay@example.org', { USD: '30.00', JPY: '500' });
  const page = await on(t, 'data', fay);
  // As it is five minutes after the login: a fresh proof is asked for, and it is exported after it.
  let asked = 0;
  const refusal = { type: '/problems/step_up_required', title: 'Forbidden', status: 403, code: 'step_up_required', detail: 'Step up.', retryable: false, methods: ['password'], request_id: 'req_1' };
  await page.route('**/api/v1/users/me/export', (route) => (asked++ === 0 ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(refusal) }) : route.fallback()));
  const download = page.waitForEvent('download');
  await button(page, 'Export').click();
  await prove(page);
  const { user_id, sections } = JSON.parse(await readFile(await (await download).path(), 'utf8'));
  assert.equal(user_id, sections.profile.id);
  assert.equal(sections.profile.email, 'fay@example.org');
  assert.deepEqual(sections.wallets.data.map((one) => one.balance.posted).sort(), ['30.00', '500']);
  assert.deepEqual([sections.transactions.data.length, sections.transactions.complete, sections.phone], [2, true, null]);
  assert.equal(asked, 2);
});

test('an account is closed after its wallets, and once it is said what that means', async (t) => {
  const gus = await app.person('Gus Example', 'gus@example.org', { USD: '5.00', EUR: null });
  const page = await on(t, 'data', gus);
  assert.ok(await button(page, 'Close account').isDisabled());
  await page.getByRole('link', { name: 'Withdraw' }).click();
  await page.getByLabel('Amount').pressSequentially('5');
  await page.getByRole('button', { name: /^Withdraw USD/ }).click();
  await page.getByRole('heading', { name: /paid out$/ }).waitFor();
  await page.goto(`${wallet}/account/data`);
  for (const left of [1, 0]) {
    await button(page, 'Close').first().click();
    await button(page.getByRole('dialog'), 'Close').last().click();
    await page.waitForFunction((count) => [...document.querySelectorAll('main button')].filter((one) => one.textContent === 'Close').length === count, left);
  }
  await button(page, 'Close account').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Your name, e-mail and phone number are erased.').waitFor();
  await dialog.getByLabel('Password', { exact: true }).fill('not the password');
  await button(dialog, 'Close my account').click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(dialog, 'Close my account').click();
  await page.waitForURL(`${wallet}/login`);
  const again = await app.payflow.call('POST', '/auth/login', { email: 'gus@example.org', password: PASSWORD });
  assert.equal(again.status, 401);
});

test('name and e-mail are changed, the e-mail by its link', async (t) => {
  const hal = await app.person('Hal Example', 'hal@example.org');
  const page = await on(t, '', hal);
  await button(page, 'Edit').click();
  await page.getByLabel('Name').fill('Hal Otherwise');
  await button(page, 'Save').click();
  await page.getByRole('main').getByText('Hal Otherwise').waitFor();
  await button(page, 'Edit').click();
  await page.getByLabel('E-mail').fill('hal@elsewhere.example');
  await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
  await button(page, 'Save').click();
  await page.getByText('Open the link in your mail to finish').waitFor();
  assert.equal((await hal.ask('GET', '/auth/me')).name, 'Hal Otherwise');
});

test('a wallet is frozen by its owner at once, and let go with a proof', async (t) => {
  const kim = await app.person('Kim Example', 'kim@example.org', { USD: '20.00' });
  const page = await on(t, 'limits', kim);
  await button(page, 'Freeze').click();
  await page.getByRole('dialog').getByText('Nothing can be sent from it').waitFor();
  await button(page.getByRole('dialog'), 'Freeze').click();
  await page.getByText('You have frozen it').waitFor();
  assert.deepEqual([(await kim.ask('GET', `/wallets/${kim.wallets.USD}`)).frozen_by], ['owner']);
  await page.goto(`${wallet}/send`);
  await page.getByText('No wallet to send from').waitFor();
  await page.goto(wallet);
  await page.getByRole('link', { name: 'Manage' }).click();
  await button(page, 'Unfreeze').click();
  await page.getByText('The wallet is in use again').waitFor();
  assert.equal((await kim.ask('GET', `/wallets/${kim.wallets.USD}`)).status, 'active');
});

test('each page of the account is usable by anybody, in both themes', async (t) => {
  const page = await on(t, '', await app.person('Ida Example', 'ida@example.org', { USD: '10.00' }), { reducedMotion: 'reduce' });
  for (const path of PAGES) await isUsable(page, `${wallet}/account/${path}`);
  await isUsable(page, `${wallet}/statement`);
});
