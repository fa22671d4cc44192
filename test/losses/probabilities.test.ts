import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import type { GivenTarget } from '../../lib/data/index.js';
import { lossByName } from '../../lib/losses/index.js';
import { train, type TrainOptions } from '../../lib/train.js';

const random = createRandom(4);
const x = { values: Float64Array.from({ length: 120 }, () => random.normal()), rows: 40, columns: 3 };
const at = (row: number, column: number): number => x.values[row * 3 + column]!;
const rows = Array.from({ length: 40 }, (_, row) => row);
const fitWith = async (y: GivenTarget, options: TrainOptions = {}) =>
  (await train({ x, y }, { backend: 'javascript', l2: 0.1, ...options })).model;

describe('probabilities', () => {
  const two = rows.map((row) => (at(row, 0) + random.normal() > 0 ? 'up' : 'down'));
  const three = rows.map((row) => 'xyz'[at(row, 0) > 0.5 ? 2 : at(row, 1) > 0 ? 1 : 0]!);

  it('of two classes are 1 / (1 + exp(-o)) of the second, and its complement', async () => {
    const model = await fitWith(two);
    const [outputs, p] = [await model.outputs(x), await model.probabilities(x)];
    expect(p.length).toBe(80);
    rows.forEach((row) => {
      expect(p[2 * row + 1]).toBeCloseTo(1 / (1 + Math.exp(-outputs[row]!)), 14);
      expect(p[2 * row]! + p[2 * row + 1]!).toBeCloseTo(1, 14);
    });
  });

  it('of several classes sum to 1 and have the loss as their mean logarithm', async () => {
    const model = await fitWith(three, { loss: 'softmax' });
    const p = await model.probabilities(x);
    const { loss } = await model.evaluate(x, three);
    const mean = rows.reduce((sum, row) => sum - Math.log(p[3 * row + 'xyz'.indexOf(three[row]!)]!) / 40, 0);
    expect(mean).toBeCloseTo(loss, 12);
    rows.forEach((row) => expect(p.subarray(3 * row, 3 * row + 3).reduce((a, b) => a + b)).toBeCloseTo(1, 14));
  });

  it('of sets of labels are independent', async () => {
    const sets = rows.map((row) => [...(at(row, 0) > 0 ? ['a'] : []), ...(at(row, 1) > 0 ? ['b'] : [])]);
    const model = await fitWith(sets);
    const [outputs, p] = [await model.outputs(x), await model.probabilities(x)];
    p.forEach((probability, e) => expect(probability).toBeCloseTo(1 / (1 + Math.exp(-outputs[e]!)), 14));
  });

  it('keep their digits where they are small', () => {
    const p = new Float64Array(2);
    lossByName('logistic').probabilities!(Float64Array.of(-700, 700), 0, 2, p, 0);
    expect(p[0]).toBeCloseTo(Math.exp(-700), 310);
    expect(p[0]).toBeGreaterThan(0);
    expect(p[1]).toBe(1);
    lossByName('softmax').probabilities!(Float64Array.of(1000, 0), 0, 2, p, 0);
    expect([...p]).toEqual([1, 0]);
  });

  it('are refused for numbers and for scores', async () => {
    await expect((await fitWith(rows.map((row) => at(row, 0)))).probabilities(x)).rejects.toThrow(
      'this one predicts numbers',
    );
    await expect((await fitWith(two, { loss: 'squared-hinge' })).probabilities(x)).rejects.toThrow(
      "'squared-hinge' are scores",
    );
  });

  it('topK ranks the labels by their outputs, the first is the prediction', async () => {
    for (const [y, options] of [
      [two, {}],
      [three, { loss: 'softmax' }],
    ] as const) {
      const model = await fitWith(y, options);
      const [ranked, p, predicted] = [await model.topK(x, 2), await model.probabilities(x), await model.predict(x)];
      const { classes } = model.spec.task;
      ranked.forEach((labels, row) => {
        expect(labels.length).toBe(2);
        expect(labels[0]!.label).toBe(predicted[row]);
        expect(labels[0]!.output).toBeGreaterThanOrEqual(labels[1]!.output);
        for (const { label, probability } of labels)
          expect(probability).toBe(p[row * classes!.length + classes!.indexOf(label)]);
      });
      expect((await model.topK(x, 9))[0]!.length).toBe(classes!.length);
    }
    const hinge = await fitWith(two, { loss: 'squared-hinge' });
    expect((await hinge.topK(x, 1))[0]![0]!.probability).toBeNull();
    await expect(hinge.topK(x, 0)).rejects.toThrow(/^k must be an integer of at least 1/);
  });
});
