#!/usr/bin/env node
/**
 * `npm run docs`: the site in build/site, static files that any server (or `npx vitepress preview site`) shows and that ask for nothing from
 * elsewhere. A dead link ends it.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './setup/failure.mjs';
import { attempt, root } from './setup/run.mjs';
import { runScript } from './setup/steps.mjs';

const pages = path.join(root, 'build', 'site-pages');
const site = path.join(root, 'build', 'site');

async function tool(file, ...args) {
  const { code, output } = await attempt(process.execPath, [path.join(root, 'node_modules', file), ...args]);
  if (code !== 0) throw new SetupFailure(output.trim());
}

/** Pages name one another in backquotes, as they are called in the package: links on the site. */
function linkPages() {
  for (const name of readdirSync(pages).filter((entry) => entry.endsWith('.md'))) {
    const file = path.join(pages, name);
    const text = readFileSync(file, 'utf8');
    const linked = text.replaceAll(/`docs\/([\w-]+)\.md`/g, (whole, page) =>
      existsSync(path.join(pages, `${page}.md`)) ? `[${page}](${page}.md)` : whole,
    );
    // What lies beside docs in the package is no part of the site.
    writeFileSync(file, linked.replaceAll(/\[([^\]]*)\]\(\.\.\/[^)]*\)/g, '`$1`'));
  }
}

/** Links and pictures of the built pages that lead nowhere, and whatever is loaded from another host. */
function faults() {
  const files = readdirSync(site, { recursive: true }).map(String);
  const there = new Set(files);
  const found = [];
  const anchors = new Map();
  const anchorsOf = (file) => {
    if (!anchors.has(file))
      anchors.set(
        file,
        new Set([...readFileSync(path.join(site, file), 'utf8').matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id)),
      );
    return anchors.get(file);
  };
  for (const file of files.filter((name) => name.endsWith('.html') && name !== '404.html')) {
    const html = readFileSync(path.join(site, file), 'utf8');
    for (const [, tag, target] of html.matchAll(/<(a|link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g)) {
      if (target.startsWith('data:')) continue;
      if (/^(https?:)?\/\//.test(target)) {
        if (tag !== 'a') found.push(`${file} loads ${target}`);
        continue;
      }
      const [place, anchor] = decodeURIComponent(target).split('#');
      const folder = place.startsWith('/') ? '' : path.dirname(file);
      const to = place === '' ? file : path.join(folder, place).replace(/^\//, '');
      const page = to === '' || to.endsWith('/') ? `${to}index.html` : to;
      if (!there.has(page)) found.push(`${file} points to ${target}, which is not there`);
      else if (anchor && page.endsWith('.html') && !anchorsOf(page).has(anchor))
        found.push(`${file} points to ${target}, which has no such heading`);
    }
  }
  return [...new Set(found)];
}

await runScript(async () => {
  rmSync(pages, { recursive: true, force: true });
  rmSync(site, { recursive: true, force: true });
  mkdirSync(pages, { recursive: true });
  cpSync(path.join(root, 'docs'), pages, { recursive: true });
  linkPages();
  await tool('typedoc/bin/typedoc', '--options', 'site/typedoc.json');
  await tool('vitepress/bin/vitepress.js', 'build', 'site');
  const wrong = faults();
  if (wrong.length > 0) throw new SetupFailure(`The site has faults:\n${wrong.slice(0, 40).join('\n')}`);
  console.log('The site is in build/site.');
});
