/// <reference types="vitest/config" />
// Three pages, one build: the landing page, the wallet and the operator console. In development, Vite serves them and hands
// everything else to the binary (PAYFLOW_URL, http://127.0.0.1:8080 by itself).

import { resolve } from 'node:path';

import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const backend = process.env['PAYFLOW_URL'] ?? 'http://127.0.0.1:8080';

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
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    outDir: process.env['PAYFLOW_CONSOLE_OUT'] ?? 'dist',
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: ['index.html', 'wallet.html', 'console.html'].map((name) => resolve(import.meta.dirname, name)),
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
