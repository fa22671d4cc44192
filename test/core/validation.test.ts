/** Rows held out: their loss is that of the formula and of the model, they change nothing of a run, and early stopping returns its best point. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { createRandom } from '../../lib/core/random.js';
import type { TrainerState } from '../../lib/core/trainer.js';
import { Validation } from '../../lib/core/validation.js';
import { loadTable, stratifiedRows, takeRows, takeTarget, type DenseData, type MatrixData } from '../../lib/data/index.js';
import { losses } from '../../lib/losses/index.js';
import { linear } from '../../lib/networks/index.js';
import { train, type TrainOptions, type Training, type TrainingData } from '../../lib/train.js';
import { dataAbsent, dataFile } from '../data/files.js';
import { backends } from '../support/backends.js';
import { sparseOf } from '../support/sparse.js';

const COLUMNS = 4;

/** Columns in different units; a curved function of them with noise. */
function drawn(rows: number, seed: number): { x: DenseData; y: number[] } {
  const random = createRandom(seed);
  const values = Float64Array.from(
    { length: rows * COLUMNS },
    (_, e) => 30 * (e % COLUMNS) + 10 ** ((e % COLUMNS) - 1) * random.normal(),
  );
  const y = Array.from({ length: rows }, (_, i) => {
    const row = Array.from({ length: COLUMNS }, (_, j) => (values[i * COLUMNS + j]! - 30 * j) / 10 ** (j - 1));
    return row[0]! - 2 * row[1]! + row[2]! * row[3]! + random.normal();
  });
  return { x: { values, rows, columns: COLUMNS }, y };
}

const given = drawn(120, 1);
const other = drawn(60, 2);
const wordsOf = (y: readonly number[]): string[] => y.map((s) => (s > 1 ? 'high' : s < -1 ? 'low' : 'middle'));
const bits = ({ model, objective, history }: Training): unknown => ({
  parameters: model.spec.parameters,
  objective,
  history: history.map(({ seconds: _, ...record }) => record),
});
const lossesOf = ({ history }: Pick<Training, 'history'>): number[] => history.map(({ validation }) => validation!.loss);

describe.each(backends)('on the $name backend', ({ name: backend }: Backend) => {
  const net: TrainOptions = { network: 'mlp', hidden: [8], backend, maxIterations: 40 };

  it.each<[string, TrainingData, TrainingData, TrainOptions]>([
    ['numbers', given, other, {}],
    ['numbers, a network', given, other, net],
    ['classes', { x: given.x, y: wordsOf(given.y) }, { x: other.x, y: wordsOf(other.y) }, net],
    [
      'counts with offsets',
      { x: given.x, y: given.y.map(Math.abs), offsets: new Float64Array(120).fill(0.3) },
      { x: other.x, y: other.y.map(Math.abs), offsets: Float64Array.from({ length: 60 }, (_, i) => i / 60) },
      { loss: 'poisson' },
    ],
    [
      'several targets',
      { x: given.x, y: given.y.map((s) => [s, s * s]) },
      { x: other.x, y: other.y.map((s) => [s, s * s]) },
      net,
    ],
  ])('%s: the scores are those that the model evaluates', async (_, data, validation, options) => {
    const training = await train(data, { backend, ...options, validation });
    const { x, y, offsets } = validation;
    const { rows, ...scores } = training.validation!;
    const expected = await training.model.evaluate(x, y, undefined, offsets);
    expect(rows).toBe(60);
    expect(Object.keys(scores)).toEqual(Object.keys(expected));
    expect(scores.loss).toBeCloseTo(expected.loss, 10);
    expect(scores.accuracy ?? scores.r2).toBeCloseTo((expected.accuracy ?? expected.r2)!, 10);
    const last = training.history.at(-1)!;
    expect(last.validation!.loss).toBe(scores.loss);
    expect(last.loss).toBeCloseTo(training.scores.loss, 10);
  });

  it('of the training rows themselves it is the loss of the training, in every record', async () => {
    const { history } = await train(given, { ...net, validation: { x: given.x, y: given.y } });
    for (const { loss, validation } of history) expect(validation!.loss).toBeCloseTo(loss!, 9);
  });

  it('changes nothing of the run, and costs no product with X', async () => {
    const alone = await train(given, net);
    const watched = await train(given, { ...net, validation: other });
    const { history } = watched;
    expect(bits({ ...watched, history: history.map(({ loss: _, validation: __, ...record }) => record) })).toEqual(
      bits(alone),
    );
    expect(watched.products).toEqual(alone.products);
    expect(alone.validation).toBeNull();
    for (const record of history) expect(Object.isFrozen(record.validation)).toBe(true);
  });

  it('sparse rows score as the same rows with their zeros', async () => {
    const sparse = (x: DenseData): MatrixData => sparseOf(x.values as Float64Array, x.rows, x.columns);
    const dense = await train(given, { ...net, maxIterations: 3, validation: other });
    const kept = await train(
      { x: sparse(given.x), y: given.y },
      { ...net, maxIterations: 3, validation: { x: sparse(other.x), y: other.y } },
    );
    lossesOf(dense).forEach((loss, k) => expect(lossesOf(kept)[k]!).toBeCloseTo(loss, 6));
  });

  it('early stopping returns the point with the best validation', async () => {
    const options: TrainOptions = { ...net, hidden: [30], l2: 0, maxIterations: 400, validation: other };
    const training = await train(given, { ...options, earlyStopping: { patience: 12 } });
    const seen = lossesOf(training);
    const best = seen.indexOf(Math.min(...seen));
    expect(training.stop).toMatchObject({ reason: 'validation', converged: false });
    expect(training.stop.detail).toContain(`iteration ${best} `);
    expect(training.iterations).toBe(best + 12);
    const { loss } = await training.model.evaluate(other.x, other.y);
    expect(loss).toBeCloseTo(seen[best]!, 10);
    expect(training.validation!.loss).toBe(seen[best]);
    expect(training.objective).toBe(training.history[best]!.objective);
    // Up to there it is the run that goes on to the end, which fits the other rows worse.
    const whole = await train(given, options);
    expect(lossesOf(whole).slice(0, seen.length)).toEqual(seen);
    expect(whole.validation!.loss).toBeGreaterThan(loss);
    expect(whole.objective).toBeLessThan(training.objective);
  });

  it('refuses the state of a run with other rows held out, and takes one without any', async () => {
    const options: TrainOptions = { ...net, maxIterations: 12 };
    const stateOf = async (held: Pick<TrainOptions, 'validation'>): Promise<TrainerState> => {
      const states: TrainerState[] = [];
      const callbacks = [
        async (_: IterationRecord, run: { state(): Promise<TrainerState> }) => void states.push(await run.state()),
      ];
      await train(given, { ...options, ...held, maxIterations: 2, callbacks });
      return states.at(-1)!;
    };
    const state = await stateOf({ validation: other });
    const values = other.x.values.slice();
    values[17]! += 1;
    const changed = [
      { ...other, x: { ...other.x, values } },
      { ...other, y: other.y.map((y, i) => (i === 5 ? y + 1 : y)) },
      { ...other, sampleWeights: Float64Array.from(other.y, (_, i) => 1 + i) },
      drawn(59, 2),
    ];
    for (const validation of changed) {
      const resumed = train(given, { ...options, validation, start: { state } });
      await expect(resumed).rejects.toMatchObject({ code: 'INCOMPATIBLE' });
      await expect(resumed).rejects.toThrow(
        /its validation data differs: 60 rows, \w+ where this run has (60|59) rows, \w+\.$/,
      );
    }
    const same = { ...other, x: { ...other.x, values: other.x.values.slice() } };
    const rest = await train(given, { ...options, validation: same, start: { state } });
    expect(rest.model.spec.parameters).toEqual(
      (await train(given, { ...options, validation: other })).model.spec.parameters,
    );
    for (const [before, after] of [
      [{}, { validation: other }],
      [{ validation: other }, {}],
    ] as const) {
      const on = await train(given, { ...options, ...after, start: { state: await stateOf(before) } });
      expect(on.model.spec.parameters).toEqual(rest.model.spec.parameters);
    }
  });

  it('goes on from any state with the same bits', async () => {
    const options: TrainOptions = { ...net, hidden: [30], l2: 0, validation: other, earlyStopping: { patience: 6 } };
    const states: TrainerState[] = [];
    const callbacks = [
      async (_: IterationRecord, run: { state(): Promise<TrainerState> }) => void states.push(await run.state()),
    ];
    const whole = await train(given, { ...options, callbacks });
    expect(whole.stop.reason).toBe('validation');
    for (const state of states) {
      const rest = await train(given, { ...options, start: { state: structuredClone(state) } });
      expect(bits(rest)).toEqual(bits(whole));
      expect(rest.stop).toEqual(whole.stop);
    }
  });

  it('turned on in mid-run it counts from there', async () => {
    const options: TrainOptions = { ...net, hidden: [30], l2: 0, validation: other };
    const states: TrainerState[] = [];
    await train(given, {
      ...options,
      maxIterations: 30,
      callbacks: [async (_, run) => void states.push(await run.state())],
    });
    const rest = await train(given, {
      ...options,
      maxIterations: 100,
      earlyStopping: { patience: 3 },
      start: { state: states[20]! },
    });
    const later = lossesOf(rest).slice(21);
    expect(rest.validation!.loss).toBe(Math.min(...later));
  });

  it('an abort ends soon, with the best point so far', async () => {
    const abort = new AbortController();
    const training = await train(given, {
      ...net,
      validation: other,
      earlyStopping: true,
      signal: abort.signal,
      callbacks: [({ iteration }) => (iteration === 5 ? abort.abort() : undefined)],
    });
    expect(training.stop.reason).toBe('aborted');
    expect(training.validation!.loss).toBe(Math.min(...lossesOf(training)));
  });

  it('a measure that is cancelled rejects, and the next one is right', async () => {
    const matrix = await backends.find(({ name }) => name === backend)!.matrix({ ...given.x, kind: 'dense' });
    const y = Float64Array.from(given.y);
    const task = { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 1 } as const;
    const architecture = linear().architecture(COLUMNS, 1);
    const spec = { matrix, architecture, task, loss: losses.squared(), targets: y };
    const validation = new Validation(spec, backends.find(({ name }) => name === backend)!);
    const parameters = new Float64Array(COLUMNS + 1);
    const running = validation.measure(parameters);
    validation.cancel();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    const { loss } = await validation.measure(parameters);
    expect(loss).toBeCloseTo(y.reduce((sum, value) => sum + value ** 2 / 2, 0) / y.length, 10);
    validation.dispose();
  });
});

it('a run on a growing sample: only points that all rows have accepted can be the best', async () => {
  const options: TrainOptions = { network: 'mlp', hidden: [8], sample: 30, maxIterations: 60, validation: other };
  const { history, validation, stop } = await train(given, { ...options, earlyStopping: { patience: 8 } });
  expect(history[0]!.rows).toBeLessThan(120);
  const whole = history.filter(({ rows }) => rows === 120).map((record) => record.validation!.loss);
  expect(whole.length, stop.detail).toBeGreaterThan(0);
  expect(validation!.loss).toBe(Math.min(...whole));
});

const common: TrainOptions = { backend: 'javascript' };

it('sample weights weigh the loss: a weight of 2 is the row twice', async () => {
  const { values, rows, columns } = other.x;
  const twice = { values: Float64Array.of(...values, ...values.subarray(0, columns)), rows: rows + 1, columns };
  const weights = new Float64Array(rows).fill(1);
  weights[0] = 2;
  const weighed = await train(given, { ...common, validation: { ...other, sampleWeights: weights } });
  const repeated = await train(given, { ...common, validation: { x: twice, y: [...other.y, other.y[0]!] } });
  expect(weighed.validation!.loss).toBeCloseTo(repeated.validation!.loss, 10);
});

describe('a share', () => {
  const words = wordsOf(given.y);

  it('is the same as splitting by hand', async () => {
    const { train: kept, test } = stratifiedRows(120, words, 0.25, 3);
    const part = (rows: Uint32Array): TrainingData => ({
      x: takeRows(given.x, rows),
      y: Array.from(rows, (row) => words[row]!),
    });
    const options: TrainOptions = { ...common, seed: 3 };
    const shared = await train({ x: given.x, y: words }, { ...options, validation: 0.25 });
    expect(bits(shared)).toEqual(bits(await train(part(kept), { ...options, validation: part(test) })));
    expect(shared).toMatchObject({ rows: 90, validation: { rows: 30 }, l2: 1 / 90 });
  });

  it('splits weights and offsets with their rows', async () => {
    const random = createRandom(5);
    const sampleWeights = Float64Array.from({ length: 120 }, () => random.uniform());
    const offsets = Float64Array.from({ length: 120 }, () => random.normal());
    const { train: kept, test } = stratifiedRows(120, given.y, 0.25, 0);
    const take = (values: ArrayLike<number>, rows: Uint32Array): Float64Array =>
      Float64Array.from(rows, (row) => values[row]!);
    const part = (rows: Uint32Array): TrainingData => ({
      x: takeRows(given.x, rows),
      y: take(given.y, rows),
      sampleWeights: take(sampleWeights, rows),
      offsets: take(offsets, rows),
    });
    const shared = await train({ ...given, sampleWeights, offsets }, { ...common, validation: 0.25 });
    expect(bits(shared)).toEqual(bits(await train(part(kept), { ...common, validation: part(test) })));
  });

  it('is a tenth with early stopping when nothing else is said', async () => {
    const { rows, validation } = await train(given, { ...common, earlyStopping: true });
    expect([rows, validation!.rows]).toEqual([108, 12]);
  });

  it('what comes in may change as soon as train has returned its promise', async () => {
    const expected = await train(given, { ...common, validation: other, earlyStopping: true });
    const mine = structuredClone({ given, other });
    const running = train(mine.given, { ...common, validation: mine.other, earlyStopping: true });
    for (const { x, y } of [mine.given, mine.other]) {
      x.values.fill(NaN);
      y.fill(NaN);
    }
    expect(bits(await running)).toEqual(bits(expected));
  });
});

describe('refusals', () => {
  const words = wordsOf(given.y);
  it.each<[string, TrainingData, TrainOptions]>([
    ['validation must be a share above 0 and below 1, or data { x, y }, but 1 was given.', given, { validation: 1 }],
    ["or data { x, y }, but 'v.csv' was given.", given, { validation: 'v.csv' as never }],
    ['at least one of 120 rows on either side', given, { validation: 0.001 }],
    [
      'must be 4 columns wide, as x, but 3',
      given,
      { validation: { x: { values: new Float64Array(6), rows: 2, columns: 3 }, y: [1, 2] } },
    ],
    ['In the validation data: The target y must be of length 60', given, { validation: { x: other.x, y: [1] } }],
    [
      "In the validation data: The labels must be among the 3 classes 'high', 'low', 'middle', but there is 'none' in row 1",
      { x: given.x, y: words },
      { validation: { x: other.x, y: ['low', 'none', ...new Array<string>(58).fill('low')] } },
    ],
    ["no part of the validation data 'target'", given, { validation: { x: other.x, target: other.y } as never }],
    ["Did you mean 'validation'?", given, { validation_split: 0.2 } as never],
    ['earlyStopping must be true or false', given, { earlyStopping: 5 as never }],
    ['earlyStopping cannot monitor accuracy', given, { earlyStopping: { monitor: 'accuracy' } }],
    [
      'X at row 7, column 2 (from 0) must be a finite number',
      { ...given, x: { ...given.x, values: given.x.values.with(7 * COLUMNS + 2, NaN) } },
      { validation: 0.5 },
    ],
  ])('%s', async (sentence, data, options) => {
    await expect(train(data, { ...common, ...options })).rejects.toThrow(sentence);
  });
});

describe.skipIf(dataAbsent())('real data', () => {
  it.each([
    ['spambase.csv.gz', 'classification', 'accuracy'],
    ['wine-quality-red.csv.gz', 'regression', 'r2'],
  ] as const)(
    '%s: validation and test agree, and the end is no worse than that of the whole run',
    async (file, task, metric) => {
      const { data, target } = await loadTable(dataFile(file), { task });
      const rows = Uint32Array.from({ length: data.rows }, (_, row) => row);
      const part = (of: Uint32Array): TrainingData => ({ x: takeRows(data, of), y: takeTarget(target, of) });
      const [seen, test] = [part(rows.filter((row) => row % 5 !== 4)), part(rows.filter((row) => row % 5 === 4))];
      const options: TrainOptions = { task, network: 'mlp', hidden: [30], l2: 0, maxIterations: 250, validation: 0.1 };
      const stopped = await train(seen, { ...options, earlyStopping: true });
      const whole = await train(seen, { ...options });
      expect(stopped.stop.reason).toBe('validation');
      expect(stopped.iterations).toBeLessThan(whole.iterations);
      const scores = await Promise.all([stopped, whole].map(({ model }) => model.evaluate(test.x, test.y)));
      expect(scores[0]!.loss).toBeLessThan(scores[1]!.loss);
      expect(Math.abs(stopped.validation![metric]! - scores[0]![metric]!)).toBeLessThan(0.15);
    },
  );
});
