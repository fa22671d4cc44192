/** Training on X in a file is training on the same numbers in memory, bit for bit; what a file cannot give is refused in words. */
import { spawnSync } from 'node:child_process';
import { open, stat, truncate } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DenseSource, FileSource } from '../lib/backends/backend.js';
import { createRandom } from '../lib/core/random.js';
import { npyFile } from '../lib/data/index.js';
import { train, type Training, type TrainOptions } from '../lib/train.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './data/files.js';
import { planesearch } from './cli/support.js';
import { nativeAbsence } from './support/backends.js';
import { buildDist } from './support/dist.js';
import { npyBytes } from './support/matrix-files.js';

const [rows, columns] = [3000, 40];
const random = createRandom(3);
const values = Float32Array.from({ length: rows * columns }, (_, e) => (1 + (e % 3)) * random.normal() + (e % columns));
const x: DenseSource = { kind: 'dense', values, rows, columns };
const y = Float64Array.from({ length: rows }, (_, i) => Number(values[i * columns]! + values[i * columns + 7]! > 7));

const course = ({ history, model, scores }: Training) => ({
  objectives: history.map(({ objective }) => objective),
  parameters: Array.from(model.spec.parameters),
  scores,
});

describe.skipIf(nativeAbsence !== null)('training on X in a file', () => {
  let files: TemporaryFiles;
  let file: FileSource;

  beforeAll(async () => {
    files = await temporaryFiles();
    file = await npyFile(await files.write('x.npy', npyBytes(values, [rows, columns])));
    await files.write('y.npy', npyBytes(y, [rows]));
    const both = Float32Array.from({ length: rows * (columns + 1) }, (_, e) => {
      const [i, j] = [Math.floor(e / (columns + 1)), e % (columns + 1)];
      return j === columns ? y[i]! : values[i * columns + j]!;
    });
    await files.write('both.npy', npyBytes(both, [rows, columns + 1]));
  });
  afterAll(async () => files.remove());

  it.each<[string, TrainOptions]>([
    ['a linear model', {}],
    ['a network', { network: 'mlp', hidden: [30], maxIterations: 12 }],
    ['a Kronecker metric', { network: 'mlp', hidden: [9], direction: 'kronecker', maxIterations: 5 }],
    ['float64, layer by layer', { network: 'mlp', hidden: [5], steps: 'layerwise', precision: 'float64', maxIterations: 6 }],
    ['a penalty chosen by rows left out', { l2: 'auto', maxIterations: 20 }],
  ])('takes the same course with %s', async (_name, options) => {
    const wanted = { ...options, backend: 'native', sample: 'all' } as const;
    const memory = await train({ x, y }, { ...wanted, threads: 1 });
    for (const kept of [0, 1e9]) {
      const inFile = await train({ x: { ...file, memory: kept }, y }, { ...wanted, threads: 2 });
      expect(course(inFile)).toEqual(course(memory));
      expect(inFile.storage).toBe('file');
      expect(inFile.products).toEqual(memory.products);
    }
  });

  it('takes the same course where blocks of rows are longer than the pieces of the file', async () => {
    const [many, wide] = [5000, 1500];
    const draw = createRandom(9);
    const numbers = Float32Array.from({ length: many * wide }, () => draw.normal());
    const long: DenseSource = { kind: 'dense', values: numbers, rows: many, columns: wide };
    const labels = Float64Array.from({ length: many }, (_, i) => Number(numbers[i * wide]! > 0));
    const there = await npyFile(await files.write('long.npy', npyBytes(numbers, [many, wide])), { memory: 8e6 });
    for (const precision of ['float32', 'float64'] as const) {
      const options = { precision, direction: 'lbfgs', maxIterations: 5, sample: 'all', backend: 'native' } as const;
      expect(course(await train({ x: there, y: labels }, options))).toEqual(
        course(await train({ x: long, y: labels }, options)),
      );
    }
  });

  it('predicts and scores like X in memory, and validates with it', async () => {
    const held = { x: file, y };
    const { model, validation } = await train({ x, y }, { backend: 'native', maxIterations: 5, validation: held });
    const { loss, ...others } = await model.evaluate(x, y);
    const found = await model.evaluate(file, y);
    expect(found).toEqual({ loss: expect.closeTo(loss, 12), ...others });
    expect(validation).toMatchObject({ rows, loss: expect.closeTo(loss, 5) });
    expect(await model.predict(file)).toEqual(await model.predict(x));
  });

  it('refuses what needs rows in a random order, single columns or another backend', async () => {
    const refused = (options: TrainOptions, ...parts: string[]): Promise<void> =>
      expectError(() => train({ x: file, y }, { backend: 'native', ...options }), 'INCOMPATIBLE', ...parts);
    await refused({ sample: 100 }, 'sample needs rows in a random order', 'x.npy');
    await refused({ batch: 100 }, 'batch needs rows in a random order');
    await refused({ validation: 0.2 }, 'validation must be data of its own');
    await refused({ earlyStopping: true }, 'validation must be data of its own');
    await refused({ direction: 'coordinate' }, 'blocks of its columns');
    await refused({ backend: 'javascript' }, 'javascript backend keeps X in memory');
  });

  it('refuses NPY files that cannot be read in place, each with its reason', async () => {
    const refused = async (name: string, bytes: Uint8Array, ...parts: string[]): Promise<void> => {
      const path = await files.write(name, bytes);
      await expectError(() => npyFile(path), 'UNREADABLE_FILE', name, ...parts);
    };
    await refused('fortran.npy', npyBytes(values, [rows, columns], { fortran: true }), 'column by column');
    await refused('big.npy', npyBytes(values, [rows, columns], { descr: '>f4' }), "holds '>f4'");
    await refused('flat.npy', npyBytes(values, [rows * columns]), 'shape is');
    await refused('short.npy', npyBytes(values, [rows + 1, columns]), 'promises');
    await refused('none.npy', Buffer.from('no array, but a few words of text'), 'not NPY data');
    await expectError(() => npyFile(files.path('missing.npy')), 'FILE_NOT_FOUND', 'missing.npy');
    await expectError(() => npyFile(files.path('x.npy'), { target: 40 }), 'INVALID_OPTION', 'one of 40');
  });

  it('ends with an error, not a signal, when the file is truncated during a run', async () => {
    const path = await files.write('cut.npy', npyBytes(values, [rows, columns]));
    const cut = await npyFile(path, { memory: 0 });
    const callbacks = [({ iteration }: { iteration: number }) => (iteration === 2 ? truncate(path, 5000) : undefined)];
    await expectError(
      () => train({ x: cut, y }, { tolerance: 0, callbacks }),
      'UNREADABLE_FILE',
      'cut.npy',
      'changed while',
    );
  });

  it('stops in the middle when it is aborted', async () => {
    const controller = new AbortController();
    const callbacks = [() => controller.abort()];
    const { stop } = await train({ x: file, y }, { tolerance: 0, callbacks, signal: controller.signal });
    expect(stop.reason).toBe('aborted');
  });

  it('--out-of-core: train, evaluate and predict as from memory', async () => {
    const [x, y, both] = [files.path('x.npy'), files.path('y.npy'), files.path('both.npy')];
    const common = ['--backend', 'native', '--precision', 'float32', '--sample', 'all', '--json', '--quiet'];
    for (const data of [[x, '--labels', y], [both]]) {
      const model = files.path('out.model');
      const inFile = await planesearch([
        'train',
        ...data,
        '--out-of-core',
        '--memory-limit',
        '1GB',
        '--out',
        model,
        ...common,
      ]);
      expect(inFile.stderr).toBe('');
      const memory = await planesearch(['train', ...data, ...common]);
      const [mine, theirs] = [inFile, memory].map(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>);
      expect(mine).toMatchObject({ objective: theirs!['objective'], iterations: theirs!['iterations'], storage: 'file' });
      const scores = ['evaluate', model, ...data, '--json'];
      const [there, here] = [await planesearch([...scores, '--out-of-core']), await planesearch(scores)];
      expect(JSON.parse(there.stdout)).toMatchObject({
        n: rows,
        accuracy: (JSON.parse(here.stdout) as { accuracy: number }).accuracy,
      });
      const predicted = await planesearch(['predict', model, data[0]!, '--out-of-core']);
      expect(predicted).toEqual(await planesearch(['predict', model, data[0]!]));
    }
  });

  it('--out-of-core refuses other formats, and --memory-limit comes with it', async () => {
    const csv = await files.write('a.csv', 'a,b\n1,2\n3,4\n');
    const refused = await planesearch(['train', csv, '--out-of-core']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('must come with NPY data') });
    const alone = await planesearch(['train', csv, '--memory-limit', '1GB']);
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('must come with --out-of-core') });
    const size = await planesearch(['train', csv, '--out-of-core', '--memory-limit', '1 potato']);
    expect(size).toMatchObject({ code: 2, stderr: expect.stringContaining('such as 1GB') });
  });

  it('refuses a limit of memory that cannot hold, which counts what is read of every file', async () => {
    const [x, y] = [files.path('x.npy'), files.path('y.npy')];
    const train = ['train', x, '--labels', y, '--out-of-core', '--memory-limit', '10MB', '--backend', 'native'];
    const reading = async (...more: string[]): Promise<number> => {
      const { code, stderr } = await planesearch([...train, ...more]);
      expect(code).toBe(2);
      const [, needed, pieces] =
        /^planesearch: --memory-limit must be at least (\d+) MB for this training \((\d+) MB of it for the pieces of X .*\), but 10000000 bytes were given\.\n$/.exec(
          stderr,
        )!;
      expect(Number(needed)).toBeGreaterThan(Number(pieces));
      return Number(pieces);
    };
    const alone = await reading();
    const both = await reading('--validation', x, '--validation-labels', y);
    expect(both).toBeGreaterThanOrEqual(2 * alone - 1);
    // The test file is read when the others are closed.
    expect(await reading('--validation', x, '--validation-labels', y, '--test', x, '--test-labels', y)).toBe(both);
  });

  it('stays under its limit of memory', async () => {
    buildDist();
    const [many, wide] = [400_000, 250];
    const path = await files.write('large.npy', npyBytes(new Float32Array(0), [many, wide]));
    const { size } = await stat(path);
    await truncate(path, size + 4 * many * wide);
    const last = Buffer.from(Float32Array.from({ length: wide }, (_, j) => j).buffer);
    const handle = await open(path, 'r+');
    await handle.write(last, 0, last.length, size + 4 * wide * (many - 1));
    await handle.close();
    const labels = await files.write(
      'large-y.npy',
      npyBytes(
        Float64Array.from({ length: many }, (_, i) => i % 7),
        [many],
      ),
    );
    const [out, limit] = [files.path('large.model'), 300e6];
    const main = new URL('../dist/cli/main.js', import.meta.url).href;
    const argv = [
      'train',
      path,
      '--labels',
      labels,
      '--loss',
      'squared',
      '--l2',
      '1',
      '--out-of-core',
      '--memory-limit',
      String(limit),
    ];
    const script = `process.argv = [process.execPath, 'planesearch', ...${JSON.stringify([...argv, '--out', out, '--quiet', '--json'])}];
      process.on('exit', () => process.stderr.write('peak ' + 1024 * process.resourceUsage().maxRSS));
      await import(${JSON.stringify(main)});`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(child.status, child.stderr).toBe(0);
    const peak = Number(/peak (\d+)/.exec(child.stderr)?.[1]);
    expect(4 * many * wide).toBeGreaterThan(limit);
    expect(peak).toBeLessThan(limit);
  }, 120_000);
});
