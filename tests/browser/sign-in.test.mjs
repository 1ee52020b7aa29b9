// Signing in at a real provider, as a person does: by its pages, in a browser that keeps its cookies.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openWindow, startBrowser } from './browser.mjs';
import { startFront } from './front.mjs';
import { freePort, startPayflow } from './payflow.mjs';
import { startProvider } from './provider.mjs';

/** An app as anybody may write it: it keeps the verifier, and exchanges the code that comes back. */
const APP = `<!doctype html>
<button id="sign-in">Sign in</button> <button id="link">Link</button> <output></output>
<script type="module">
  const api = '/api/v1/auth/oauth';
  const show = (text) => (document.querySelector('output').textContent = text);
  const base64url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const post = (path, body, token) =>
    fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) },
      body: JSON.stringify(body),
    });
  document.querySelector('#sign-in').onclick = async () => {
    sessionStorage.verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(sessionStorage.verifier));
    location = api + '/corp?return_to=/app&code_challenge=' + base64url(digest);
  };
  document.querySelector('#link').onclick = async () => {
    const begun = await post(api + '/corp/link', { return_to: '/app' }, sessionStorage.token);
    location = (await begun.json()).authorization_url;
  };
  const back = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, '', location.pathname);
  if (back.has('code')) {
    const answer = await post(api + '/exchange', { code: back.get('code'), code_verifier: sessionStorage.verifier });
    const body = await answer.json();
    sessionStorage.token = body.access_token ?? '';
    show(answer.ok ? 'signed in as ' + body.user.email + ' ' + body.user.id : 'refused: ' + body.code);
  } else if (back.has('error')) show('refused: ' + back.get('error'));
  else if (back.has('linked')) show('linked ' + back.get('linked'));
</script>`;

const PASSWORD = 'correct horse battery staple';
const CALLBACK = '/api/v1/auth/oauth/corp/callback';
const pages = new Map([['/app', APP]]);
let front, payflow, provider, browser, app;

before(async () => {
  const [port, payflowPort, providerPort] = [await freePort(), await freePort(), await freePort()];
  const secret = 'a-secret-of-the-browser-tests';
  front = await startFront(port, payflowPort, pages);
  app = `${front.url}/app`;
  provider = await startProvider(providerPort, {
    client_id: 'payflow',
    client_secret: secret,
    redirect_uris: [`${front.url}${CALLBACK}`],
  });
  [payflow, browser] = await Promise.all([
    startPayflow(payflowPort, front.url, {
      IDENTITY__OIDC__CORP__ISSUER: provider.issuer,
      IDENTITY__OIDC__CORP__CLIENT_ID: 'payflow',
      IDENTITY__OIDC__CORP__CLIENT_SECRET: secret,
      IDENTITY__OIDC__CORP__ALLOWED_DOMAINS: 'example.com',
    }),
    startBrowser(),
  ]);
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
  await provider?.stop();
  await front?.stop();
});

/** Fills the provider's pages in: who one is, and that PayFlow may know it. */
async function agreeAtProvider(page, login) {
  await page.waitForURL((url) => url.origin === provider.issuer);
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', 'anything');
  await page.click('button[type=submit]');
  await page.click('form:has(input[value=consent]) button');
}

/** What the app shows once it is back. */
async function shown(page, expected) {
  await page.waitForFunction(() => document.querySelector('output')?.textContent, null);
  const text = await page.textContent('output');
  assert.match(text, expected);
  return text;
}

const open = () => openWindow(browser, app);

test('who signs in at the provider is signed in here, and the second time without a question', async () => {
  const page = await open();
  await page.click('#sign-in');
  await agreeAtProvider(page, 'ann');
  const first = await shown(page, /^signed in as ann@example\.com usr_/);
  const token = await page.evaluate(() => sessionStorage.token);
  const me = await payflow.call('GET', '/auth/me', null, token);
  assert.deepEqual([me.status, me.body.email_verified, me.body.name], [200, true, 'ann at the provider']);

  await page.goto(app);
  await page.click('#sign-in');
  assert.equal(await shown(page, /^signed in/), first);
  await page.context().close();
});

test('a browser that asks for a cookie has it when it comes back, and its scripts cannot read it', async () => {
  const page = await open();
  await page.goto(`${front.url}/api/v1/auth/oauth/corp?session=cookie&return_to=/app`);
  await agreeAtProvider(page, 'cat');
  await page.waitForURL(app);
  const me = await page.evaluate(async () => (await fetch('/api/v1/auth/me')).json());
  assert.equal(me.email, 'cat@example.com');
  const readable = await page.evaluate(() => document.cookie);
  assert.match(readable, /^payflow_csrf=[^;]+$/);
  await page.context().close();
});

test('an e-mail that has an account here opens it only once it is linked from there', async () => {
  const registered = await payflow.call('POST', '/auth/register', { email: 'bob@example.com', password: PASSWORD, name: 'Bob' });
  assert.equal(registered.status, 201);
  await payflow.confirm('bob@example.com', registered.body.access_token);
  const page = await open();
  await page.click('#sign-in');
  await agreeAtProvider(page, 'bob');
  await shown(page, /^refused: link_required$/);

  await page.evaluate((token) => (sessionStorage.token = token), registered.body.access_token);
  await page.goto(app);
  await page.click('#link');
  await shown(page, /^linked corp$/);
  await page.goto(app);
  await page.click('#sign-in');
  await shown(page, new RegExp(`^signed in as bob@example\\.com ${registered.body.user.id}$`));
  await page.context().close();
});

test('whoever cancels at the provider is not signed in', async () => {
  const page = await open();
  await page.click('#sign-in');
  await page.waitForURL((url) => url.origin === provider.issuer);
  await page.click('text=Cancel');
  await shown(page, /^refused: sign_in_denied$/);
  await page.context().close();
});

test('a callback with another state, or in another browser, signs nobody in', async () => {
  const page = await open();
  // What the browser brings is held back on its way.
  pages.set(CALLBACK, '<p>taken</p>');
  await page.click('#sign-in');
  await agreeAtProvider(page, 'eve');
  await page.waitForSelector('text=taken');
  pages.delete(CALLBACK);
  const taken = new URL(page.url());

  const refusedAt = async (where, url) => {
    const answer = await where.goto(url.href);
    assert.deepEqual([answer.status(), (await answer.json()).code], [422, 'sign_in_over']);
  };
  const forged = new URL(taken);
  forged.searchParams.set('state', 'A'.repeat(43));
  await refusedAt(page, forged);
  // The address of somebody else's sign-in, as an attacker would send it.
  const victim = await open();
  await refusedAt(victim, taken);
  // It is used up by that.
  await refusedAt(page, taken);
  await page.context().close();
  await victim.context().close();
});
