// The wallet on an empty store, and people who have one: made through the API, so that a test begins where its subject does.

import assert from 'node:assert/strict';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';

export const PASSWORD = 'a rather long walk 42';
const PATIENCE_MS = 15_000;

export const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Starts PayFlow and a browser; with more arguments of `serve` and settings. */
export async function startWallet(more = [], settings = {}) {
  const port = await freePort();
  // By name: WebAuthn takes no address.
  const url = `http://localhost:${port}`;
  const [payflow, browser] = await Promise.all([startPayflow(port, url, settings, more), startBrowser()]);
  const page = await fetch(`http://127.0.0.1:${port}/wallet`);
  assert.equal(page.status, 200, 'the binary has no web app: run `make console`, and build it again');

  /** A window of somebody's own, on a phone. What a page logs as an error fails the test, unless it may, and so does a dialog. */
  async function open(t, { mayLog, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB', ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const window = await context.newPage();
    const errors = [];
    window.on('pageerror', (error) => errors.push(String(error)));
    window.on('dialog', (dialog) => (errors.push(dialog.message()), dialog.dismiss()));
    window.on('console', (message) => {
      // A refused call is logged by the browser itself.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text());
    });
    t.after(async () => {
      await context.close();
      assert.deepEqual(errors.filter((error) => !mayLog?.test(error)), []);
    });
    return window;
  }

  /** The API as somebody: `ask` gives the body, and fails the test where it is refused. */
  function as(token) {
    return async (method, path, body) => {
      const answer = await payflow.call(method, path, body, token);
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    };
  }

  /** Somebody with a confirmed address, a wallet of each of these currencies, and so much in it. */
  async function person(name, email, purse = {}) {
    const { access_token: token } = await as()('POST', '/auth/register', { name, email, password: PASSWORD });
    await payflow.confirm(email, token);
    const ask = as(token);
    const wallets = {};
    for (const [currency, amount] of Object.entries(purse)) {
      const wallet = await ask('POST', '/wallets', { currency });
      wallets[currency] = wallet.id;
      if (amount) await ask('POST', '/transactions', { type: 'deposit', to_wallet: wallet.id, amount, currency, source: { kind: 'card', token: 'tok_ok' } });
    }
    return { name, email, ask, wallets };
  }

  /** Logs somebody in to a window, without its pages. */
  async function enter(page, { email }) {
    const answer = await page.context().request.post(`${url}/api/v1/auth/login`, { data: { email, password: PASSWORD, session: 'cookie' } });
    assert.equal(answer.status(), 200, await answer.text());
  }

  const stop = async () => {
    await browser.close();
    await payflow.stop();
  };
  return { payflow, browser, url, wallet: `${url}/wallet`, open, person, enter, stop };
}

/** Fails where a page is wider than its window. */
export async function fits(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${page.url()} is ${over} px wider than the window of ${page.viewportSize().width}`);
}
