/** Dense rows cut into the chunks of one process: its bits on any number of ranks, whoever reads the rows. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npyHeader } from '../../lib/data/convert/npy-rows.js';
import { loadTable, type MatrixData } from '../../lib/data/index.js';
import { createRandom } from '../../lib/core/random.js';
import { train, type Training, type TrainingData, type TrainOptions } from '../../lib/train.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { onRanks } from './ranks.js';

const courseOf = ({ history, model, scores, validation }: Training) => ({
  objectives: history.map(({ objective }) => objective),
  parameters: model.spec.parameters,
  scores,
  validation,
});

function problem(rows: number, columns: number, single: boolean): TrainingData {
  const random = createRandom(7);
  const values = Float64Array.from({ length: rows * columns }, (_, e) => (e % columns) * 100 + random.normal());
  const y = Array.from({ length: rows }, (_, i) => {
    const x = values.subarray(i * columns, (i + 1) * columns);
    return x[0]! * x[0]! + x[1]! - 100 + random.normal() > 1 ? 'yes' : 'no';
  });
  const sampleWeights = Float64Array.from({ length: rows }, () => random.uniform());
  const x: MatrixData = { values: single ? Float32Array.from(values) : values, rows, columns };
  return { x, y, sampleWeights };
}

const runs: readonly { readonly rows: number; readonly columns: number; readonly options: TrainOptions }[] = [
  { rows: 4097, columns: 5, options: { direction: 'lbfgs' } },
  { rows: 20_001, columns: 9, options: { direction: 'lbfgs', network: 'mlp', hidden: [33] } },
  { rows: 9000, columns: 70, options: { direction: 'lbfgs', network: 'mlp', hidden: [120], steps: 'layerwise' } },
  { rows: 6000, columns: 40, options: { direction: 'adam', network: 'gated', hidden: [9], precision: 'float32' } },
  { rows: 5500, columns: 6, options: { direction: 'conjugate-gradient', loss: 'squared-hinge', validation: 0.2 } },
];

describe.skipIf(nativeAbsence !== null)('chunks over ranks', () => {
  it.each(runs)('$rows x $columns, $options', async ({ rows, columns, options }) => {
    const data = problem(rows, columns, options.precision === 'float32');
    const alone = courseOf(await train(data, { ...options, threads: 2, maxIterations: 6, sample: 'all' }));
    for (const [size, threads] of [
      [1, 2],
      [2, 1],
      [3, 2],
      [5, 1],
    ] as const) {
      const found = await onRanks({ size, threads }, ({ backend }) =>
        train(data, { ...options, backend, maxIterations: 6, sample: 'all' }),
      );
      expect(courseOf(found), `${size} ranks`).toEqual(alone);
    }
  });

  it('the chunks of one process add up to its product', () => {
    const { chunks } = nativeBackend(1);
    expect(chunks!(1, 3)).toEqual([0, 1]);
    expect(chunks!(4096, 3)).toEqual([0, 1024, 2048, 3072, 4096]);
    expect(chunks!(100_000, 784)).toHaveLength(17);
    // Few rows beside many columns: partial sums would be more than the data.
    expect(chunks!(5000, 20_000)).toEqual([0, 5000]);
  });
});

describe('one file for all ranks', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'planesearch-one-file-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const write = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, text);
    return file;
  };

  async function expectAsOne(file: string, reading = {}, options: TrainOptions = {}, exact = true): Promise<void> {
    const table = await loadTable(file, reading);
    const choice: TrainOptions = { direction: 'lbfgs', maxIterations: 5, seed: 1, ...options };
    const alone = await train({ x: table.data, y: table.target, schema: table.schema }, choice);
    for (const size of [1, 2, 3]) {
      await onRanks({ size, threads: 1 }, async (cluster) => {
        const { data, target, schema } = await cluster.load(file, reading);
        expect({ target, schema, rows: data.rows }).toEqual({
          target: table.target,
          schema: table.schema,
          rows: table.data.rows,
        });
        expect(data.ranks, file).toBeDefined();
        const over = await train({ x: data, y: target, schema }, { ...choice, backend: cluster.backend });
        if (exact && nativeAbsence === null) expect(courseOf(over)).toEqual(courseOf(alone));
        else expect(over.objective).toBeCloseTo(alone.objective, 8);
        const outputs = await over.model.outputs(data, cluster.backend);
        const expected = await over.model.outputs(table.data);
        expect(Math.max(...outputs.map((o, e) => Math.abs(o - expected[e]!)))).toBeLessThan(1e-9);
      });
    }
  }

  it('CSV with categories, quotes and line ends in quotes', async () => {
    const random = createRandom(3);
    const towns = ['Ulm', 'Aix', '"New\nYork"', '"Bad ""Ems"""', 'Oslo'];
    const line = (i: number): string => {
      const x = random.normal();
      // A category that no line near the beginning has.
      const town = i > 4000 && i % 50 === 0 ? 'Rome' : towns[Math.floor(random.uniform() * towns.length)]!;
      return `${x},${town},${random.normal()},${x + random.normal() > 0 ? 'yes' : 'no'}`;
    };
    const lines = Array.from({ length: 5000 }, (_, i) => line(i));
    await expectAsOne(await write('towns.csv', `x,town,z,bought\n${lines.join('\n')}\n`));
    await expectAsOne(await write('plain.csv', `${lines.slice(0, 300).join('\r\n')}`), { header: false }, {}, false);
  });

  it('LIBSVM, sparse and dense', async () => {
    const random = createRandom(4);
    const dense = Array.from({ length: 4500 }, () => {
      const x = [random.normal(), random.normal(), random.normal()];
      return `${x[0]! > x[1]! ? 1 : -1} ${x.map((value, j) => `${j + 1}:${value}`).join(' ')}`;
    });
    await expectAsOne(await write('dense.svm', `${dense.join('\n')}\n`));
    const sparse = Array.from({ length: 700 }, () => {
      const j = 1 + random.integer(90);
      return `${j > 45 ? 'high' : 'low'} ${j}:1 ${j + 1 + random.integer(9)}:${random.normal()}`;
    });
    await expectAsOne(await write('sparse.svm', sparse.join('\n')), {}, {}, false);
  });

  it('ranges of nothing but blank lines and comments', async () => {
    const random = createRandom(8);
    const line = (): string => {
      const x = random.normal();
      return `${x > 0 ? 1 : -1} 1:${x} 2:${random.normal()}`;
    };
    const lines = (count: number): string[] => Array.from({ length: count }, line);
    const remarks = Array.from({ length: 900 }, (_, i) => `# remark ${i} on nothing in particular`);
    await expectAsOne(
      await write('remarks.svm', [...remarks, ...lines(200), ...remarks, ...lines(100)].join('\n')),
      {},
      {},
      false,
    );
    const rows = Array.from(
      { length: 300 },
      () => `${random.normal()},${random.normal()},${random.uniform() > 0.5 ? 'a' : 'b'}`,
    );
    await expectAsOne(await write('blank.csv', `x,z,kind\n${rows.join('\n')}\n${'\n'.repeat(9000)}`), {}, {}, false);
    const nothing = await write('nothing.svm', remarks.join('\n'));
    const running = onRanks({ size: 2 }, (cluster) => cluster.load(nothing, { format: 'libsvm' }));
    await expect(running).rejects.toThrow(/nothing\.svm.* holds no data rows\.$/);
  });

  it('NPY, with a target column or a file of labels', async () => {
    const random = createRandom(6);
    const numbers = Float64Array.from({ length: 4200 * 4 }, () => random.normal());
    const npy = (name: string, values: Float64Array | Float32Array, shape: readonly number[]): Promise<string> => {
      const bytes = new Uint8Array(values.buffer);
      const file = path.join(folder, name);
      const header = npyHeader(values instanceof Float32Array ? '<f4' : '<f8', shape);
      return writeFile(file, Buffer.concat([header, bytes])).then(() => file);
    };
    const x = await npy('x.npy', Float32Array.from(numbers), [4200, 4]);
    const labels = await npy(
      'y.npy',
      Float64Array.from({ length: 4200 }, (_, i) => Number(numbers[4 * i]! > 0)),
      [4200],
    );
    await expectAsOne(x, { labels });
    await expectAsOne(await npy('both.npy', numbers, [4200, 4]), {}, { task: 'regression' });
  });

  it('row groups of Parquet, whose categories are joined', async () => {
    const file = path.resolve(import.meta.dirname, '..', 'data', 'cases', 'tables', 'mixed-groups.parquet');
    const table = await loadTable(file);
    await onRanks({ size: 2 }, async (cluster) => {
      const { data, target, schema } = await cluster.load(file);
      expect({ target, schema, names: data.columnNames }).toEqual({
        target: table.target,
        schema: table.schema,
        names: table.data.columnNames,
      });
      expect(data.ranks!.cuts.length).toBeGreaterThan(2);
      const over = await train({ x: data, y: target, schema }, { backend: cluster.backend });
      const alone = await train({ x: table.data, y: table.target, schema: table.schema });
      expect(over.objective).toBeCloseTo(alone.objective, 8);
    });
  });

  it('a bad line is told with the range that it is in', async () => {
    const lines = Array.from({ length: 400 }, (_, i) => `${i % 2} 1:${i} 2:${i % 7}`);
    lines[390] = '1 1:x';
    const file = await write('bad.svm', lines.join('\n'));
    const running = onRanks({ size: 2 }, (cluster) => cluster.load(file));
    await expect(running).rejects.toThrow(
      /^On rank 1: Line \d+ of '.*bad\.svm \(bytes \d+ to \d+\)' must have a finite value, but has '1:x'\.$/,
    );
  });
});
