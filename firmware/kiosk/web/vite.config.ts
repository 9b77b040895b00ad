import { defineConfig } from 'vite';

// Flat output: the terminal serves the plain files of one folder. No data: URLs, nothing preloaded, no source maps.
export default defineConfig({
  base: './',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    target: ['es2020', 'safari14'], // WPE 2.38 of Debian 12 and later
    assetsDir: '.',
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    emptyOutDir: true,
    reportCompressedSize: true,
    rollupOptions: { output: { manualChunks: undefined, inlineDynamicImports: true } },
  },
});
