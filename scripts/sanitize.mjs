#!/usr/bin/env node
/**
 * `npm run test:sanitize`: the native code under the compiler's sanitizers. `-- address` or `-- thread` runs one of the two;
 * file names after `address` replace the part of the suite that is run.
 *
 *   address   AddressSanitizer with UndefinedBehaviorSanitizer: the addon, built into build/sanitize/address, under the tests that
 *             call it. Leaks are not looked for: Node itself never frees what lives until the end.
 *   thread    ThreadSanitizer: the programs of native/test without Node, whose threads it could not follow. OpenBLAS is not
 *             instrumented; it runs on the calling thread only.
 *
 * Both are builds of their own beside the development build, made again only where sources changed.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { SetupFailure } from './setup/failure.mjs';
import { buildAddon, forgetToolchain, toolchain } from './setup/native-build.mjs';
import { attempt, commandPath, mustRun, root } from './setup/run.mjs';
import { hashOf, readStamp, writeStamp } from './setup/stamp.mjs';
import { runScript, setUp } from './setup/steps.mjs';

/** The tests that live in the native code; what trains whole models adds minutes and reaches nothing further. */
const parity = ['data-matrix', 'factors', 'matrices', 'sparse-matrix', 'state', 'threads', 'tracked-loss'];
const nativeTests = ['test/backends', ...parity.map((name) => `test/parity/${name}`)];

const folderOf = (kind) => path.join(root, 'build', 'sanitize', kind);

/** A build configured by another compiler, or in another place, is configured anew. */
async function freshly(kind, out, build) {
  const tools = hashOf([], toolchain());
  if (readStamp(`sanitize-${kind}`) !== tools) forgetToolchain(out);
  mkdirSync(out, { recursive: true });
  await build();
  writeStamp(`sanitize-${kind}`, tools);
}

/** The run-time libraries must be in the process before everything else, so Node has to be started with them. */
async function runtimeLibraries() {
  const compiler = process.env.CXX || 'c++';
  const files = [];
  for (const name of ['libasan.so', 'libstdc++.so']) {
    const { output } = await attempt(compiler, [`-print-file-name=${name}`]);
    const file = output.trim();
    if (!path.isAbsolute(file) || !existsSync(file)) {
      throw new SetupFailure(`The sanitizers need g++ with its ${name}, but ${compiler} has none.`);
    }
    files.push(file);
  }
  return files.join(' ');
}

async function address(tests) {
  const out = path.join(folderOf('address'), 'build');
  const libraries = await runtimeLibraries();
  await freshly('address', out, () => buildAddon(out, ['--CDSANITIZE=address']));
  const env = {
    LD_PRELOAD: libraries,
    ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1:abort_on_error=1:strict_string_checks=1',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    // Where the loader looks for build/Release in place of the top of the checkout.
    PLANESEARCH_PREBUILD: folderOf('address'),
  };
  // Where the addon does not load, the tests of it are skipped; here that is a failure.
  const expected = path.join(out, 'Release', 'planesearch.node');
  const library = path.join(root, 'dist', 'index.js');
  const probe = `
    const { reason } = (await import(${JSON.stringify(library)})).backendInfo();
    const { sharedObjects } = process.report.getReport();
    console.log(reason ?? sharedObjects.find((file) => file.endsWith('planesearch.node')));`;
  const { output: loaded } = await attempt(process.execPath, ['--input-type=module', '-e', probe], { env });
  if (loaded.trim() !== expected) throw new SetupFailure(`The tests should load ${expected}, but: ${loaded.trim()}`);

  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  // Its own reporter, so that the results of `npm test` which .ci/run counts stay.
  const args = [vitest, 'run', '--reporter=default', '--testTimeout=1800000', ...tests];
  const { code, output } = await attempt(process.execPath, args, { env: { ...env, NO_COLOR: '1' } });
  if (code !== 0) throw new SetupFailure('A sanitizer or a test under it failed: see above.', { cause: telling(output) });
  const count = /^\s*Tests\s+(.*)$/m.exec(output)?.[1];
  console.log(`sanitize: address and undefined behavior: nothing found, ${count}`);
}

/** The report of the sanitizer, which the other tests' output may follow, and the end. */
function telling(output) {
  const lines = output.trimEnd().split('\n');
  const report = lines.findIndex((line) => /ERROR: \w+Sanitizer|runtime error:/.test(line));
  const end = Math.max(lines.length - 60, report + 40);
  return [...(report < 0 ? [] : lines.slice(report, report + 40)), ...lines.slice(end)].join('\n');
}

/** Where addresses are randomized over more bits than this compiler's ThreadSanitizer can bear, they are fixed. */
async function runThreaded(program) {
  const options = { env: { TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1', OPENBLAS_NUM_THREADS: '1' } };
  let result = await attempt(program, [], options);
  if (result.output.includes('unexpected memory mapping')) {
    result = await attempt('setarch', ['--addr-no-randomize', program], options);
  }
  if (result.code === 0) return;
  const sentence = `ThreadSanitizer, or a check of ${path.basename(program)}, has failed: see above.`;
  throw new SetupFailure(sentence, { cause: result.output.trim() });
}

async function thread() {
  const out = folderOf('thread');
  const cores = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
  await freshly('thread', out, async () => {
    const generator = commandPath('ninja') === null ? [] : ['-G', 'Ninja'];
    const options = [...generator, '-DSANITIZE=thread', '-DNATIVE_TESTS=ON'];
    await mustRun('The build for ThreadSanitizer could not be configured.', 'cmake', ['-S', root, '-B', out, ...options]);
    const args = ['--build', out, '--target', 'native_tests', '--parallel', cores];
    await mustRun('The build for ThreadSanitizer failed: the messages are above.', 'cmake', args);
  });
  const sources = readdirSync(path.join(root, 'native', 'test')).filter((name) => name.endsWith('_test.cc'));
  const programs = sources.map((name) => name.slice(0, -'.cc'.length));
  for (const program of programs) await runThreaded(path.join(out, program));
  console.log(`sanitize: threads: nothing found in ${programs.join(', ')}`);
}

await runScript(async () => {
  const [kind, ...tests] = process.argv.slice(2);
  if (kind !== undefined && kind !== 'address' && kind !== 'thread') {
    throw new SetupFailure(`The sanitizers are 'address' and 'thread', but '${kind}' was given.`);
  }
  await setUp();
  if (kind !== 'address') await thread();
  if (kind !== 'thread') await address(tests.length > 0 ? tests : nativeTests);
});
