#!/usr/bin/env node
/**
 * `npm run fuzz -- --reader csv --cases 100000 [--seed 1]`: damaged files for one reader of test/fuzz, guided by the blocks of the sources that they
 * make run; without `--reader` for one after the other. `--reader api`: arguments of `train`. A failing case is left in build/fuzz/failures.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SetupFailure } from './setup/failure.mjs';
import { root } from './setup/run.mjs';
import { runScript, setUp } from './setup/steps.mjs';

const readers = ['csv', 'jsonl', 'libsvm', 'idx', 'npy', 'npz', 'parquet', 'arrow', 'model', 'checkpoint', 'api'];
const { values } = parseArgs({
  options: {
    reader: { type: 'string' },
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});

function run(reader) {
  const file = reader === 'api' ? 'test/fuzz/api.test.ts' : 'test/fuzz/readers.test.ts';
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const given = { READER: reader, CASES: values.cases, SEED: values.seed };
  const env = Object.fromEntries(Object.entries(given).map(([name, value]) => [`PLANESEARCH_FUZZ_${name}`, value]));
  const child = spawn(process.execPath, [vitest, 'run', file], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

await runScript(async () => {
  if (values.reader !== undefined && !readers.includes(values.reader))
    throw new SetupFailure(`--reader must be one of ${readers.join(', ')}, but is '${values.reader}'.`);
  await setUp();
  for (const reader of values.reader === undefined ? readers : [values.reader])
    if ((await run(reader)) !== 0) process.exitCode = 1;
});
