// Puts a Brotli and a gzip form beside each text file of the build, so that the binary compresses nothing while it serves.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const out = process.env.PAYFLOW_CONSOLE_OUT ?? 'dist';
for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
  const file = join(out, name);
  if (!statSync(file).isFile() || !/\.(js|css|html|svg|txt)$/.test(name)) continue;
  const text = readFileSync(file);
  const brotli = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } });
  if (brotli.length < text.length) writeFileSync(`${file}.br`, brotli);
  const gzip = gzipSync(text, { level: 9 });
  if (gzip.length < text.length) writeFileSync(`${file}.gz`, gzip);
}
