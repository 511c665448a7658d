import { defineConfig } from 'vite';

// What the page's CSP allows decides these: no inlined asset (data: isn't allowed), no inline preload polyfill, files
// with a hash in their name so that the server may let browsers keep them for good.
export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
