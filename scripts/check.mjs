#!/usr/bin/env node
/**
 * `npm run check`: everything that can be said of the sources without running them. Every check runs, also after one that
 * failed; `npm run check -- lint sizes` runs the named ones. What a check needs and this machine lacks is said, not demanded.
 */
import path from 'node:path';
import { duplicates } from './check/duplicates.mjs';
import { clangFormat, clangTidy } from './check/native.mjs';
import { packageCheck } from './check/package.mjs';
import { sizes } from './check/sizes.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { attempt, root } from './setup/run.mjs';
import { runScript, setUp } from './setup/steps.mjs';

const tool = (...parts) => path.join(root, 'node_modules', ...parts);
const biome = tool('@biomejs', 'biome', 'bin', 'biome');

/** A check that is one command of Node: no complaint when it exits with 0, otherwise its output. */
const command =
  (...args) =>
  async () => {
    const { code, output } = await attempt(process.execPath, args);
    return code === 0 ? {} : { complaint: output };
  };

/** Each gives { complaint } when something is wrong, { skipped } with the reason when it could not look, or neither. */
const checks = {
  format: command(biome, 'format', '--max-diagnostics=20'),
  lint: command(biome, 'lint', '--error-on-warnings', '--max-diagnostics=50'),
  types: command(tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'),
  sizes,
  duplicates,
  tables: command('scripts/generate-tables.mjs', '--check'),
  api: command(tool('typedoc', 'bin', 'typedoc'), '--emit', 'none'),
  surface: command('scripts/api-report.mjs', '--check'),
  package: packageCheck,
  'clang-format': clangFormat,
  'clang-tidy': clangTidy,
};

async function runOne(name) {
  const start = performance.now();
  process.stdout.write(`check: ${name.padEnd(13)}`);
  const { complaint, skipped } = await checks[name]();
  const outcome = complaint !== undefined ? 'FAILED' : skipped !== undefined ? `skipped: ${skipped}` : 'ok';
  process.stdout.write(`${outcome} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`);
  if (complaint !== undefined) console.log(`\n${complaint.trim()}\n`);
  return complaint === undefined;
}

await runScript(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0)
    throw new SetupFailure(`There is no check '${unknown[0]}', only ${Object.keys(checks).join(', ')}.`);
  await setUp();
  const failed = [];
  for (const name of wanted.length > 0 ? wanted : Object.keys(checks)) if (!(await runOne(name))) failed.push(name);
  if (failed.length > 0) throw new SetupFailure(`check: ${failed.join(', ')} failed.`);
});
