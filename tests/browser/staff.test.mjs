// The first administrator of a real store: logs in to the console, is led through the second factor that the role needs, and back; the
// account pages that staff have, and those that are about wallets, which they have none of.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { button, fits, PASSWORD, startWallet } from './people.mjs';
import { isUsable } from './usable.mjs';

const EMAIL = 'root@example.org';
let app, console_, secret;

before(async () => {
  app = await startWallet();
  console_ = `${app.url}/console`;
  await app.payflow.halt();
  const words = ['user', 'create', '--role', 'admin', '--email', EMAIL, '--password-stdin', '--data', app.payflow.data];
  const made = spawnSync(process.env.PAYFLOW_BINARY, words, { input: `${PASSWORD}\n`, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  await app.payflow.goOn();
});
after(() => app?.stop());

/** What an authenticator app shows for a key, so many steps of half a minute from now (RFC 6238). */
function code(steps = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac('sha1', key).update(counter).digest();
  return String((hash.readUInt32BE(hash.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A picture of a page at both widths and in both themes, where somebody wants to look at it (PAYFLOW_TEST_PICTURES, a folder). */
async function look(page, name) {
  const folder = process.env.PAYFLOW_TEST_PICTURES;
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    await fits(page);
    if (!folder) continue;
    await mkdir(folder, { recursive: true });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), animations: 'disabled' });
    }
  }
}

async function logIn(page) {
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Log in').click();
}

test('the first administrator sets up an authenticator, and comes back to a console that is open', async (t) => {
  const page = await app.open(t, { viewport: { width: 1440, height: 900 } });
  await page.goto(`${console_}/payments`);
  await logIn(page);
  await page.waitForURL(`${console_}/payments`);
  await page.getByRole('heading', { level: 1, name: 'Set up a second factor' }).waitFor();
  // The whole page says it, once, and without calls of the API.
  assert.equal(await page.getByRole('link', { name: 'Set it up' }).count(), 1);
  assert.doesNotMatch(await page.getByRole('main').innerText(), /api\/v1|POST/);
  await look(page, 'needed');
  await page.goto(console_);
  await page.getByRole('heading', { level: 1, name: 'Set up a second factor' }).waitFor();
  await page.goto(`${console_}/payments`);
  await page.getByRole('link', { name: 'Set it up' }).click();

  await page.getByText('The console needs a second factor').waitFor();
  await look(page, 'security');
  await page.getByText('A code from your phone').locator('xpath=ancestor::div[2]').getByRole('button', { name: 'Set up' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set up an authenticator app' });
  await dialog.waitFor();
  await look(page, 'scan');
  secret = (await dialog.innerText()).match(/\b[A-Z2-7]{16,}\b/)[0];
  await dialog.getByLabel('Then enter the six digits').fill('000000');
  await button(dialog, 'Set up').click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Then enter the six digits').fill(code());
  await button(dialog, 'Set up').click();
  const codes = page.getByRole('dialog', { name: 'Save your recovery codes' });
  await codes.waitFor();
  assert.equal(await codes.getByRole('listitem').count(), 10);
  await look(page, 'codes');
  await button(codes, 'Done').click();
  await page.getByText('Your second factor is set up').waitFor();
  await look(page, 'done');
  await page.getByRole('link', { name: 'Back to the console' }).click();

  await page.waitForURL(`${console_}/payments`);
  await page.getByText('No payments yet').first().waitFor();
  for (const [path, heading] of [['', 'Overview'], ['/customers', 'Customers'], ['/audit', 'Audit log'], ['/team', 'Team and roles'], ['/settings?tab=system', 'Settings']]) {
    await page.goto(`${console_}${path}`);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
    assert.equal(await page.getByText('Set up a second factor').count(), 0, path);
  }
});

test('the next log-in asks for a code, and the settings lead to the account and back', async (t) => {
  const page = await app.open(t, { viewport: { width: 1440, height: 900 } });
  await page.goto(`${console_}/settings?tab=security`);
  await logIn(page);
  // The code of this moment was used to set it up; the one after it is taken, too.
  await page.getByLabel('Code').fill(code(1));
  await button(page, 'Verify').click();
  await page.waitForURL(`${console_}/settings?tab=security`);
  await page.getByRole('link', { name: 'Change it in your account' }).waitFor();
  await page.getByRole('link', { name: 'Manage in your account' }).click();
  await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
  await page.getByText('On. Your codes are asked for when you log in.').waitFor();
  await page.getByRole('main').getByRole('link', { name: 'Console' }).click();
  await page.waitForURL(`${console_}/settings?tab=security`);

  await page.goto(`${app.wallet}/account`);
  await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
  await look(page, 'account');
  const pages = page.getByRole('main').getByRole('navigation').getByRole('link');
  assert.deepEqual((await pages.allInnerTexts()).map((text) => text.split('\n')[0]), ['Notifications', 'Security', 'Your data']);
  assert.equal(await page.getByRole('link', { name: 'Send', exact: true }).count(), 0);
  for (const path of ['notifications', 'security', 'data']) {
    await isUsable(page, `${app.wallet}/account/${path}`);
    assert.equal(await page.getByText('This account runs PayFlow').count(), 0, path);
    await look(page, `account-${path}`);
  }
  await page.goto(`${app.wallet}/account/limits`);
  await page.getByText('This account runs PayFlow').waitFor();
  // An address of elsewhere is no way back.
  await page.goto(`${app.wallet}/account/security?needed=yes&back=${encodeURIComponent('//evil.example/console')}`);
  await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
  assert.equal(await page.locator('a[href*="evil"]').count(), 0);
});
