/// <reference types="vitest/config" />
// The landing page, the wallet and the operator console. scripts/build.mjs builds each by itself, so that none of them loads what only
// another one needs. In development, Vite serves all of them and hands everything else to the binary (PAYFLOW_URL,
// http://127.0.0.1:8080 by itself).

import { resolve } from 'node:path';

import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const backend = process.env['PAYFLOW_URL'] ?? 'http://127.0.0.1:8080';

const FIRST = new RegExp(
  [
    // The observers of lists in pages, and of what changes something, come with the first page that has one.
    'node_modules/(react|react-dom|scheduler|@tanstack)/(?!.*([iI]nfinite|mutationObserver|useMutation))',
    'src/(design/(?!badge|dialog|styles|field|switch)|api/(client|live|problem|queries)\\.|money/(decimal|format)|time/|session/step-up\\.|kept|chunk|i18n/language|wallet/avatar\\.)',
    'vite/preload-helper|rolldown/runtime',
  ].join('|'),
);

/** Which page answers a path, as the binary decides it. */
function page(path: string): string | undefined {
  if (/^\/wallet(\/|$)/.test(path)) return '/wallet.html';
  if (/^\/console(\/|$)/.test(path)) return '/console.html';
  return undefined;
}

/** Serves the page of an app for each of its paths. */
const pages: Plugin = {
  name: 'payflow-pages',
  configureServer(server) {
    server.middlewares.use((request, _response, next) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const found = page(url.pathname);
      if (found && !url.pathname.includes('.')) request.url = found;
      next();
    });
  },
};

export default defineConfig({
  plugins: [pages, react(), tailwindcss()],
  resolve: {
    alias: [
      { find: /^\.\.\/createLucideIcon\.mjs$/, replacement: resolve(import.meta.dirname, 'src/design/icon.ts') },
      // React has had the hook itself since version 18.
      { find: 'use-sync-external-store/shim/with-selector', replacement: 'use-sync-external-store/with-selector' },
    ],
  },
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    outDir: process.env['PAYFLOW_CONSOLE_OUT'] ?? 'dist',
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: `.vite/${process.env['PAYFLOW_CONSOLE_PAGE'] ?? 'wallet.html'}.json`,
    rollupOptions: {
      input: resolve(import.meta.dirname, process.env['PAYFLOW_CONSOLE_PAGE'] ?? 'wallet.html'),
      // What every page needs is one chunk: many small ones compress worse, and are asked for one after the other.
      output: { codeSplitting: { groups: [{ name: 'first', test: FIRST }] } },
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    // The pages of the help centre are those of docs/.
    fs: { allow: ['..'] },
    proxy: Object.fromEntries(
      ['/api/', '/api-docs', '/health', '/ready', '/.well-known'].map((path) => [path, { target: backend, changeOrigin: false }]),
    ),
  },
  test: { environment: 'jsdom', include: ['tests/**/*.test.{ts,tsx}'] },
});
