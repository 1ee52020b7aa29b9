import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { passagesOf, searchDocs } from '../src/operator/help/docs';
import { matches, placeOf } from '../src/operator/palette/commands';

const folder = resolve(import.meta.dirname, '../../docs');
const docs = readdirSync(folder)
  .filter((file) => file.endsWith('.md'))
  .map((file) => ({ name: file.slice(0, -3), text: readFileSync(join(folder, file), 'utf8') }))
  .map(({ name, text }) => ({ name, text, title: /^# (.+)$/m.exec(text)?.[1] ?? name }));
const passages = docs.flatMap(passagesOf);

test.each([
  ['dead letters', 'events'],
  ['rotate secret', 'webhooks'],
  ['restore', 'backup'],
  ['query bar', 'console'],
  ['twilio', 'notifications'],
])('help on %s is found in %s', (typed, doc) => {
  expect(searchDocs(passages, typed, 5).map((hit) => hit.doc)).toContain(doc);
});

test('a search for nothing, or for what is nowhere, finds nothing', () => {
  expect(searchDocs(passages, '  ')).toEqual([]);
  expect(searchDocs(passages, 'zzqqxx')).toEqual([]);
  expect(searchDocs(passages, '(.*)+[')).toEqual([]);
});

test('headings in code are no headings', () => {
  const found = passagesOf({ name: 'a', title: 'A', text: '# A\nText\n```sh\n# a comment\n```\n## B `c`\nMore' });
  expect(found.map(({ heading, anchor, body }) => [heading, anchor, body])).toEqual([['A', '', 'Text\n# a comment'], ['B c', 'b-c', 'More']]);
});

test('an id leads to its page, and what is none leads nowhere', () => {
  expect(placeOf(' txn_01kdvdna00e008000000000019 ')?.to).toBe('/payments/txn_01kdvdna00e008000000000019');
  expect(placeOf('whd_01kdvdna00e008000000000019')?.to).toBe('/webhooks/deliveries/whd_01kdvdna00e008000000000019');
  for (const text of ['txn_1', 'ses_01kdvdna00e008000000000019', 'hello', '']) expect(placeOf(text)).toBeNull();
});

test('a command is found by the beginnings of its words', () => {
  expect(matches('Dead letters', 'd let')).toBe(true);
  expect(matches('Dead letters', 'etters')).toBe(false);
});
