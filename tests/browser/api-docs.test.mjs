// The documentation of the API: drawn, opened and tried under its content security policy, which refuses inline script and style.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBrowser } from './browser.mjs';
import { freePort, startPayflow } from './payflow.mjs';

let payflow, browser, url;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [payflow, browser] = await Promise.all([startPayflow(port, url, {}, ['--demo']), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await payflow?.stop();
});

for (const colorScheme of ['light', 'dark']) {
  test(`an operation is opened and tried in the ${colorScheme} theme, and nothing is refused`, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.addInitScript(() => {
      window.refused = [];
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, sample }) => window.refused.push(`${violatedDirective} ${sample}`));
    });
    const answer = await page.goto(`${url}/api-docs`);
    assert.doesNotMatch(answer.headers()['content-security-policy'], /unsafe/);
    await page.locator('#operations-service-get_ready').getByRole('button').first().click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table').getByText('"ok"').first().waitFor();
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.getByRole('heading', { name: 'Available authorizations' }).waitFor();
    await page.locator('.close-modal').click();
    await page.locator('section.models').scrollIntoViewIfNeeded();
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(paper, colorScheme === 'dark' ? 'rgb(12, 16, 14)' : 'rgb(246, 247, 245)');
    assert.deepEqual(await page.evaluate(() => window.refused), []);
    assert.deepEqual(errors, []);
    await context.close();
  });
}
