import { describe, expect, it } from 'vitest';
import { createRandom } from '../lib/core/random.js';
import type { TrainerState } from '../lib/core/trainer.js';
import type { SparseData } from '../lib/data/index.js';
import { train, type TrainOptions } from '../lib/train.js';

const COLUMNS = 3000;
/** Every 50th column has entries. */
const PRESENT = Array.from({ length: 60 }, (_, k) => 50 * k + 7);

/** 120 rows of 6 entries over these columns, two to three classes by the sum of them. */
function problem(columns: readonly number[], width: number, rows = 120, seed = 1) {
  const random = createRandom(seed);
  const indices = new Uint32Array(6 * rows);
  const values = new Float64Array(6 * rows);
  const y: string[] = [];
  for (let i = 0; i < rows; i++) {
    const chosen = random.permutation(columns.length).slice(0, 6).sort();
    let sum = 0;
    chosen.forEach((at, k) => {
      indices[6 * i + k] = columns[at]!;
      values[6 * i + k] = random.normal();
      sum += values[6 * i + k]! * Math.cos(at);
    });
    y.push(sum > 0.5 ? 'high' : sum < -0.5 ? 'low' : 'middle');
  }
  const indptr = Float64Array.from({ length: rows + 1 }, (_, i) => 6 * i);
  const x: SparseData = { kind: 'csr', indptr, indices, values, rows, columns: width };
  return { x, y };
}

/** The same rows with the columns renumbered to those that have entries. */
function packed({ x, y }: ReturnType<typeof problem>) {
  const columns = PRESENT.filter((column) => x.indices.includes(column));
  const indices = Uint32Array.from(x.indices, (column) => columns.indexOf(column));
  return { columns, data: { x: { ...x, indices, columns: columns.length }, y } };
}

const wide = problem(PRESENT, COLUMNS);
const options: TrainOptions = { backend: 'javascript', l2: 0.01 };

describe('columns that no row has', () => {
  it('are left out: the run is that without them, and their weights are 0', async () => {
    const { columns, data } = packed(wide);
    const [all, own] = [await train(wide, options), await train(data, options)];
    expect(all.columns).toBe(COLUMNS);
    expect(all.parameters).toBe(3 * (COLUMNS + 1));
    expect(all.objective).toBe(own.objective);
    expect(all.history.map(({ objective }) => objective)).toEqual(own.history.map(({ objective }) => objective));
    const [weights, packedWeights] = [all.model.spec.parameters, own.model.spec.parameters];
    expect(weights).toHaveLength(3 * (COLUMNS + 1));
    const expected = new Float64Array(weights.length);
    columns.forEach((column, at) => expected.set(packedWeights.subarray(3 * at, 3 * at + 3), 3 * column));
    expected.set(packedWeights.subarray(3 * columns.length), 3 * COLUMNS);
    expect(weights).toEqual(expected);
    expect(await all.model.predict(wide.x)).toEqual(await own.model.predict(data.x));
  });

  it('change no optimum: a fit from a start of zeros, which keeps them, ends in the same one', async () => {
    const tight = { ...options, tolerance: 1e-9 };
    const [without, kept] = [
      await train(wide, tight),
      await train(wide, { ...tight, start: new Float64Array(3 * (COLUMNS + 1)) }),
    ];
    expect(without.objective).toBeCloseTo(kept.objective, 11);
    without.model.spec.parameters.forEach((weight, e) => expect(weight).toBeCloseTo(kept.model.spec.parameters[e]!, 5));
  });

  it('are there for whoever looks into the run', async () => {
    const lengths = new Set<number>();
    const training = await train(wide, {
      ...options,
      callbacks: [
        (_, running) => {
          lengths.add(running.parameters.length).add(running.model().spec.parameters.length);
          expect(running.model().inputs).toBe(COLUMNS);
        },
      ],
    });
    expect([...lengths]).toEqual([training.parameters]);
  });

  it('weigh nothing where only rows held out have them', async () => {
    const held = problem([...PRESENT, 100, 200, 2999], COLUMNS, 40, 2);
    const { validation, model, scores } = await train(wide, { ...options, validation: held });
    const { classes } = model.spec.task;
    const shares = await model.probabilities(held.x);
    const loss = held.y.reduce((sum, label, i) => sum - Math.log(shares[3 * i + classes!.indexOf(label)]!), 0) / 40;
    expect(validation!.loss).toBeCloseTo(loss, 12);
    expect(scores.loss).toBeCloseTo((await train(wide, options)).scores.loss, 12);
    const share = await train(wide, { ...options, validation: 0.25 });
    expect(share.validation!.rows).toBe(30);
    expect(share.model.inputs).toBe(COLUMNS);
  });

  it('are left out again when the state of a run is gone on with', async () => {
    let state: TrainerState | null = null;
    const whole = await train(wide, {
      ...options,
      callbacks: [
        async ({ iteration }, running) => {
          if (iteration === 3) state = await running.state();
        },
      ],
    });
    const resumed = await train(wide, { ...options, start: { state: state! } });
    expect(resumed.model.spec.parameters).toEqual(whole.model.spec.parameters);
  });

  it('do not renumber what is refused', async () => {
    const values = wide.x.values!.slice();
    values[13] = NaN;
    const column = wide.x.indices[13]!;
    await expect(train({ ...wide, x: { ...wide.x, values } }, options)).rejects.toThrow(
      new RegExp(`row 2, column ${column}\\b`),
    );
    const indptr = Float64Array.from(wide.x.indptr);
    indptr[4] = 1;
    await expect(train({ ...wide, x: { ...wide.x, indptr } }, options)).rejects.toMatchObject({ code: 'INVALID_DATA' });
  });
});
