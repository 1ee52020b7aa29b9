// Whether a page is usable by anybody, as far as axe sees it, in both themes.

import assert from 'node:assert/strict';

import { AxeBuilder } from '@axe-core/playwright';

/** Goes to the page and looks at it. */
export async function isUsable(page, url) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto(url);
    await page.locator('h1').first().waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(', ')}`);
    assert.deepEqual(found, [], `${url} in the ${colorScheme} theme`);
  }
}
