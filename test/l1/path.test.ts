/** The path of penalties against a closed form, against fits one by one, and what is refused. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { l1Path } from '../../lib/l1/path.js';
import { train } from '../../lib/train.js';
import { backends } from '../support/backends.js';
import { normals } from '../support/problems.js';

/** The columns of a Hadamard matrix without its first: mean 0, squares 1, products 0. */
function orthogonal(rows: number, columns: number) {
  const bits = (n: number): number => n.toString(2).split('1').length - 1;
  const sign = (_: unknown, e: number): number => (bits(Math.floor(e / columns) & ((e % columns) + 1)) % 2 === 0 ? 1 : -1);
  return { rows, columns, values: Float64Array.from({ length: rows * columns }, sign) };
}

describe.each(backends)('on $name', ({ name: backend }) => {
  it('of columns that are orthogonal is soft thresholding of their products with the target', async () => {
    const x = orthogonal(32, 20);
    const y = normals(createRandom(3), 32);
    const products = Array.from({ length: 20 }, (_, j) =>
      y.reduce((sum, v, i) => sum + (v * x.values[i * 20 + j]!) / 32, 0),
    );
    const largest = Math.max(...products.map(Math.abs));
    const common = { loss: 'squared', task: 'regression', backend, count: 12, least: 0.01 } as const;
    for (const l1Ratio of [1, 0.4]) {
      const path = await l1Path({ x, y }, { ...common, l1Ratio });
      expect(path.largest).toBeCloseTo(largest, 12);
      expect(path.solutions[0]!.nonzero).toBeLessThanOrEqual(1);
      path.solutions.forEach(({ l1, l2, model, nonzero, converged }, k) => {
        expect(l1 / largest).toBeCloseTo(0.01 ** (k / 11), 12);
        expect(l2).toBeCloseTo((l1 * (1 - l1Ratio)) / l1Ratio, 12);
        expect(converged).toBe(true);
        const wanted = products.map((p) => (Math.sign(p) * Math.max(0, Math.abs(p) - l1)) / (1 + l2));
        wanted.forEach((w, j) => expect(Math.abs(model.spec.parameters[j]! - w)).toBeLessThan(1e-9));
        if (k > 0) expect(nonzero).toBe(wanted.filter((w) => w !== 0).length);
      });
    }
  });

  it('has the solutions of fits one by one, for fewer products', async () => {
    const random = createRandom(4);
    const x = { rows: 80, columns: 30, values: normals(random, 80 * 30) };
    const y = Array.from({ length: 80 }, (_, i) =>
      x.values[i * 30]! - x.values[i * 30 + 1]! + random.normal() > 0 ? 'a' : 'b',
    );
    const sampleWeights = Float64Array.from({ length: 80 }, () => 0.5 + random.uniform());
    const l1 = [0.001, 0.1, 0.03, 0.01, 0.003, 0.02];
    const common = { backend, standardize: true } as const;
    const path = await l1Path({ x, y, sampleWeights }, { ...common, l1, l1Ratio: 0.8 });
    expect(path.solutions.map((solution) => solution.l1)).toEqual([...l1].sort((a, b) => b - a));
    let alone = 0;
    for (const { l1: strength, l2, model, objective } of path.solutions) {
      const cold = await train({ x, y, sampleWeights }, { ...common, l1: strength, l2 });
      alone += cold.products.multiply + cold.products.multiplyTransposed;
      expect(objective).toBeCloseTo(cold.objective, 12);
      cold.model.spec.parameters.forEach((w, k) => expect(Math.abs(model.spec.parameters[k]! - w)).toBeLessThan(1e-6));
      expect(model.spec.task.classes).toEqual(['a', 'b']);
    }
    expect(path.products.multiply + path.products.multiplyTransposed).toBeLessThan(alone);
  });
});

it('says what is wrong, and ends when it is told to', async () => {
  const x = orthogonal(8, 3);
  const y = [1, 2, 3, 4, 5, 6, 7, 9];
  const path = (options: object) => l1Path({ x, y }, { loss: 'squared', task: 'regression', ...options });
  await expect(path({ l1: [0.1, 0] })).rejects.toThrow('l1 1 (from 0) must be a finite number');
  await expect(path({ l1: [] })).rejects.toThrow('l1 must be a list');
  await expect(path({ count: 1 })).rejects.toThrow('count must be an integer of at least 2');
  await expect(path({ l1Ratio: 0 })).rejects.toThrow(/l1Ratio must be/);
  await expect(path({ least: 1 })).rejects.toThrow('least must be a number above 0 and below 1');
  await expect(path({ l1Ratio: Number.MIN_VALUE })).rejects.toThrow('l1Ratio must be large enough for l2');
  await expect(path({ l1: [1], l1Ratio: Number.MIN_VALUE })).rejects.toThrow('l1Ratio must be large enough for l2');
  await expect(path({ signal: {} })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: /^signal must be an AbortSignal/,
  });
  await expect(path({ progress: 1 })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: /^progress must be a function/,
  });
  await expect(l1Path({ x, y, sampleWeight: [] } as never)).rejects.toThrow("'sampleWeight'");
  await expect(path({ l2: 1 })).rejects.toThrow("no option 'l2'");
  await expect(path({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  const constant = l1Path({ x, y: y.map(() => 1) }, { loss: 'squared', task: 'regression' });
  await expect(constant).rejects.toThrow('every weight is 0');
  const stop = new AbortController();
  const progress = (done: number): void => (done === 2 ? stop.abort(new Error('enough')) : undefined);
  await expect(path({ count: 5, signal: stop.signal, progress })).rejects.toThrow('enough');
});
