/** A predictor answers what the model answers, row by row and in batches, without new memory. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { codings } from '../../lib/losses/coding.js';
import { lossByName } from '../../lib/losses/index.js';
import { Model } from '../../lib/io/model.js';
import { linear, mlp, type Network } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { expectError } from '../data/files.js';
import { backends } from '../support/backends.js';
import { networkCases, normals } from '../support/problems.js';

const classes = ['a', 'b', 'c'];

function modelOf(network: Network, columns: number, outputs: number, loss = 'squared'): Model {
  const architecture = network.architecture(columns, outputs);
  const parameters = normals(createRandom(columns), programOf(architecture).layout.size).map((p) => 0.3 * p);
  const { codings: possible, parameters: shape } = lossByName(loss);
  const coding = possible.find((name) => outputs === 1 || name !== 'two-classes')!;
  const named =
    codings[coding].classes === codings.numbers.classes ? {} : { classes: classes.slice(0, Math.max(2, outputs)) };
  return new Model({
    network: network.name,
    architecture,
    task: { loss, parameters: shape, coding, outputs, ...named },
    parameters,
  });
}

const random = createRandom(9);
const rows = 7;
const numbers = (columns: number): Float64Array =>
  Float64Array.from({ length: rows * columns }, (_, e) => (e % 3 ? random.normal() : 0));

describe.each(backends.map((backend) => [backend.name, backend] as const))('on the %s backend', (_, backend) => {
  it.each(networkCases)('the network $label, rows alone and together', async ({ network }) => {
    for (const [columns, outputs] of [
      [3, 1],
      [20, 3],
    ] as const) {
      const model = modelOf(network, columns, outputs);
      const values = numbers(columns);
      const expected = await model.outputs({ values, rows, columns }, backend);
      const one = model.predictor({}, backend);
      const many = model.predictor({ rows }, backend);
      const together = many.outputs(values).slice(0, rows * outputs);
      for (let i = 0; i < rows; i++) {
        const row = one.outputs(values.slice(i * columns, (i + 1) * columns));
        for (let a = 0; a < outputs; a++) {
          expect(Math.abs(row[a]! - expected[i * outputs + a]!)).toBeLessThan(1e-12);
          expect(Math.abs(together[i * outputs + a]! - expected[i * outputs + a]!)).toBeLessThan(1e-12);
        }
      }
    }
  });

  it('in float32, to its rounding', async () => {
    const columns = 37;
    for (const network of [linear(), mlp({ hidden: [5] })]) {
      const model = modelOf(network, columns, 3);
      const values = numbers(columns);
      const expected = await model.outputs({ values, rows, columns }, backend);
      const found = model.predictor({ precision: 'float32', rows }, backend).outputs(Float32Array.from(values));
      let worst = 0;
      expected.forEach((output, e) => (worst = Math.max(worst, Math.abs(output - found[e]!))));
      expect(worst).toBeGreaterThan(0);
      expect(worst).toBeLessThan(1e-5);
    }
  });

  it.each([
    ['logistic', 1],
    ['logistic', 3],
    ['softmax', 3],
    ['squared-hinge', 1],
    ['poisson', 1],
    ['poisson', 2],
    ['squared', 2],
  ] as const)('labels and probabilities of %s with %i outputs', async (loss, outputs) => {
    const columns = 4;
    const model = modelOf(mlp({ hidden: [5] }), columns, outputs, loss);
    const values = numbers(columns);
    const labels = await model.predict({ values, rows, columns }, backend);
    const predictor = model.predictor({ rows }, backend);
    for (let i = 0; i < rows; i++)
      expect(predictor.predict(values.subarray(i * columns, (i + 1) * columns))).toEqual(labels[i]);
    if (model.loss.inverseLink === undefined || loss === 'poisson') {
      await expectError(() => predictor.probabilities(values), 'INCOMPATIBLE', loss);
      return;
    }
    const raw = await model.outputs({ values, rows, columns }, backend);
    const p = predictor.probabilities(values);
    const width = outputs === 1 ? 2 : outputs;
    for (let i = 0; i < rows; i++) {
      const row = p.subarray(i * width, (i + 1) * width);
      if (loss === 'softmax' || outputs === 1)
        expect(Math.abs(row.reduce((sum, one) => sum + one, 0) - 1)).toBeLessThan(1e-14);
      // The log-odds of a probability are the output; of two classes those of softmax are its difference.
      const odds = loss === 'softmax' ? Math.log(row[1]! / row[0]!) : Math.log(row.at(-1)! / (1 - row.at(-1)!));
      const output = loss === 'softmax' ? raw[i * 3 + 1]! - raw[i * 3]! : raw[(i + 1) * outputs - 1]!;
      expect(Math.abs(odds - output)).toBeLessThan(1e-12);
    }
  });

  it('answers in one and the same memory', () => {
    const predictor = modelOf(mlp({ hidden: [40] }), 30, 20, 'softmax').predictor({}, backend);
    const row = numbers(30).slice(0, 30);
    const [outputs, probabilities] = [predictor.outputs(row), predictor.probabilities(row)];
    const before = process.memoryUsage().arrayBuffers;
    for (let k = 0; k < 2000; k++) {
      expect(predictor.outputs(row) === outputs && predictor.probabilities(row) === probabilities).toBe(true);
    }
    // An array of the hidden units a call would be 1.3 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
  });
});

describe('refused are', () => {
  const predictor = modelOf(linear(), 3, 2).predictor({ rows: 2 });
  it.each([
    ['a list', () => predictor.outputs([1, 2, 3] as never), 'INVALID_ARGUMENT', 'Float64Array'],
    ['the other precision', () => predictor.outputs(new Float32Array(3)), 'INVALID_ARGUMENT', 'float64'],
    ['a part of a row', () => predictor.outputs(new Float64Array(4)), 'DIMENSION_MISMATCH', 'from 1 to 2 rows of 3 numbers'],
    ['too many rows', () => predictor.outputs(new Float64Array(9)), 'DIMENSION_MISMATCH', 'from 1 to 2 rows'],
    ['no row', () => predictor.outputs(new Float64Array(0)), 'DIMENSION_MISMATCH', 'from 1 to 2 rows'],
    ['two rows where one label is asked for', () => predictor.predict(new Float64Array(6)), 'DIMENSION_MISMATCH', 'A row'],
    ['NaN', () => predictor.outputs(Float64Array.of(1, 2, 3, 4, Number.NaN, 6)), 'INVALID_DATA', 'row 1, column 1'],
    ['Infinity', () => predictor.outputs(Float64Array.of(1, -Infinity, 3)), 'INVALID_DATA', 'row 0, column 1'],
    [
      'another precision',
      () => modelOf(linear(), 3, 2).predictor({ precision: 'half' as never }),
      'INVALID_OPTION',
      'float32',
    ],
    [
      'rows for which the event loop would wait',
      () => modelOf(mlp({ hidden: [5] }), 100, 9).predictor({ rows: 1e6 }),
      'INVALID_OPTION',
      'model.outputs',
    ],
    ['other options', () => modelOf(linear(), 3, 2).predictor({ batch: 2 } as never), 'INVALID_OPTION', 'batch'],
  ] as const)('%s', (_, action, code, part) => expectError(action, code, part));
});
