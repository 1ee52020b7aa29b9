// Passkeys as a browser makes and uses them: Chromium with an authenticator that it plays itself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openWindow, startBrowser } from './browser.mjs';
import { startFront } from './front.mjs';
import { freePort, startPayflow } from './payflow.mjs';

/** What the script of a page does with the API; the tests call it by name. */
const PAGE = `<!doctype html>
<script type="module">
  const call = async (path, body, token) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) };
    const answer = await fetch('/api/v1/auth' + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  window.register = async (token) => {
    const asked = (await call('/passkeys/registration', {}, token)).body;
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.public_key);
    const credential = (await navigator.credentials.create({ publicKey })).toJSON();
    return call('/passkeys', { ceremony: asked.ceremony, name: 'Key of a browser', credential }, token);
  };
  window.assertion = async () => {
    const asked = (await call('/passkeys/challenge', {})).body;
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.public_key);
    const credential = (await navigator.credentials.get({ publicKey })).toJSON();
    return { ceremony: asked.ceremony, credential };
  };
  window.call = call;
</script>`;

const PASSWORD = 'correct horse battery staple';
let front, payflow, browser;

before(async () => {
  const [port, payflowPort] = [await freePort(), await freePort()];
  front = await startFront(port, payflowPort, new Map([['/passkeys', PAGE]]));
  [payflow, browser] = await Promise.all([startPayflow(payflowPort, front.url, {}), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
  await front?.stop();
});

/** A window with an authenticator of its own, which verifies its user or fails to. */
async function openWithAuthenticator(email, { verifies = true } = {}) {
  const page = await openWindow(browser, `${front.url}/passkeys`);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
    },
  });
  const registered = await payflow.call('POST', '/auth/register', { email, password: PASSWORD, name: 'Somebody' });
  assert.equal(registered.status, 201);
  await payflow.confirm(email, registered.body.access_token);
  const credentials = async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  return { page, credentials, token: registered.body.access_token, user: registered.body.user };
}

test('a passkey of the browser signs in without a password', async () => {
  const { page, credentials, token, user } = await openWithAuthenticator('ann@example.com');
  const made = await page.evaluate((token) => register(token), token);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(made.body.passkey.name, 'Key of a browser');
  assert.equal(made.body.recovery_codes.length, 10);
  const [kept] = await credentials();
  assert.equal(kept.rpId, 'localhost');
  assert.equal(kept.isResidentCredential, true);

  const signedIn = await page.evaluate(async () => call('/passkeys/login', await assertion()));
  assert.equal(signedIn.status, 200, JSON.stringify(signedIn.body));
  assert.equal(signedIn.body.user.id, user.id);
  const me = await payflow.call('GET', '/auth/me', null, signedIn.body.access_token);
  assert.deepEqual([me.status, me.body.two_factor_enabled], [200, true]);
  await page.context().close();
});

test('a passkey is the second factor after a password, steps up, and each answer is good once', async () => {
  const { page, token } = await openWithAuthenticator('bob@example.com');
  const made = await page.evaluate((token) => register(token), token);
  assert.equal(made.status, 201, JSON.stringify(made.body));

  const asked = await payflow.call('POST', '/auth/login', { email: 'bob@example.com', password: PASSWORD });
  assert.deepEqual([asked.body.mfa_required, asked.body.methods], [true, ['passkey', 'recovery_code']]);
  const passkey = await page.evaluate(() => assertion());
  const done = await payflow.call('POST', '/auth/mfa', { mfa_token: asked.body.mfa_token, passkey });
  assert.equal(done.status, 200, JSON.stringify(done.body));

  const used = await payflow.call('POST', '/auth/step-up', { passkey }, done.body.access_token);
  assert.deepEqual([used.status, used.body.code], [422, 'invalid_ceremony']);
  const fresh = await page.evaluate(() => assertion());
  const steppedUp = await payflow.call('POST', '/auth/step-up', { passkey: fresh }, done.body.access_token);
  assert.equal(steppedUp.status, 200, JSON.stringify(steppedUp.body));
  await page.context().close();
});

test('one authenticator registers once, and one that cannot verify its user not at all', async () => {
  const { page, token } = await openWithAuthenticator('cid@example.com');
  const made = await page.evaluate((token) => register(token), token);
  const again = page.evaluate((token) => register(token), made.body.access_token);
  // The browser itself refuses: it is told which passkeys there are.
  await assert.rejects(again, /InvalidStateError|already registered/);
  await page.context().close();

  const stranger = await openWithAuthenticator('dan@example.com', { verifies: false });
  await assert.rejects(
    stranger.page.evaluate((token) => register(token), stranger.token),
    /NotAllowedError/,
  );
  assert.deepEqual(await stranger.credentials(), []);
  await stranger.page.context().close();
});
