import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/** The names of the texts once, not in every language: they are as long as the texts, and a page has its limit. */
const namesOnce: Plugin = {
  name: 'names-once',
  enforce: 'post', // its types are gone then
  transform(code, id) {
    const table = /^export const (\w+) = (\{.*\});/s.exec(code);
    if (!/\/texts\/(ko|en)\.ts$/.test(id) || table === null) {
      return undefined;
    }
    const texts = new Function(`return ${table[2]}`)() as Record<string, string>;
    const chinese = readFileSync(id.replace(/\w+\.ts$/, 'zh-CN.ts'), 'utf8');
    const names = [...chinese.matchAll(/^ {2}'([\w.]+)':/gm)].map((match) => match[1]!);
    if (names.length !== Object.keys(texts).length || !names.every((name) => name in texts)) {
      this.error(`${id} has not the names of zh-CN.ts`);
    }
    const inOrder = JSON.stringify(names.map((name) => texts[name]));
    return {
      code:
        `import { zhCN } from './zh-CN';\nconst texts = ${inOrder};\n` +
        `export const ${table[1]} = Object.fromEntries(Object.keys(zhCN).map((name, i) => [name, texts[i]]));`,
      map: null,
    };
  },
};

// Flat output: the terminal serves the plain files of one folder. No data: URLs, nothing preloaded, no source maps.
export default defineConfig({
  base: './',
  plugins: [namesOnce],
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
