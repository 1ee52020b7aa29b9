// What a wallet meets that nobody wishes for: narrow windows, names from right to left and names that attack, amounts of sixteen
// digits and of none or three decimals, a server that goes and comes back, an upgrade in an open tab, storage and clipboard refused.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { button, fits, PASSWORD, startWallet } from './people.mjs';

let app, wallet;

before(async () => {
  app = await startWallet();
  wallet = app.wallet;
});
after(() => app?.stop());

const PAGES = ['/', '/send', '/add', '/withdraw', '/activity', '/statement', '/notifications', '/account', ...['notifications', 'security', 'limits', 'keys', 'data'].map((page) => `/account/${page}`)];

/** Somebody in their wallet. */
async function home(t, who, options = {}) {
  const page = await app.open(t, options);
  await app.enter(page, who);
  await page.goto(`${wallet}/`);
  await page.getByRole('heading', { name: 'Recent activity' }).or(page.getByText('Open your first wallet')).waitFor();
  return page;
}

test('every page fits a window of 320 px, and one at 200 %, in English and German', async (t) => {
  const ann = await app.person('Ann Example-With-A-Rather-Long-Double-Barrelled-Name', 'ann.example.with.a.rather.long.address@a-long-domain.example.org', { USD: '1234.56', KWD: '0.005' });
  // 640 px are what is left of 1280 at 200 %.
  for (const [width, height, locale] of [[320, 640, 'en-GB'], [320, 640, 'de-DE'], [640, 400, 'de-DE']]) {
    const page = await app.open(t, { viewport: { width, height }, locale, reducedMotion: 'reduce' });
    for (const path of ['/login', '/sign-up', '/forgot', '/../']) {
      await page.goto(`${wallet}${path}`);
      await page.locator('h1').first().waitFor();
      await fits(page);
    }
    await app.enter(page, ann);
    for (const path of PAGES) {
      await page.goto(`${wallet}${path}`);
      await page.locator('h1').first().waitFor();
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      await fits(page);
    }
  }
});

test('a name and an address without a place to break at break where they must, also of somebody who has confirmed nothing', async (t) => {
  const name = 'Wolfeschlegelsteinhausenbergerdorff Maximilianowitsch-Hohenlohe-Langenburg';
  const email = 'maximilian.wolfeschlegelsteinhausenbergerdorff@a-rather-long-department.example.org';
  const unconfirmed = await app.payflow.call('POST', '/auth/register', { name, email, password: PASSWORD });
  assert.equal(unconfirmed.status, 201, JSON.stringify(unconfirmed.body));
  const wolf = await app.person(name, `w${email}`, { USD: '50.00' });
  const ria = await app.person('Ria Example', 'ria@example.org', { USD: null });
  await wolf.ask('POST', '/transactions', { type: 'transfer', from_wallet: wolf.wallets.USD, to_wallet: ria.wallets.USD, amount: '5.00', currency: 'USD' });
  for (const [who, paths] of [[{ email }, ['/', '/account', '/add']], [ria, ['/', '/notifications', '/activity']]]) {
    const page = await app.open(t, { viewport: { width: 320, height: 640 } });
    await app.enter(page, who);
    for (const path of paths) {
      await page.goto(`${wallet}${path}`);
      await page.getByRole('main').getByText(/olfeschlegel/).first().waitFor();
      // What a card cuts off is not wider than the window.
      const cut = await page.locator('main p, main bdi, main li').evaluateAll((all) => all.filter((one) => !one.closest('.truncate') && one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent));
      assert.deepEqual(cut, [], `${path} cuts nothing off`);
      await fits(page);
    }
  }
});

test('amounts of sixteen digits are shown whole, also on 320 px, and sent to the last digit', async (t) => {
  const rich = await app.person('Rich Example', 'rich@example.org', { USD: '100.00' });
  const page = await app.open(t, { viewport: { width: 320, height: 640 } });
  // No deposit is as large: the server's answers are. No floating-point number keeps this one.
  const huge = '1000000000000000.01';
  await page.route(/\/api\/v1\/(wallets|transactions)/, async (route) => {
    if (route.request().method() !== 'GET') return route.fallback();
    const answer = await route.fetch();
    return route.fulfill({ response: answer, body: (await answer.text()).replaceAll('"100.00"', `"${huge}"`) });
  });
  await app.enter(page, rich);
  await page.goto(`${wallet}/`);
  await page.getByText('$1,000,000,000,000,000.01').first().waitFor();
  await fits(page);
  for (const path of ['/activity', '/statement', '/account/limits', '/account/data']) {
    await page.goto(`${wallet}${path}`);
    await page.getByText('1,000,000,000,000,000.01').first().or(page.getByText(/50,000\.00 used/).first()).first().waitFor();
    await fits(page);
  }
  await page.goto(`${wallet}/activity`);
  await page.getByRole('main').getByRole('listitem').first().getByRole('link').click();
  await page.getByText('+$1,000,000,000,000,000.01').first().waitFor();
  await fits(page);
  await page.goto(`${wallet}/withdraw`);
  await page.getByLabel('Amount').pressSequentially('1000000000000000.00');
  await page.getByText('$0.01 left afterwards').waitFor();
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/transactions'));
  await page.getByRole('button', { name: /^Withdraw USD.1,000,000,000,000,000\.00$/ }).click();
  assert.equal(JSON.parse((await asked).postData()).amount, '1000000000000000.00');
  await fits(page);
});

test('yen have no decimals and dinars three, typed key by key', async (t) => {
  const kim = await app.person('Kim Example', 'kim@example.org', { JPY: '5000', KWD: '2.000', USD: '100.00' });
  await app.person('Lee Example', 'lee@example.org', { JPY: null, KWD: null, USD: null });
  const page = await home(t, kim);
  for (const [currency, typed, field, sent] of [['JPY', '1,500.5', '15005', null], ['JPY', '1500', '1500', 'JPY.1,500'], ['KWD', '0.0057', '0.005', 'KWD.0\\.005'], ['USD', '82.49', '82.49', 'USD.82\\.49'], ['USD', '82,49', '82.49', 'USD.82\\.49']]) {
    await page.goto(`${wallet}/send?wallet=${kim.wallets[currency]}`);
    await page.getByLabel('E-mail of the recipient').fill('lee@example.org');
    await button(page, 'Continue').click();
    await page.getByLabel('Amount').pressSequentially(typed);
    assert.equal(await page.getByLabel('Amount').inputValue(), field, `${typed} ${currency}`);
    if (!sent) continue;
    await button(page, 'Review').click();
    await page.getByRole('button', { name: new RegExp(`^Send ${sent}$`) }).waitFor();
  }
});

test('names from right to left, and names and notes that attack, are shown as text', async (t) => {
  const names = ['محمد العربي', '"><img src=x onerror=alert(1)>', 'Zoë <script>alert(2)</script>'];
  const max = await app.person('Max Example', 'max@example.org', { USD: '50.00' });
  const page = await home(t, max);
  for (const [at, name] of names.entries()) {
    const note = `${name} & ${'x'.repeat(120)}`;
    await app.person(name, `name${at}@example.org`, { USD: null });
    await page.goto(`${wallet}/send`);
    await page.getByLabel('E-mail of the recipient').fill(`name${at}@example.org`);
    await button(page, 'Continue').click();
    await page.getByLabel('Amount').pressSequentially('1');
    await page.getByLabel('Note').fill(note);
    await button(page, 'Review').click();
    await page.getByText(name, { exact: true }).first().waitFor();
    await fits(page);
    await page.getByRole('button', { name: /^Send USD/ }).click();
    await page.getByRole('heading', { name: `Sent to ${name}` }).waitFor();
    await page.getByRole('link', { name: 'See receipt' }).click();
    await page.getByText(note).first().waitFor();
    await fits(page);
    const direction = await page.locator('bdi', { hasText: note }).first().evaluate((element) => getComputedStyle(element).unicodeBidi);
    assert.match(direction, /isolate/);
  }
  await page.goto(`${wallet}/activity`);
  for (const name of names) await page.getByText(`Sent to ${name}`).first().waitFor();
  assert.equal(await page.locator('main img, main script').count(), 0);
});

test('a server that goes is said to be away, what was there stays, and comes alive when it is back', async (t) => {
  const nia = await app.person('Nia Example', 'nia@example.org', { USD: '10.00' });
  const page = await home(t, nia, { mayLog: /cannot be reached/ });
  await page.goto(`${wallet}/send`);
  await page.getByLabel('E-mail of the recipient').fill('somebody@example.org');
  await page.getByRole('link', { name: 'Home' }).first().click();
  await page.getByText('US Dollar').first().waitFor();
  await app.payflow.halt();
  // The page that was there stays there, and says how old it is.
  await page.getByText(/^Not up to date: as of/).first().waitFor({ timeout: 30_000 });
  await page.getByText('US Dollar').first().waitFor();
  // A page that is not there yet says why, and is not the browser's own.
  await page.getByRole('link', { name: 'Account' }).first().click();
  await page.getByText('PayFlow cannot be reached.').first().waitFor();
  await button(page, 'Try again').first().click();
  await page.getByText('PayFlow cannot be reached.').first().waitFor();
  await app.payflow.goOn();
  await button(page, 'Try again').first().click();
  await page.getByRole('heading', { name: 'Account' }).waitFor();
  await page.getByRole('main').getByText('nia@example.org').waitFor();
});

test('what is sent while nobody answers is not known, and sent once when it is tried again', async (t) => {
  const ola = await app.person('Ola Example', 'ola@example.org', { USD: '10.00' });
  await app.person('Pia Example', 'pia@example.org', { USD: null });
  const page = await home(t, ola);
  await page.goto(`${wallet}/send`);
  await page.getByLabel('E-mail of the recipient').fill('pia@example.org');
  await button(page, 'Continue').click();
  await page.getByLabel('Amount').pressSequentially('4');
  await button(page, 'Review').click();
  await app.payflow.halt();
  await page.getByRole('button', { name: /^Send USD/ }).click();
  await page.getByRole('heading', { name: 'We do not know yet' }).waitFor();
  await app.payflow.goOn();
  await button(page, 'Try again').click();
  await page.getByRole('heading', { name: 'Sent to Pia Example' }).waitFor();
  assert.equal((await ola.ask('GET', `/wallets/${ola.wallets.USD}`)).balance.posted, '6.00');
});

test('an open tab goes on after an upgrade that took its files away', async (t) => {
  const page = await home(t, await app.person('Quin Example', 'quin@example.org', { USD: null }), { mayLog: /of an older version/ });
  let gone = 0;
  // A file of the account page is asked for by a name that is not there any more.
  await page.route(/\/assets\/account-[^/]*\.js$/, (route) => (gone++ === 0 ? route.fulfill({ status: 404, body: '{}' }) : route.fallback()));
  await page.evaluate(() => (window.isOld = true));
  await page.getByRole('link', { name: 'Account' }).first().click();
  await page.getByRole('heading', { name: 'Account' }).waitFor();
  assert.equal(await page.evaluate(() => window.isOld), undefined);
  assert.ok(gone >= 1);
});

test('a press after the session was ended elsewhere leads to the log-in, and from there back', async (t) => {
  const rex = await app.person('Rex Example', 'rex@example.org', { USD: '10.00' });
  const page = await home(t, rex);
  await page.goto(`${wallet}/account/keys`);
  await button(page, 'Add').click();
  await page.getByLabel('What is it for?').fill('reports');
  // What the stream says of it does not come: the press itself finds out.
  await page.route('**/api/v1/events/stream', (route) => route.abort());
  await rex.ask('POST', '/auth/step-up', { password: PASSWORD });
  await rex.ask('DELETE', '/auth/sessions');
  await button(page, 'Create key').click();
  await page.getByText('You were logged out.').waitFor();
  await page.waitForURL(/\/login\?next=/);
  await page.getByLabel('E-mail').fill(rex.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Log in').click();
  await page.waitForURL(`${wallet}/account/keys`);
});

test('without JavaScript the pages say what they need, and the landing page is whole', async (t) => {
  const page = await app.open(t, { javaScriptEnabled: false });
  await page.goto(`${wallet}/`);
  const text = page.locator('noscript p');
  assert.ok(await text.isVisible());
  assert.match(await text.innerText(), /^The wallet needs JavaScript\./);
  await page.goto(`${app.url}/`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Create your account', exact: true }).waitFor();
});

test('storage that is switched off, and a clipboard that refuses, break nothing', async (t) => {
  const sam = await app.person('Sam Example', 'sam@example.org', { USD: '10.00' });
  const page = await app.open(t);
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: () => { throw new DOMException('refused', 'SecurityError'); } });
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new DOMException('refused', 'NotAllowedError')) } });
  });
  await app.enter(page, sam);
  await page.goto(`${wallet}/`);
  await page.getByText('US Dollar').first().waitFor();
  await button(page, 'Hide balances').click();
  await page.goto(`${wallet}/account`);
  await page.getByLabel('Theme').selectOption('dark');
  await page.goto(`${wallet}/activity`);
  await page.getByRole('main').getByRole('listitem').first().getByRole('link').click();
  await page.getByRole('button', { name: /^txn_/ }).click();
  await page.getByText('Your browser did not allow copying').waitFor();
});
