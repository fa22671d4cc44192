#!/usr/bin/env node
/**
 * `npm run docs:tables`: fills the marked regions of the Markdown files from the registries of lib, so that a name or its
 * description is written once, where the thing is. With `--check` nothing is written; a file that would change is a failure.
 *
 *     <!-- generated: losses -->            a table of names and descriptions
 *     <!-- end -->
 *     <!-- generated: names of losses -->`squared`, ...<!-- end -->       the names alone, within a line
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readRegistries } from './docs/registries.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { withLock } from './setup/lock.mjs';
import { root } from './setup/run.mjs';
import { filesUnder } from './setup/stamp.mjs';
import { runScript } from './setup/steps.mjs';
import { typescriptBuild } from './setup/typescript-build.mjs';

/** The registries by the words of the documentation, and by the names under which lib/index.ts exports them. */
const registries = {
  directions: 'directions',
  steps: 'stepRules',
  solvers: 'solvers',
  losses: 'losses',
  networks: 'networks',
  schedules: 'schedules',
  activations: 'activations',
};

const region = /<!-- generated: (names of )?([\w-]+) -->.*?<!-- end -->/gs;

const cell = (text) => text.replaceAll('|', '\\|');

function filled(file, text, entriesOf) {
  return text.replace(region, (_, names, what) => {
    if (!Object.hasOwn(registries, what)) {
      throw new SetupFailure(`${file} asks for '${what}', but only ${Object.keys(registries).join(', ')} can be generated.`);
    }
    const entries = entriesOf[what];
    const open = `<!-- generated: ${names ?? ''}${what} -->`;
    if (names) return `${open}${entries.map(({ name }) => `\`${name}\``).join(', ')}<!-- end -->`;
    const rows = entries.map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`);
    return [open, '| name | what it is |', '|---|---|', ...rows, '<!-- end -->'].join('\n');
  });
}

await runScript(async () => {
  await withLock(typescriptBuild);
  const entriesOf = await readRegistries(registries);
  const check = process.argv.includes('--check');
  const files = filesUnder('docs', 'README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md').filter((file) => file.endsWith('.md'));
  const stale = [];
  for (const file of files) {
    const before = readFileSync(path.join(root, file), 'utf8');
    const after = filled(file, before, entriesOf);
    if (after === before) continue;
    stale.push(file);
    if (!check) writeFileSync(path.join(root, file), after);
  }
  if (!check) console.log(stale.length === 0 ? 'tables: up to date' : `tables: written to ${stale.join(', ')}`);
  else if (stale.length > 0) throw new SetupFailure(`The tables of ${stale.join(', ')} are old: run 'npm run docs:tables'.`);
});
