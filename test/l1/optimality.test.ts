/** What an l1 solution has to satisfy, computed here from X alone, and what it has to agree with. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import type { TrainerState } from '../../lib/core/trainer.js';
import type { LossName } from '../../lib/losses/index.js';
import { lossByName } from '../../lib/losses/index.js';
import { train, type Training, type TrainOptions } from '../../lib/train.js';
import { backends, nativeAbsence } from '../support/backends.js';
import { normals } from '../support/problems.js';

interface Data {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
  readonly y: Float64Array;
  readonly outputs: number;
}

/** More columns than rows, a third of the numbers not 0, in units of their own; of ten columns something depends. */
function wide(loss: LossName, { rows = 60, columns = 300, outputs = 1 } = {}): Data {
  const random = createRandom(5);
  const values = normals(random, rows * columns);
  values.forEach((value, e) => (values[e] = random.uniform() < 0.3 ? value * (1 + ((e % columns) % 5)) : 0));
  const y = new Float64Array(rows * (loss === 'softmax' ? 1 : outputs));
  for (let i = 0; i < rows; i++) {
    const scores = Array.from({ length: outputs }, (_, a) => {
      let score = 0.3 * random.normal();
      for (let j = 0; j < 10; j++) score += (((j + 3 * a) % 4) - 1.5) * 0.3 * values[i * columns + j]!;
      return score;
    });
    if (loss === 'softmax') y[i] = scores.indexOf(Math.max(...scores));
    else
      scores.forEach((score, a) => {
        const positive = Math.exp(Math.min(2, 0.5 * score));
        y[i * outputs + a] =
          loss === 'poisson' ? Math.round(positive) : loss === 'gamma' || loss === 'tweedie' ? positive : score;
        if (loss === 'logistic' || loss === 'squared-hinge') y[i * outputs + a] = score > 0 ? 1 : -1;
      });
  }
  return { rows, columns, values, y, outputs };
}

function sparseOf({ rows, columns, values }: Data) {
  const indices: number[] = [];
  const kept: number[] = [];
  const indptr = new Float64Array(rows + 1);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = values[i * columns + j]!;
      if (value === 0) continue;
      indices.push(j);
      kept.push(value);
    }
    indptr[i + 1] = indices.length;
  }
  return {
    kind: 'csr' as const,
    indptr,
    indices: Uint32Array.from(indices),
    values: Float64Array.from(kept),
    rows,
    columns,
  };
}

function targetOf({ y, outputs, rows }: Data, loss: LossName) {
  return loss === 'softmax' || outputs === 1
    ? y
    : Array.from({ length: rows }, (_, i) => Array.from(y.subarray(i * outputs, (i + 1) * outputs)));
}

/** Largest distance of 0 from the subdifferential, over the largest slope of the mean loss at no weights. */
function violation({ rows, columns, values, y, outputs }: Data, loss: LossName, training: Training, l1: number, l2: number) {
  const { row, targetWidth } = lossByName(loss);
  const slopesAt = (parameters: Float64Array): Float64Array => {
    const gradient = new Float64Array(parameters.length);
    const [o, slope] = [new Float64Array(outputs), new Float64Array(outputs)];
    for (let i = 0; i < rows; i++) {
      for (let a = 0; a < outputs; a++) {
        o[a] = parameters[columns * outputs + a]!;
        for (let j = 0; j < columns; j++) o[a] = o[a]! + values[i * columns + j]! * parameters[j * outputs + a]!;
      }
      row(o, 0, outputs, y, i * targetWidth(outputs), slope, null);
      for (let a = 0; a < outputs; a++)
        for (let j = 0; j <= columns; j++)
          gradient[j * outputs + a]! += (slope[a]! * (j < columns ? values[i * columns + j]! : 1)) / rows;
    }
    return gradient;
  };
  const w = training.model.spec.parameters;
  const weights = columns * outputs;
  const worst = slopesAt(w).reduce((most, g, e) => {
    if (e >= weights) return Math.max(most, Math.abs(g));
    if (w[e] === 0) return Math.max(most, Math.abs(g) - l1);
    return Math.max(most, Math.abs(g + l2 * w[e]! + l1 * Math.sign(w[e]!)));
  }, 0);
  return worst / slopesAt(new Float64Array(w.length)).reduce((most, g) => Math.max(most, Math.abs(g)), 0);
}

const losses: [LossName, number, number][] = [
  ['squared', 0.1, 1],
  ['squared', 0.1, 3],
  ['logistic', 0.02, 1],
  ['softmax', 0.02, 4],
  ['poisson', 0.05, 1],
  ['gamma', 0.05, 1],
  ['tweedie', 0.05, 1],
  ['huber', 0.1, 1],
  ['squared-hinge', 0.1, 1],
];

describe.each(backends)('on $name', ({ name: backend }) => {
  it.each(losses)('%s, l1 %d, %d outputs: optimal to 1e-8, dense and sparse', async (loss, l1, outputs) => {
    const data = wide(loss, { outputs });
    for (const l2 of [0, 0.01]) {
      const trained: Training[] = [];
      for (const x of [{ rows: data.rows, columns: data.columns, values: data.values }, sparseOf(data)]) {
        const training = await train({ x, y: targetOf(data, loss) }, { loss, l1, l2, backend });
        expect(training.stop.converged, training.stop.detail).toBe(true);
        expect(violation(data, loss, training, l1, l2)).toBeLessThan(1e-8);
        const zeros = training.model.spec.parameters.reduce((count, w) => count + (w === 0 ? 1 : 0), 0);
        expect(zeros).toBeGreaterThan(data.columns * outputs * 0.5);
        trained.push(training);
      }
      const [one, other] = trained as [Training, Training];
      expect(Math.abs(one.objective - other.objective)).toBeLessThan(1e-12 * Math.abs(one.objective));
    }
  });

  it('two products an iteration, records that fall, and what was asked in the result', async () => {
    const data = wide('logistic');
    const training = await train({ x: data, y: data.y }, { l1: 0.02, loss: 'logistic', backend });
    const { history } = training;
    history.slice(1).forEach((record, k) => {
      expect(record.objective).toBeLessThanOrEqual(history[k]!.objective * (1 + 1e-12));
      expect(record.products.multiply - history[k]!.products.multiply).toBeCloseTo(1, 12);
      expect(record.products.multiplyTransposed - history[k]!.products.multiplyTransposed).toBeCloseTo(1, 12);
    });
    expect(training).toMatchObject({ l1: 0.02, l2: 0, direction: 'proximal-newton', steps: 'line' });
    expect(training.stop.reason).toBe('gradient');
  });

  it('at the largest l1 and beyond all weights are 0, just below it one is not', async () => {
    const data = wide('logistic');
    const options = { loss: 'logistic', backend, tolerance: 1e-10 } as const;
    const free = await train({ x: data, y: data.y }, { ...options, l1: 1e6 });
    const bias = free.model.spec.parameters.at(-1)!;
    // Of no weights the best bias is the log-odds of the classes.
    const share = data.y.reduce((sum, y) => sum + (y > 0 ? 1 : 0), 0) / data.rows;
    expect(bias).toBeCloseTo(Math.log(share / (1 - share)), 9);
    const slopes = Array.from({ length: data.columns }, (_, j) => {
      let sum = 0;
      for (let i = 0; i < data.rows; i++) sum += data.values[i * data.columns + j]! * (share - (data.y[i]! > 0 ? 1 : 0));
      return Math.abs(sum) / data.rows;
    });
    const most = Math.max(...slopes);
    const weights = async (l1: number) => {
      const { model } = await train({ x: data, y: data.y }, { ...options, l1 });
      return model.spec.parameters.slice(0, -1).filter((w) => w !== 0).length;
    };
    expect(await weights(most * (1 + 1e-9))).toBe(0);
    expect(await weights(most * 0.999)).toBe(1);
  });

  it('a weight of 2 is the row twice', async () => {
    const data = wide('poisson', { rows: 30, columns: 20 });
    const twice = (values: Float64Array, width: number) => Float64Array.from([...values, ...values.subarray(0, 10 * width)]);
    const sampleWeights = Float64Array.from({ length: 30 }, (_, i) => (i < 10 ? 2 : 1));
    const options = { loss: 'poisson', l1: 0.05, backend } as const;
    const weighed = await train({ x: data, y: data.y, sampleWeights }, options);
    const x = { rows: 40, columns: 20, values: twice(data.values, 20) };
    const repeated = await train({ x, y: twice(data.y, 1) }, options);
    weighed.model.spec.parameters.forEach((w, e) => expect(w).toBeCloseTo(repeated.model.spec.parameters[e]!, 7));
  });

  it('an elastic net without l1 is the l2 road; its names are numbers', async () => {
    const data = wide('squared', { rows: 80, columns: 10 });
    const options = { loss: 'squared', backend } as const;
    const tight = { ...options, tolerance: 1e-13 };
    const plain = await train({ x: data, y: data.y }, { ...tight, l2: 0.1 });
    const none = await train({ x: data, y: data.y }, { ...tight, l2: 0.1, l1: 0, penalty: 'elastic-net' });
    expect(none.model.spec.parameters).toEqual(plain.model.spec.parameters);
    const little = await train({ x: data, y: data.y }, { ...options, l2: 0.1, l1: 1e-12 });
    little.model.spec.parameters.forEach((w, e) => expect(Math.abs(w - plain.model.spec.parameters[e]!)).toBeLessThan(1e-8));
    const shapes: [TrainOptions, number, number][] = [
      [{ penalty: 'elastic-net', l1: 0.03, l1Ratio: 0.25 }, 0.03, 0.09],
      [{ penalty: 'elastic-net', l2: 0.09, l1Ratio: 0.25 }, 0.03, 0.09],
      [{ penalty: 'elastic-net', l1: 0.03, l2: 0.09 }, 0.03, 0.09],
      [{ penalty: 'l1', l1: 0.03 }, 0.03, 0],
    ];
    for (const [given, l1, l2] of shapes) {
      const training = await train({ x: data, y: data.y }, { ...options, ...given });
      expect(training.l1).toBeCloseTo(l1, 14);
      expect(training.l2).toBeCloseTo(l2, 14);
    }
  });

  it('float32 agrees to its rounding', async () => {
    const data = wide('logistic', { rows: 200, columns: 40 });
    const options = { loss: 'logistic', l1: 0.02, backend } as const;
    const [single, double] = [
      await train({ x: data, y: data.y }, { ...options, precision: 'float32' }),
      await train({ x: data, y: data.y }, options),
    ];
    expect(Math.abs(single.objective - double.objective)).toBeLessThan(1e-6);
    single.model.spec.parameters.forEach((w, e) =>
      expect(Math.abs(w - double.model.spec.parameters[e]!)).toBeLessThan(1e-4),
    );
  });

  it('goes on from a state with equal bits, and ends at once where it has ended', async () => {
    const data = wide('softmax', { outputs: 4 });
    const options = { loss: 'softmax', l1: 0.02, backend } as const;
    const states: TrainerState[] = [];
    const whole = await train(
      { x: data, y: data.y },
      { ...options, callbacks: [async (_record, run) => void states.push(await run.state())] },
    );
    const rest = await train({ x: data, y: data.y }, { ...options, start: { state: states[2]! } });
    expect(rest.model.spec.parameters).toEqual(whole.model.spec.parameters);
    await expect(train({ x: data, y: data.y }, { ...options, l1: 0.03, start: { state: states[2]! } })).rejects.toThrow(
      /penalty/,
    );
    const again = await train({ x: data, y: data.y }, { ...options, start: whole.model });
    expect(again.iterations).toBe(0);
  });

  it('ends soon when it is aborted, with the best point so far', async () => {
    const data = wide('logistic');
    const controller = new AbortController();
    const callbacks = [({ iteration }: { iteration: number }) => void (iteration === 2 && controller.abort())];
    const { stop, objective, history } = await train(
      { x: data, y: data.y },
      { loss: 'logistic', l1: 0.01, backend, callbacks, signal: controller.signal },
    );
    expect(stop.reason).toBe('aborted');
    expect(objective).toBe(history[2]!.objective);
  });
});

it.skipIf(nativeAbsence !== null)('the same bits for any number of threads, dense and sparse', async () => {
  const data = wide('logistic', { rows: 700, columns: 600 });
  for (const x of [data, sparseOf(data)]) {
    const [one, three] = [1, 3].map((threads) => train({ x, y: data.y }, { loss: 'logistic', l1: 0.005, threads }));
    expect((await one!).model.spec.parameters).toEqual((await three!).model.spec.parameters);
  }
});

it('refuses in words what does not go together', async () => {
  const data = wide('logistic', { rows: 20, columns: 3 });
  const refused: [TrainOptions, RegExp][] = [
    [{ l1: -1 }, /l1.*at least 0/],
    [{ penalty: 'l3' as 'l1' }, /penalty must be one of l2, l1, elastic-net/],
    [{ l1: 0.1, network: 'mlp' }, /l1 is for the network 'linear', but 'mlp'/],
    [{ l1: 0.1, direction: 'lbfgs' }, /direction must be left out/],
    [{ l1: 0.1, batch: 5 }, /batch must be left out/],
    [{ l1: 0.1, layers: 'in turn' }, /layers must be left out/],
    [{ l1: 0.1, sample: 10 }, /sample must be left out/],
    [{ l1: 0.1, l2: 'auto' }, /l2 must be a number/],
    [{ penalty: 'l1', l2: 0.1 }, /no l2/],
    [{ penalty: 'l2', l1: 0.1 }, /no l1/],
    [{ l1Ratio: 0.5 }, /l1Ratio is for penalty: 'elastic-net'/],
    [{ penalty: 'elastic-net', l1: 1, l2: 1, l1Ratio: 0.3 }, /leave out one/],
    [{ penalty: 'elastic-net', l1Ratio: 0 }, /l1Ratio/],
  ];
  for (const [options, words] of refused)
    await expect(train({ x: data, y: data.y }, { loss: 'logistic', ...options })).rejects.toThrow(words);
});
