/** The packed tarball where programs live: test runners with realms of their own, bundlers, worker threads, CommonJS, TypeScript. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync, type Format } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Consumer, expectedBackend, hasNative } from './consumer.js';

vi.setConfig({ testTimeout: 180_000 });

let consumer: Consumer;
const elsewhere = mkdtempSync(path.join(tmpdir(), 'planesearch-elsewhere-'));

beforeAll(() => {
  consumer = new Consumer();
}, 120_000);

afterAll(() => {
  consumer.remove();
  rmSync(elsewhere, { recursive: true });
});

/** A line that comes out as a line, a network of two classes, and a run that is aborted: what each place has to do. */
const smoke = `
  export async function smoke({ train }) {
    const x = { values: Float64Array.of(1, 2, 3, 4, 5), rows: 5, columns: 1 };
    const line = await train({ x, y: [3, 5, 7, 9, 11] });
    const classes = await train({ x, y: ['a', 'a', 'b', 'b', 'b'] }, { network: 'mlp', hidden: [4] });
    const rows = 20000;
    const wide = { values: Float64Array.from({ length: rows * 20 }, (_, i) => Math.sin(i * i)), rows, columns: 20 };
    const y = Float64Array.from({ length: rows }, (_, i) => Math.cos(i));
    const controller = new AbortController();
    const aborted = await train({ x: wide, y }, {
      network: 'mlp', hidden: [30], maxIterations: 1e6, tolerance: 0, signal: controller.signal,
      callbacks: [(record) => { if (record.iteration === 1) setTimeout(() => controller.abort(), 20); }],
    });
    const [weight, bias] = line.model.spec.parameters;
    return [line.backend, weight.toFixed(9), bias.toFixed(9), classes.scores.accuracy, aborted.stop.reason].join(' ');
  }
`;
const expected = `${expectedBackend} 2.000000000 1.000000000 1 aborted`;

describe('test runners', () => {
  it.each(['threads', 'vmThreads', 'forks', 'vmForks'])('vitest with the pool %s', (pool) => {
    consumer.write('smoke.mjs', smoke);
    consumer.write(
      'smoke.test.mjs',
      `import { expect, it } from 'vitest';
       import * as planesearch from 'planesearch';
       import { smoke } from './smoke.mjs';
       it('works', async () => expect(await smoke(planesearch)).toBe('${expected}'), 60000);
      `,
    );
    const { status, stdout, stderr } = consumer.tool('vitest/vitest.mjs', ['run', '--pool', pool, '--maxWorkers', '1']);
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/1 passed/);
    expect(stdout + stderr).not.toMatch(/AbortError|Unhandled/);
  });

  it('Jest', () => {
    consumer.write('smoke.mjs', smoke);
    consumer.write(
      'smoke.jest.mjs',
      `import { smoke } from './smoke.mjs';
       test('works', async () => {
         expect(await smoke(await import('planesearch'))).toBe('${expected}');
         // Arrays of the realm of the test, which is not the one of the package's native file.
         expect(Float64Array.of(1) instanceof Float64Array).toBe(true);
       }, 60000);
      `,
    );
    const config = JSON.stringify({ transform: {}, testMatch: ['**/*.jest.mjs'], testEnvironment: 'node' });
    const args = ['--rootDir', consumer.folder, '--config', config, '--runInBand', '--no-watchman', '--no-cache'];
    const { status, stderr } = consumer.tool('jest/bin/jest.js', args, ['--experimental-vm-modules']);
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/1 passed/);
    expect(stderr).not.toMatch(/AbortError/);
  });
});

describe('node', () => {
  it('takes arrays, lists and signals of another realm', () => {
    const file = consumer.write(
      'realm.mjs',
      `import vm from 'node:vm';
       import { train } from 'planesearch';
       const foreign = vm.runInNewContext('({ values: Float64Array.of(1, 2, 3, 4, 5), y: [3, 5, 7, 9, 11], float: Float32Array.of(1, 2, 3, 4, 5) })');
       for (const values of [foreign.values, foreign.float]) {
         const { model, backend } = await train({ x: { values, rows: 5, columns: 1 }, y: foreign.y });
         const more = vm.runInNewContext('Float64Array.of(29)');
         console.log(backend, (await model.predict({ values: more, rows: 1, columns: 1 }))[0].toFixed(3));
       }
      `,
    );
    const { stdout, stderr } = consumer.node([file]);
    expect(stderr).toBe('');
    expect(stdout).toBe(`${expectedBackend} 59.000\n`.repeat(2));
  });

  it('runs it in several worker threads at once', () => {
    consumer.write('smoke.mjs', smoke);
    consumer.write(
      'worker.mjs',
      `import { parentPort } from 'node:worker_threads';
       import * as planesearch from 'planesearch';
       import { smoke } from './smoke.mjs';
       parentPort.postMessage(await smoke(planesearch));
      `,
    );
    const file = consumer.write(
      'workers.mjs',
      `import { once } from 'node:events';
       import { Worker } from 'node:worker_threads';
       const workers = [1, 2, 3].map(() => new Worker(new URL('./worker.mjs', import.meta.url)));
       for (const [message] of await Promise.all(workers.map((worker) => once(worker, 'message')))) console.log(message);
      `,
    );
    const { status, stdout, stderr } = consumer.node([file]);
    expect(stderr).toBe('');
    expect([status, stdout]).toEqual([0, `${expected}\n`.repeat(3)]);
  });

  it('requires it from CommonJS', () => {
    const file = consumer.write(
      'required.cjs',
      `const { train } = require('planesearch');
       train({ x: { values: Float64Array.of(0, 1, 2), rows: 3, columns: 1 }, y: [1, 3, 5] }).then(({ backend, model }) => {
         console.log(backend, model.spec.parameters[0].toFixed(9));
       });
      `,
    );
    const { stdout, stderr } = consumer.node([file]);
    expect(stderr).not.toMatch(/Error/);
    expect(stdout).toBe(`${expectedBackend} 2.000000000\n`);
  });
});

describe('esbuild', () => {
  const program = `
    import { train } from 'planesearch';
    const data = { x: { values: Float64Array.of(0, 1, 2), rows: 3, columns: 1 }, y: [1, 3, 5] };
    train(data).then(() => train(data)).then(({ backend, model }) => console.log(backend, model.spec.parameters[0].toFixed(9)));
  `;

  /** Bundles and runs the program. */
  function bundled(format: Format, folder: string, external: readonly string[]): { stdout: string; stderr: string } {
    const source = consumer.write('program.mjs', program);
    const bundle = path.join(folder, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`);
    buildSync({
      entryPoints: [source],
      bundle: true,
      platform: 'node',
      format,
      outfile: bundle,
      logLevel: 'error',
      absWorkingDir: consumer.folder,
      external: [...external],
    });
    return consumer.node([bundle], { cwd: folder });
  }

  it.each<Format>(['esm', 'cjs'])('to %s, planesearch left outside', (format) => {
    const { stdout, stderr } = bundled(format, consumer.folder, ['planesearch']);
    expect(stderr).not.toMatch(/planesearch/);
    expect(stdout).toBe(`${expectedBackend} 2.000000000\n`);
  });

  it.each<Format>(['esm', 'cjs'])('to %s, the native file taken from where the package is installed', (format) => {
    const { stdout, stderr } = bundled(format, consumer.folder, []);
    expect(stderr).toBe('');
    expect(stdout).toBe(`${expectedBackend} 2.000000000\n`);
  });

  it.each<Format>(['esm', 'cjs'])('to %s, alone in a folder: works, and says once what to do', (format) => {
    const { stdout, stderr } = bundled(format, elsewhere, []);
    expect(stdout).toBe('javascript 2.000000000\n');
    expect(stderr.match(/planesearch is part of a bundle/g)).toHaveLength(1);
    expect(stderr).toContain("leave it outside the bundle (external: 'planesearch')");
  });
});

it('compiles in a strict TypeScript program', () => {
  const file = consumer.write(
    'strict.mts',
    `import { loadTable, Model, PlanesearchError, train, type Callback, type ErrorCode, type Training } from 'planesearch';
     const log: Callback = (record) => record.objective > 0;
     export async function run(path: string): Promise<readonly [number, ErrorCode | null]> {
       const { data, target, schema } = await loadTable(path, { needsTarget: true });
       const training: Training = await train({ x: data, y: target, schema }, { network: 'mlp', hidden: [8], callbacks: [log] });
       const again = await Model.load(path).catch((error: unknown) => (error instanceof PlanesearchError ? error.code : null));
       const scores = await training.model.evaluate(data, target);
       return [scores.loss + (training.scores.accuracy ?? 0), typeof again === 'string' ? again : null];
     }
     // @ts-expect-error an option that there is not
     export const misspelt = train({ x: { values: new Float64Array(1), rows: 1, columns: 1 }, y: [1] }, { hiden: [3] });
    `,
  );
  const flags = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--noUncheckedIndexedAccess',
    '--types',
    'node',
  ];
  const args = [...flags, '--exactOptionalPropertyTypes', '--noImplicitOverride', '--verbatimModuleSyntax', file];
  const { status, stdout } = consumer.tool('typescript/bin/tsc', args);
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

it.skipIf(!hasNative)('was tried with its native file', () => {
  expect(expectedBackend).toBe('native');
});
