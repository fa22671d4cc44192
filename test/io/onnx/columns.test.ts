/** Tables as they are in onnxruntime: an input for every column, and the predictions that the model makes of the same rows. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../lib/core/random.js';
import { loadTable, tableFrom, type TableOptions, type TableRow } from '../../../lib/data/index.js';
import { toOnnx } from '../../../lib/io/onnx/export.js';
import type { Model } from '../../../lib/io/model.js';
import { train, type TrainOptions } from '../../../lib/train.js';
import { dataAbsent, dataFile, expectError } from '../../data/files.js';
import { exported, testWithChecker } from './session.js';

const fits = { float32: 1e-5, float64: 1e-10 } as const;
const DAY = 86_400_000;

const random = createRandom(5);
const cities = ['Oslo', 'Lima', 'Kiel', 'Bonn'];
const rows: TableRow[] = Array.from({ length: 200 }, (_, i) => {
  const [age, city] = [20 + random.integer(50), random.integer(40) === 0 ? 'Rome' : cities[random.integer(4)]!];
  return {
    age: random.uniform() < 0.1 ? null : age,
    city: random.uniform() < 0.1 ? '' : city,
    member: random.uniform() < 0.5,
    since: new Date(DAY * (18000 + random.integer(1000))),
    label: random.normal(),
    outcome: age / 10 + city.length + (i % 3) > 10 ? 'stays' : 'goes',
  };
});

/** What stands in the inputs of a file, as a caller would put it there. */
function feeds(model: Model, given: readonly TableRow[], precision: 'float32' | 'float64'): Record<string, Tensor> {
  const { schema } = model.spec;
  if (schema?.format !== 'table' && schema?.format !== 'csv') throw new Error('a table is needed');
  const number = (cell: unknown): number =>
    cell === null || cell === '' ? NaN : cell instanceof Date ? cell.getTime() / DAY : Number(cell);
  return Object.fromEntries(
    schema.features.map(({ name, kind }) => {
      const cells = given.map((row) => row[name]);
      const shape = [given.length, 1];
      const input = name === 'label' ? 'label (column)' : name;
      if (kind === 'categorical')
        return [
          input,
          new Tensor(
            'string',
            cells.map((cell) => String(cell ?? '')),
            shape,
          ),
        ];
      const numbers = cells.map(number);
      if (precision === 'float64') return [input, new Tensor('float64', Float64Array.from(numbers), shape)];
      return [input, new Tensor('float32', Float32Array.from(numbers), shape)];
    }),
  );
}

async function compare(model: Model, given: readonly TableRow[], precision: 'float32' | 'float64'): Promise<void> {
  const bytes = exported(model, { precision, inputs: 'columns' });
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const outputs = await session.run(feeds(model, given, precision));
  const expected = await model.outputs(given);
  const found = (outputs['scores'] ?? outputs['prediction'])!.data as Float32Array | Float64Array;
  expect(found.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, e) => Math.abs(value - found[e]!)));
  expect(worst / scale).toBeLessThan(fits[precision]);
  if (outputs['label'] && precision === 'float64')
    expect([...outputs['label'].data].map(String)).toEqual((await model.predict(given)).map(String));
}

async function fitted(options: TableOptions = {}, training: TrainOptions = {}): Promise<Model> {
  const { data, target, schema } = await tableFrom(rows, { target: 'outcome', ...options, needsTarget: true });
  return (await train({ x: data, y: target, schema }, { l2: 1e-3, maxIterations: 30, ...training })).model;
}

describe.each(['float32', 'float64'] as const)('in %s', (precision) => {
  it.each([
    ['mean', {}],
    ['median', { rareLevels: 10 }],
    ['most-frequent', {}],
    ['indicator', { rareLevels: 10 }],
  ] as const)('missing cells by %s are what they are in training', async (impute, options) => {
    const model = await fitted({ impute, ...options });
    // Cells that training has not seen: an unknown category, a mark of a missing value.
    const others = ['Paris', 'NA', 'n/a', '#Value!'].map((city) => ({ ...rows[1]!, age: null, city }));
    // Days of a date keep a thousandth in float32.
    const given = [...rows, ...others].map((row) => (precision === 'float32' ? { ...row, label: 0.5 } : row));
    await compare(model, given, precision);
  });

  it('a network takes the columns too', () =>
    fitted({ impute: 'indicator' }, { network: 'mlp', hidden: [5] }).then((model) =>
      compare(
        model,
        rows.map((row) => ({ ...row, label: 0.25 })),
        precision,
      ),
    ));
});

it('numbers that are marks of missing values are missing', async () => {
  const marked = rows.map((row) => ({ ...row, age: row.age ?? -99, city: row.city || 'none' }));
  const missing = ['-99', 'none'];
  const { data, target, schema } = await tableFrom(marked, { target: 'outcome', impute: 'mean', missing });
  const { model } = await train({ x: data, y: target, schema }, { l2: 1e-3, maxIterations: 20 });
  await compare(model, marked, 'float64');
});

it('a missing number that training refused makes NaN, and names of outputs stay theirs', async () => {
  const complete = rows.map((row) => ({ ...row, age: row.age ?? 30, city: row.city || 'Oslo' }));
  const { data, target, schema } = await tableFrom(complete, { target: 'outcome' });
  const { model } = await train({ x: data, y: target, schema }, { l2: 1e-3, maxIterations: 20 });
  await compare(model, complete, 'float64');
  const session = await InferenceSession.create(exported(model, { precision: 'float64', inputs: 'columns' }));
  expect(session.inputNames).toEqual(['age', 'city', 'member', 'since', 'label (column)']);
  const { scores } = await session.run(feeds(model, [{ ...complete[0], age: null }], 'float64'));
  expect([...(scores!.data as Float64Array)]).toEqual([NaN]);
});

it('a column may have the name of any value of the graph', async () => {
  const odd = rows.map((row, i) => ({
    tracked: Number(row.label),
    'output.weight': i % 7,
    zero: i % 2 ? 'index' : 'classes',
    y: row.outcome,
  }));
  const { data, target, schema } = await tableFrom(odd);
  const { model } = await train({ x: data, y: target, schema }, { l2: 1e-3, maxIterations: 20 });
  await compare(model, odd, 'float64');
});

it('texts come as the vectorizer makes them', async () => {
  const texts = rows.map((row, i) => ({
    age: Number(row.age ?? 30),
    note: `${row.city} and ${i % 5} more`,
    outcome: row.outcome,
  }));
  const vectorizer = { features: 64 };
  const { data, target, schema } = await tableFrom(texts, { columns: { note: 'text' }, vectorizer });
  const { model } = await train({ x: data, y: target, schema }, { l2: 1e-3, maxIterations: 20 });
  const session = await InferenceSession.create(exported(model, { precision: 'float64', inputs: 'columns' }));
  const x = (await tableFrom(texts, { schema, needsTarget: false, columns: {} })).data;
  expect(x.columns).toBe(65);
  const dense = new Float64Array(x.rows * 65);
  if (!('indptr' in x)) throw new Error('sparse is expected');
  for (let i = 0; i < x.rows; i++)
    for (let e = x.indptr[i]!; e < x.indptr[i + 1]!; e++) dense[65 * i + x.indices[e]!] = x.values?.[e] ?? 1;
  const part = (from: number, to: number): Tensor =>
    new Tensor(
      'float64',
      Float64Array.from(
        { length: x.rows * (to - from) },
        (_, k) => dense[65 * Math.floor(k / (to - from)) + from + (k % (to - from))]!,
      ),
      [x.rows, to - from],
    );
  const { scores } = await session.run({ age: part(0, 1), note: part(1, 65) });
  const expected = await model.outputs(texts);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - (scores!.data as Float64Array)[i]!)))).toBeLessThan(1e-10);
});

it('refuses a model without columns, and marks without what stands for them', async () => {
  const x = { values: Float64Array.of(1, 2, 3, 4), rows: 4, columns: 1 };
  const { model } = await train({ x, y: [1, 2, 3, 4] }, { maxIterations: 2 });
  await expectError(() => toOnnx(model, { inputs: 'columns' }), 'INCOMPATIBLE', 'schema of a table', 'no schema');
  await expectError(() => toOnnx(model, { inputs: 'rows' as never }), 'INVALID_OPTION', 'matrix, columns');
  const complete = rows.map((row) => ({ ...row, age: row.age ?? 30, city: row.city || 'Oslo' }));
  const { data, target, schema } = await tableFrom(complete, { target: 'outcome', missing: ['-99'] });
  const marked = await train({ x: data, y: target, schema }, { l2: 1e-3, maxIterations: 2 });
  await expectError(
    () => toOnnx(marked.model, { inputs: 'columns' }),
    'INCOMPATIBLE',
    '-99 is missing',
    "'age'",
    '--impute',
  );
});

describe.skipIf(dataAbsent())('real data', () => {
  it.each(['float32', 'float64'] as const)('spambase, 57 columns of numbers, in %s', async (precision) => {
    const { data, target, schema } = await loadTable(dataFile('spambase.csv.gz'));
    const { model } = await train({ x: data, y: target, schema }, { maxIterations: 30 });
    const { values } = data as { values: Float64Array };
    const names = (schema as { features: readonly { name: string }[] }).features.map(({ name }) => name);
    const given = Array.from({ length: 300 }, (_, i) =>
      Object.fromEntries(
        names.map((name, j) => [name, precision === 'float32' ? Math.fround(values[57 * i + j]!) : values[57 * i + j]!]),
      ),
    );
    await compare(model, given, precision);
  });
});

testWithChecker();
