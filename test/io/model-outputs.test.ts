/** What a model says about rows: in blocks, from raw data and framed matrices alike, for every kind of target. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { Model } from '../../lib/io/model.js';
import { train } from '../../lib/train.js';
import { networkCases } from '../support/problems.js';
import { referenceRow } from '../networks/reference.js';
import { programOf } from '../../lib/networks/program.js';

const random = createRandom(2);
const backend = createJavascriptBackend();
const [rows, columns] = [700, 3];
const values = Float64Array.from({ length: rows * columns }, (_, e) => 100 * (e % columns) + random.normal());
const x = { values, rows, columns };
const rowOf = (i: number): number[] => Array.from(values.subarray(i * columns, (i + 1) * columns));

it.each(networkCases)(
  '$label: outputs are those of the steps, for raw rows and for a framed matrix',
  async ({ network }) => {
    const architecture = network.architecture(columns, 2);
    const { size } = programOf(architecture).layout;
    const parameters = Float64Array.from({ length: size }, () => 0.1 * random.normal());
    const model = new Model({
      network: network.name,
      architecture,
      task: { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 2 },
      parameters,
    });
    const raw = await model.outputs(x, backend);
    const framed = await model.outputs(await backend.matrix({ kind: 'dense', ...x }));
    for (const i of [0, 255, 256, rows - 1]) {
      referenceRow(architecture, parameters, rowOf(i)).forEach((o, a) => {
        expect(raw[2 * i + a]).toBeCloseTo(o, 9);
        expect(framed[2 * i + a]).toBeCloseTo(o, 9);
      });
    }
  },
);

describe('targets of every kind', () => {
  const score = Array.from({ length: rows }, (_, i) => values[3 * i]! - (values[3 * i + 1]! - 100) + 0.3 * random.normal());
  const common = { backend: 'javascript', l2: 1e-3 } as const;

  it('several numbers a row, as lists or with a width', async () => {
    const y = score.map((s) => [s, 2 * s + 1]);
    const { model, scores } = await train({ x, y }, common);
    expect(scores.r2).toBeGreaterThan(0.9);
    const [first] = await model.predict(x, backend);
    expect(first).toHaveLength(2);
    const wide = await train({ x, y: { values: Float64Array.from(y.flat()), width: 2 } }, common);
    expect(wide.model.spec.parameters).toEqual(model.spec.parameters);
  });

  it('several labels a row', async () => {
    const y = score.map((s) => [...(s > 0 ? ['positive'] : []), ...(Math.abs(s) > 1 ? ['large'] : [])]);
    const { model, scores } = await train({ x, y }, { ...common, network: 'mlp', hidden: [6], maxIterations: 60 });
    expect(model.spec.task).toMatchObject({ loss: 'logistic', coding: 'label-sets', classes: ['large', 'positive'] });
    expect(scores.accuracy).toBeGreaterThan(0.7);
    const predicted = await model.predict(x, backend);
    const right = predicted.filter((labels, i) => JSON.stringify(labels) === JSON.stringify([...y[i]!].sort())).length;
    expect(right / rows).toBeCloseTo(scores.accuracy!, 12);
  });

  it('counts with an exposure: predictions behind the log link, offsets added', async () => {
    const offsets = Float64Array.from({ length: rows }, (_, i) => Math.log(1 + (i % 3)));
    const y = score.map((s, i) => Math.round((1 + (i % 3)) * Math.exp(0.5 * s)));
    const { model, stop } = await train({ x, y, offsets }, { ...common, loss: 'poisson' });
    expect(stop.converged, stop.detail).toBe(true);
    const [alone, exposed] = [await model.predict(x, backend), await model.predict(x, backend, offsets)];
    alone.forEach((mean, i) => expect(exposed[i] as number).toBeCloseTo((mean as number) * (1 + (i % 3)), 9));
    // The bias is free: the mean prediction is the mean count.
    const mean = (list: readonly unknown[]): number => (list as number[]).reduce((sum, value) => sum + value / rows, 0);
    expect(mean(exposed)).toBeCloseTo(mean(y), 3);
  });

  it('float32 columns far from zero', async () => {
    const single = { values: Float32Array.from(values), rows, columns };
    const { model, scores } = await train({ x: single, y: score }, common);
    expect(scores.r2).toBeGreaterThan(0.9);
    expect((await model.evaluate(single, score, backend)).r2).toBeCloseTo(scores.r2!, 4);
  });
});

describe('options that nobody understands', () => {
  const y = Array.from({ length: rows }, (_, i) => i % 2);
  it.each([
    [{ hiden: [3] }, "There is no option 'hiden'. Did you mean 'hidden'?"],
    [{ hidden: [3] }, "The network 'linear' has no option 'hidden'"],
    [{ delta: 2 }, "The loss 'logistic' has no option 'delta'; the loss 'huber' has it."],
    [{ network: 'zork' }, 'network must be one of linear, mlp, gated, linearly-gated, skip'],
  ])('%j', async (options, sentence) => {
    await expect(train({ x, y }, { backend: 'javascript', ...options } as never)).rejects.toThrow(sentence);
  });
});
