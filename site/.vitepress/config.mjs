/** The site: the pages of docs and the reference that typedoc writes, put side by side by `scripts/docs.mjs`. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const reference = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'build', 'site-pages', 'api');

const written = path.join(reference, '..');

const pages = (...names) => names.map(([text, name]) => ({ text, link: `/${name}` }));

/** An entry for every folder that typedoc has written. */
function referenceSidebar() {
  const groups = new Map();
  for (const file of readdirSync(reference, { recursive: true }).map(String).sort()) {
    if (!file.endsWith('.md') || file === 'index.md') continue;
    const folder = path.dirname(file);
    const item = { text: path.basename(file, '.md'), link: `/api/${file.slice(0, -3)}` };
    groups.set(folder, [...(groups.get(folder) ?? []), item]);
  }
  return Array.from(groups, ([folder, items]) => ({
    text: folder.replaceAll('-', ' '),
    collapsed: folder !== 'functions',
    items,
  }));
}

const guide = [
  {
    text: 'Begin',
    items: pages(
      ['Five minutes', 'getting-started'],
      ['How to choose', 'how-to-choose'],
      ['How it works', 'how-it-works'],
      ['Limits', 'limits'],
      ['Questions', 'faq'],
    ),
  },
  {
    text: 'Coming from',
    items: pages(
      ['scikit-learn', 'from-scikit-learn'],
      ['Keras', 'from-keras'],
      ['brain.js', 'from-brain-js'],
      ['ml.js', 'from-ml-js'],
    ),
  },
  {
    text: 'Data',
    items: pages(
      ['Reading tables', 'data'],
      ['Formats', 'formats'],
      ['Text', 'text'],
      ['Embeddings', 'embeddings'],
      ['Units', 'units'],
      ['Beyond memory', 'out-of-core'],
    ),
  },
  {
    text: 'Models',
    items: pages(
      ['Estimators', 'estimators'],
      ['Judging and choosing', 'selection'],
      ['Where to stop', 'choosing-nothing'],
      ['The penalty', 'penalty'],
      ['Callbacks', 'callbacks'],
      ['Checkpoints', 'checkpoints'],
      ['ONNX, JSON, servers', 'export'],
      ['Deployment', 'deployment'],
      ['WebAssembly', 'webassembly'],
      ['Reliability', 'reliability'],
      ['Dependencies', 'dependencies'],
    ),
  },
  {
    text: 'Methods',
    items: pages(
      ['Options', 'options'],
      ['auto', 'auto'],
      ['Plane search', 'plane-search'],
      ['Coordinate descent', 'coordinate-descent'],
      ['A growing sample', 'sampling'],
      ['Mini-batches', 'mini-batches'],
      ['Differences from the papers', 'differences-from-the-papers'],
      ['Benches', 'benchmarks'],
    ),
  },
];

/** Pages that have no place in the guide yet, by their headings. */
function furtherPages() {
  const placed = new Set(guide.flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`)));
  const names = readdirSync(written).filter((name) => name.endsWith('.md') && name !== 'index.md' && !placed.has(name));
  const heading = (name) => /^# (.*)$/m.exec(readFileSync(path.join(written, name), 'utf8'))[1];
  const items = names.sort().map((name) => ({ text: heading(name), link: `/${name.slice(0, -3)}` }));
  return items.length > 0 ? [{ text: 'More', items }] : [];
}

export default defineConfig({
  title: 'planesearch',
  description: 'Linear models and shallow networks without a learning rate to tune',
  srcDir: '../build/site-pages',
  outDir: '../build/site',
  cacheDir: '../build/site-cache',
  cleanUrls: false,
  // Opened from any folder of any server.
  base: process.env.DOCS_BASE ?? '/',
  head: [],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // Formulas, which stand behind four blanks: as blocks of text, which scroll where they are too long.
    config(md) {
      md.renderer.rules.code_block = (tokens, at, ...rest) => {
        tokens[at].info = 'text';
        return md.renderer.rules.fence(tokens, at, ...rest);
      };
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: pages(['Guide', 'getting-started'], ['Options', 'options'], ['API', 'api/']),
    sidebar: {
      '/api/': [{ text: 'All names', link: '/api/' }, ...referenceSidebar()],
      '/': [...guide, ...furtherPages()],
    },
  },
});
