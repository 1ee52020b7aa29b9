// Writes src/api/generated.d.ts from what the binary says of its own API; with --check, only says whether the file is stale.
//
//   node scripts/generate-api.mjs [--check] [BINARY]

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import openapi, { astToString } from 'openapi-typescript';

const here = dirname(fileURLToPath(import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(here, '../../target');
const file = join(here, '../src/api/generated.d.ts');
const check = process.argv.includes('--check');
const named = process.argv.slice(2).find((argument) => argument !== '--check') ?? process.env.PAYFLOW_BINARY;
const binary = named ?? ['debug', 'quick', 'release'].map((profile) => join(target, profile, 'payflow')).find(existsSync);
if (!binary) {
  console.error('payflow: there is no binary to ask: build it with `cargo build --package payflow`');
  process.exit(1);
}

/** What only explains is left out: a better sentence in the documentation changes no type. */
function withoutWords(value, isMapOfNames = false) {
  if (Array.isArray(value)) return value.map((item) => withoutWords(item));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(
    ([key]) => isMapOfNames || !['description', 'summary', 'example', 'examples', 'tags'].includes(key) && !key.startsWith('x-'),
  );
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutWords(item, ['properties', 'schemas', 'paths'].includes(key))]));
}

const document = JSON.parse(execFileSync(binary, ['openapi'], { encoding: 'utf8', maxBuffer: 1 << 26 }));
document.info.version = '1';
// What is sent to others is no call of the app.
delete document.webhooks;
const types = astToString(await openapi(withoutWords(document), { alphabetize: true }));
const text = `// Generated from \`payflow openapi\` by scripts/generate-api.mjs. Do not edit: run \`npm run api\`.\n${types}`;

if (!check) writeFileSync(file, text);
else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  console.error('payflow: console/src/api/generated.d.ts is not what the API is now: run `npm run api` in console/ and mend what does not compile');
  process.exit(1);
}
