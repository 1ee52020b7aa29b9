// Fails where the first load of a page, a later chunk or the styles are larger than they may be. All figures are gzip, in KB of 1,000
// bytes.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD = { 'index.html': 25, 'wallet.html': 130, 'console.html': 165 };
const CHUNK = 40;
const STYLES = 15;
const EVERYTHING = 3_000;

const out = process.env.PAYFLOW_CONSOLE_OUT ?? 'dist';
const size = (file) => gzipSync(readFileSync(join(out, file)), { level: 9 }).length / 1000;
const found = [];
let failed = false;
function check(what, is, may) {
  if (is > may) failed = true;
  found.push({ what, KB: is.toFixed(1), 'at most': may, '': is > may ? 'TOO LARGE' : '' });
}

const first = new Set();
for (const [page, may] of Object.entries(FIRST_LOAD)) {
  const html = readFileSync(join(out, page), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, file]) => file);
  const scripts = named.filter((file) => file.endsWith('.js'));
  scripts.forEach((file) => first.add(file));
  check(`${page}: scripts`, scripts.reduce((sum, file) => sum + size(file), 0), may);
  check(`${page}: styles`, named.filter((file) => file.endsWith('.css')).reduce((sum, file) => sum + size(file), 0), STYLES);
}
const all = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(out, file)).isFile());
const later = all.filter((file) => file.endsWith('.js') && !first.has(file)).map((file) => [file, size(file)]);
const [largest, is] = later.toSorted((a, b) => b[1] - a[1])[0] ?? ['none', 0];
check(`largest later chunk: ${largest}`, is, CHUNK);
const embedded = all.filter((file) => !file.endsWith('.gitignore') && !(/\.(js|css|html|svg)$/.test(file) && all.includes(`${file}.br`)));
check('in the binary', embedded.reduce((sum, file) => sum + statSync(join(out, file)).size / 1000, 0), EVERYTHING);
console.table(found);
if (failed) {
  console.error('payflow: the web app is larger than its budget: load what is not needed at first later');
  process.exit(1);
}
