// Builds the three pages, one after the other, into one folder: each has its own chunks, and none loads what only another one needs.

import { build } from 'vite';

for (const page of ['index.html', 'wallet.html', 'console.html']) {
  process.env.PAYFLOW_CONSOLE_PAGE = page;
  await build({ logLevel: 'warn' });
}
