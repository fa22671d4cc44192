/** The shared data sets have the shapes, label counts and target moments that their table says. */
import { describe, expect, it } from 'vitest';
import {
  chooseTask,
  checkDense,
  encodeTarget,
  imputations,
  loadTable,
  measureStandardization,
  readNamedColumns,
  type MatrixData,
  type RawTarget,
} from '../../lib/data/index.js';
import { train as trainModel } from '../../lib/train.js';
import { dataAbsent, dataFile, expectError } from './files.js';

const train = { needsTarget: true, storage: 'dense' } as const;
const ten = (count: number): Record<string, number> => Object.fromEntries(Array.from({ length: 10 }, (_, k) => [k, count]));

function counts(labels: RawTarget['values']): Record<string, number> {
  const result: Record<string, number> = {};
  for (const label of labels as Iterable<number | string>) result[label] = (result[label] ?? 0) + 1;
  return result;
}

function density(values: Float64Array | Float32Array): string {
  let nonZero = 0;
  for (const value of values) if (value !== 0) nonZero++;
  return `${((100 * nonZero) / values.length).toFixed(2)}%`;
}

describe.skipIf(dataAbsent())('LIBSVM files', () => {
  it.each([
    ['a9a', 32561, 123, '11.28%', { '-1': 24720, 1: 7841 }],
    ['a9a-test', 16281, 122, '11.36%', { '-1': 12435, 1: 3846 }],
    ['australian', 690, 14, '79.96%', { '-1': 383, 1: 307 }],
    ['german-numer-scale', 1000, 24, '95.84%', { '-1': 700, 1: 300 }],
    ['heart-scale', 270, 13, '96.24%', { '-1': 150, 1: 120 }],
    ['mushrooms', 8124, 112, '18.75%', { '-1': 4208, 1: 3916 }],
    ['phishing', 11055, 68, '44.12%', { '-1': 4898, 1: 6157 }],
    ['w8a', 49749, 300, '3.88%', { '-1': 48270, 1: 1479 }],
  ])('%s', async (name, rows, columns, nonZero, labels) => {
    const { data, target, schema } = await loadTable(dataFile(`${name}.svm.gz`), train);
    checkDense(data);
    expect({ rows: data.rows, columns: data.columns, density: density(data.values) }).toEqual({
      rows,
      columns,
      density: nonZero,
    });
    expect(counts(target!.values)).toEqual(labels);
    const task = chooseTask(target!, schema.format, 'auto');
    expect(task).toMatchObject({ loss: 'logistic', classes: [-1, 1] });
    expect(counts(encodeTarget(target!, task))).toEqual(labels);
  });

  it('a9a-test takes the columns of a9a', async () => {
    const schema = { format: 'libsvm', columns: 123, target: 'numbers' } as const;
    expect((await loadTable(dataFile('a9a-test.svm.gz'), { ...train, schema })).data.columns).toBe(123);
  });

  it('news20 is too large for a dense matrix', () =>
    expectError(
      () => loadTable(dataFile('news20.svm.gz'), train),
      'INVALID_DATA',
      'takes at least',
      '4.01 GiB as a dense matrix, but the limit is 4 GiB',
    ));

  it('news20 is sparse and has 20 classes', async () => {
    const { data, target } = await loadTable(dataFile('news20.svm.gz'));
    expect({ ...data, indptr: data.kind === 'csr' && data.indptr[15935], indices: null, values: null }).toEqual({
      kind: 'csr',
      rows: 15935,
      columns: 62061,
      indptr: 1272569,
      indices: null,
      values: null,
    });
    const task = chooseTask(target!, 'libsvm', 'auto');
    expect(task.loss).toBe('softmax');
    expect(task.classes).toEqual(Array.from({ length: 20 }, (_, k) => k + 1));
  });
});

describe.skipIf(dataAbsent())('CSV files', () => {
  it.each([
    ['breast-cancer-wisconsin', 683, 9, '100.00%', { 0: 444, 1: 239 }],
    ['ionosphere', 351, 34, '88.09%', { 0: 126, 1: 225 }],
    ['sonar', 208, 60, '99.93%', { 0: 97, 1: 111 }],
    ['spambase', 4601, 57, '22.59%', { 0: 2788, 1: 1813 }],
  ])('%s', async (name, rows, columns, nonZero, labels) => {
    const { data, target, schema } = await loadTable(dataFile(`${name}.csv.gz`), train);
    checkDense(data);
    expect({ rows: data.rows, columns: data.columns, density: density(data.values) }).toEqual({
      rows,
      columns,
      density: nonZero,
    });
    expect(counts(target!.values)).toEqual(labels);
    expect(chooseTask(target!, schema.format, 'auto')).toMatchObject({ loss: 'logistic', classes: [0, 1] });
  });

  it.each([
    ['boston-housing', 506, 13, '87.18%', 22.53, 9.188],
    ['california-housing', 20640, 8, '100.00%', 2.069, 1.154],
    ['uci-pol', 15000, 26, '100.00%', 0.0003213, 41.72],
    ['uci-protein', 45730, 9, '100.00%', -2.837e-7, 0.773],
    ['wine-quality-red', 1599, 11, '99.25%', 5.636, 0.8073],
    ['wine-quality-white', 4898, 11, '99.96%', 5.878, 0.8855],
  ])('%s', async (name, rows, columns, nonZero, mean, deviation) => {
    const { data, target, schema } = await loadTable(dataFile(`${name}.csv.gz`), train);
    checkDense(data);
    expect({ rows: data.rows, columns: data.columns, density: density(data.values) }).toEqual({
      rows,
      columns,
      density: nonZero,
    });
    expect(chooseTask(target!, schema.format, 'auto')).toMatchObject({ loss: 'squared' });
    const measured = measureStandardization({ values: target!.values as Float64Array, rows, columns: 1 });
    expect(Number(measured.mean[0]!.toPrecision(4))).toBe(mean);
    // The table has four digits, of the sample or the population deviation.
    expect(Math.abs(measured.scale[0]! / deviation - 1)).toBeLessThan(2e-3);
  });
});

describe.skipIf(dataAbsent())('IDX files', () => {
  const mnistTrain = { 0: 5923, 1: 6742, 2: 5958, 3: 6131, 4: 5842, 5: 5421, 6: 5918, 7: 6265, 8: 5851, 9: 5949 };
  const mnistTest = { 0: 980, 1: 1135, 2: 1032, 3: 1010, 4: 982, 5: 892, 6: 958, 7: 1028, 8: 974, 9: 1009 };
  it.each([
    ['fashion-mnist-train', 60000, '49.79%', ten(6000)],
    ['fashion-mnist-t10k', 10000, '50.01%', ten(1000)],
    ['mnist-train', 60000, '19.12%', mnistTrain],
    ['mnist-t10k', 10000, '19.28%', mnistTest],
  ])('%s', async (name, rows, nonZero, labels) => {
    const { data, target, schema } = await loadTable(dataFile(`${name}-images-idx3-ubyte.gz`), {
      ...train,
      labels: dataFile(`${name}-labels-idx1-ubyte.gz`),
    });
    expect({ rows: data.rows, columns: data.columns, density: density(data.values) }).toEqual({
      rows,
      columns: 784,
      density: nonZero,
    });
    expect((data.values as Float64Array).reduce((largest, value) => Math.max(largest, value), 0)).toBe(1);
    expect(counts(target!.values)).toEqual(labels);
    expect(schema).toEqual({ format: 'idx', columns: 784, divisor: 255, shape: [28, 28] });
    expect(chooseTask(target!, schema.format, 'auto')).toMatchObject({
      loss: 'softmax',
      classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    });
  });

  it('images with the labels of another file are refused', () =>
    expectError(
      () =>
        loadTable(dataFile('mnist-t10k-images-idx3-ubyte.gz'), {
          ...train,
          labels: dataFile('mnist-train-labels-idx1-ubyte.gz'),
        }),
      'INVALID_DATA',
      '60000 labels came with 10000 rows',
    ));
});

describe.skipIf(dataAbsent())('CSV files with holes', () => {
  it('wine-quality-white with every tenth cell missing is fit nearly as well, by any imputation', async () => {
    const names = Array.from({ length: 11 }, (_, k) => `column ${k}`);
    const whole = await loadTable(dataFile('wine-quality-white.csv.gz'), train);
    const { values, rows, columns } = whole.data;
    const holes = names.map((_, k) =>
      Array.from({ length: rows }, (_, i) => (((i * columns + k) * 7919) % 10 === 0 ? null : values[i * columns + k]!)),
    );
    const table = { path: 'holes', names: [...names, 'y'], columns: [...holes, whole.target!.values as Float64Array], rows };
    const r2Of = async (x: MatrixData): Promise<number> => {
      const { scores } = await trainModel({ x, y: whole.target! }, { backend: 'javascript' });
      return scores.r2!;
    };
    const best = await r2Of(whole.data);
    for (const impute of imputations) {
      const { data, incompleteRows } = await readNamedColumns(table, { impute, needsTarget: true, storage: 'dense' });
      expect(incompleteRows).toEqual([]);
      expect(data.columns).toBe(impute === 'indicator' ? 22 : 11);
      for (let k = 0; k < 11; k++) {
        const present = holes[k]!.filter((cell) => cell !== null);
        const mean = present.reduce((sum, cell) => sum + cell, 0) / present.length;
        const at = holes[k]!.indexOf(null) * data.columns + (impute === 'indicator' ? 2 * k : k);
        if (impute === 'mean' || impute === 'indicator') expect(data.values![at]! / mean).toBeCloseTo(1, 12);
      }
      const r2 = await r2Of(data);
      expect(best - r2).toBeLessThan(0.06);
      expect(r2).toBeGreaterThan(0.2);
    }
  });
});
