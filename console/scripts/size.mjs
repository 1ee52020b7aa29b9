// Fails where the first load of a page, a later chunk or the styles are larger than they may be. All figures are gzip, in KB of 1,000
// bytes. A first load is all that a browser fetches before it has drawn the page that an address names: the scripts of the HTML, the
// chunk of that page, and everything that these import.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD = { 'index.html': 25, 'wallet.html': 130, 'console.html': 165 };
/** The modules of the pages that people begin on, each with those that it needs around it. */
const BEGINNINGS = {
  'wallet.html': [['src/wallet/shell.tsx', 'src/wallet/pages/home.tsx'], ['src/wallet/pages/outside.tsx', 'src/wallet/pages/log-in.tsx'], ['src/wallet/pages/outside.tsx', 'src/wallet/pages/sign-up.tsx']],
  'console.html': [['src/operator/pages/overview.tsx'], ['src/operator/payments/explorer.tsx'], ['src/operator/payment/payment.tsx']],
};
/** Who reads the app in another language than English loads its texts as well. */
const LANGUAGES = ['src/i18n/de.ts'];
const CHUNK = 40;
const STYLES = 15;
const EVERYTHING = 3_000;

const out = process.env.PAYFLOW_CONSOLE_OUT ?? 'dist';
const size = (file) => gzipSync(readFileSync(join(out, file)), { level: 9 }).length / 1000;
const total = (files) => [...files].reduce((sum, file) => sum + size(file), 0);
const found = [];
let failed = false;
function check(what, is, may) {
  if (is > may) failed = true;
  found.push({ what, KB: is.toFixed(1), 'at most': may, '': is > may ? 'TOO LARGE' : '' });
}

/** Adds the files of a module and of all that it imports at once. */
function load(manifest, name, scripts, styles) {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`${name} is no chunk of the build: scripts/size.mjs names it`);
  if (scripts.has(chunk.file)) return;
  scripts.add(chunk.file);
  for (const style of chunk.css ?? []) styles.add(style);
  for (const imported of chunk.imports ?? []) load(manifest, imported, scripts, styles);
}

/** What the HTML itself names: scripts that are no modules of the build. */
function named(page, ending) {
  const html = readFileSync(join(out, page), 'utf8');
  return [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, file]) => file).filter((file) => file.endsWith(ending));
}

const first = new Set();
for (const [page, may] of Object.entries(FIRST_LOAD)) {
  const manifest = JSON.parse(readFileSync(join(out, `.vite/${page}.json`), 'utf8'));
  const loads = (BEGINNINGS[page] ?? [[]]).map((modules) => {
    const scripts = new Set(named(page, '.js'));
    const styles = new Set(named(page, '.css'));
    load(manifest, page, scripts, styles);
    for (const module of [...modules, ...(modules.length > 0 ? LANGUAGES : [])]) load(manifest, module, scripts, styles);
    return { what: modules.at(-1)?.split('/').at(-1) ?? 'all', scripts, styles };
  });
  for (const { what, scripts, styles } of loads) {
    scripts.forEach((file) => first.add(file));
    check(`${page}, ${what}: scripts`, total(scripts), may);
    check(`${page}, ${what}: styles`, total(styles), STYLES);
  }
}
const all = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(out, file)).isFile());
const later = all.filter((file) => file.endsWith('.js') && !first.has(file)).map((file) => [file, size(file)]);
const [largest, is] = later.toSorted((a, b) => b[1] - a[1])[0] ?? ['none', 0];
check(`largest later chunk: ${largest}`, is, CHUNK);
const embedded = all.filter((file) => !file.endsWith('.gitignore') && !file.startsWith('.vite') && !(/\.(js|css|html|svg)$/.test(file) && all.includes(`${file}.br`)));
check('in the binary', embedded.reduce((sum, file) => sum + statSync(join(out, file)).size / 1000, 0), EVERYTHING);
console.table(found);
if (failed) {
  console.error('payflow: the web app is larger than its budget: load what is not needed at first later');
  process.exit(1);
}
