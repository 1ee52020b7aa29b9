// Takes a picture of each page in both themes at both widths, against a running demo, and says what a page logged or broke: errors,
// refused styles, answers that failed, and what axe finds.
//
//   node scripts/screenshots.mjs http://127.0.0.1:8080 [FOLDER] [--only home,send] [--as alice]

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';

import { logIn, startBrowser } from './browser.mjs';

const [base = 'http://127.0.0.1:8080', folder = 'screenshots'] = process.argv.slice(2).filter((word, at, all) => !word.startsWith('--') && !all[at - 1]?.startsWith('--'));
const option = (name) => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : undefined);
const only = option('only')?.split(',');

const OUTSIDE = { landing: '/', login: '/wallet/login', 'sign-up': '/wallet/sign-up', forgot: '/wallet/forgot' };
const INSIDE = {
  home: '/wallet/',
  send: '/wallet/send',
  add: '/wallet/add',
  withdraw: '/wallet/withdraw',
  activity: '/wallet/activity',
  'activity-filtered': '/wallet/activity?q=nothing-like-this',
  receipt: '/wallet/activity/*',
  statement: '/wallet/statement?period=all',
  'statement-empty': '/wallet/statement?period=2020-01',
  notifications: '/wallet/notifications',
  account: '/wallet/account',
  'account-notifications': '/wallet/account/notifications',
  'account-security': '/wallet/account/security',
  'account-limits': '/wallet/account/limits',
  'account-keys': '/wallet/account/keys',
  'account-data': '/wallet/account/data',
  'not-found': '/wallet/no-such-page',
};
const CONSOLE = {
  overview: '/console',
  payments: '/console/payments',
  'payments-query': '/console/payments?q=%40bob+amount%3A%3E5',
  payment: '/console/payments/*',
  customers: '/console/customers',
  customer: '/console/customers/usr_01kdvdna00e008000000000001',
  wallets: '/console/wallets',
  'console-wallet': '/console/wallets/wal_01kdvdna00e00800000000000k',
  rules: '/console/rules',
  rule: '/console/rules/amount_over_5000',
  'rule-edit': '/console/rules/amount_over_5000/edit',
  'rule-new': '/console/rules/new-rule',
  'rule-json': '/console/rules/new-rule?view=json',
  'rule-draft': '/console/rules/current-draft',
  'rule-versions': '/console/rules/all-versions',
  'rule-version': '/console/rules/all-versions/1',
  lists: '/console/lists',
  cases: '/console/cases',
  alerts: '/console/alerts',
  queues: '/console/queues',
  'dead-letters': '/console/dead-letters',
  webhooks: '/console/webhooks',
  endpoint: '/console/webhooks/whk_01kdvdna00e008000000000021',
  audit: '/console/audit',
  'audit-entry': '/console/audit?entry=1',
  health: '/console/health',
  team: '/console/team',
  organisations: '/console/organisations',
  'api-keys': '/console/api-keys',
  settings: '/console/settings?tab=display',
  'settings-system': '/console/settings?tab=system',
  help: '/console/help?q=dead+letters',
  'help-page': '/console/help/console',
};
const SIZES = { 390: { width: 390, height: 844 }, 1440: { width: 1440, height: 900 } };

const browser = await startBrowser();
mkdirSync(folder, { recursive: true });
let wrong = 0;

function listen(page, name) {
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(`${name}: ${message.text()}`), wrong++;
  });
  page.on('pageerror', (error) => (console.log(`${name}: ${error}`), wrong++));
}

async function picture(page, name, path) {
  await page.goto(base + path);
  await page.waitForLoadState('domcontentloaded');
  // The live stream never ends: the network is not idle.
  await page.waitForTimeout(700);
  await look(page, name);
}

/** Takes the picture, and says what is wrong with what is seen. */
async function look(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(350);
  // A window as high as the page: what is fixed to its edges stays there.
  const before = page.viewportSize();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ ...before, height: Math.max(before.height, height) });
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.setViewportSize(before);
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  for (const one of found.violations) {
    console.log(`${name}: axe ${one.id}: ${one.help}\n    ${one.nodes.slice(0, 3).map((node) => node.target.join(' ') + '  ' + (node.any[0]?.message ?? '')).join('\n    ')}`);
    wrong++;
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) console.log(`${name}: ${overflow} px wider than the window`), wrong++;
}

/** What is seen on the way: dialogs, and the steps of sending money. Money is sent: one dollar, on the demo. */
async function steps(page, name) {
  const shoot = async (what) => {
    await page.waitForTimeout(300);
    await look(page, name(what));
  };
  await page.goto(`${base}/wallet/send`);
  await page.getByLabel('E-mail of the recipient').fill('bob@demo.payflow.example');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Amount').pressSequentially('1234');
  await shoot('send-too-much');
  await page.getByLabel('Amount').fill('');
  await page.getByLabel('Amount').pressSequentially('1.05');
  await page.getByLabel('Note').fill('Coffee');
  await page.getByRole('button', { name: 'Review' }).click();
  await shoot('send-review');
  await page.getByRole('button', { name: /^Send USD/ }).click();
  await page.getByRole('heading', { name: /^Sent to/ }).waitFor();
  await shoot('send-done');
  await page.goto(`${base}/wallet/add`);
  await page.getByLabel('Amount').pressSequentially('20');
  await page.getByText('Declined by the bank').click();
  await page.getByRole('button', { name: /^Add USD/ }).click();
  await page.getByRole('heading', { name: 'The card was not charged' }).waitFor();
  await shoot('add-declined');
  await page.goto(`${base}/wallet/account/security`);
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('dialog').waitFor();
  await shoot('dialog-authenticator');
  await page.goto(`${base}/wallet/account/keys`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await shoot('dialog-api-key');
  await page.goto(`${base}/wallet/account/notifications`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await shoot('dialog-phone');
  await page.goto(`${base}/wallet/`);
  await page.getByRole('button', { name: 'New wallet' }).click();
  await shoot('new-wallet');
}

for (const [size, viewport] of Object.entries(SIZES)) {
  const context = await browser.newContext({ viewport, locale: 'en-GB', reducedMotion: 'reduce' });
  const page = await context.newPage();
  let name = '';
  listen(page, { toString: () => name });
  const all = async (paths) => {
    for (const [what, path] of Object.entries(paths)) {
      if (only && !only.includes(what)) continue;
      let to = path;
      if (path.endsWith('*')) {
        const answer = await context.request.get(`${base}/api/v1/transactions?limit=10&type=transfer`);
        to = path.replace('*', (await answer.json()).data[0].id);
      }
      for (const scheme of ['light', 'dark']) {
        name = `${what}-${size}-${scheme}`;
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        await picture(page, name, to);
      }
    }
  };
  await all(OUTSIDE);
  await logIn(page, base, option('as') ?? 'alice');
  await all(INSIDE);
  for (const scheme of ['light', 'dark']) {
    if (only && !only.includes('steps')) continue;
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await steps(page, (what) => (name = `${what}-${size}-${scheme}`));
  }
  await context.clearCookies();
  await logIn(page, base, 'admin');
  await all(CONSOLE);
  await context.close();
}
await browser.close();
console.log(wrong === 0 ? 'Nothing wrong was seen.' : `${wrong} things to look at.`);
process.exit(wrong === 0 ? 0 : 1);
