/** Solutions with an l1 penalty against independent ones (`test/fixtures/l1.py`), on both backends, dense and sparse. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GivenTarget } from '../../lib/data/index.js';
import { coefficientsOf } from '../../lib/estimators/coefficients.js';
import type { LossName } from '../../lib/losses/index.js';
import { train } from '../../lib/train.js';
import { backends } from '../support/backends.js';

interface Case {
  readonly loss: LossName;
  readonly target: string;
  readonly weighted: boolean;
  readonly l1: number;
  readonly l2: number;
  readonly coefficients: number[][];
  readonly intercepts: number[];
}

const read = (name: string) => JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'fixtures', name), 'utf8'));
const models = read('models.json');
const fixture = read('l1.json');
const { columns } = fixture;
const { rows } = models;
const values = Float64Array.from(fixture.x as number[]);
const dense = { values, rows, columns };
const sparse = {
  kind: 'csr' as const,
  values,
  rows,
  columns,
  indptr: Float64Array.from({ length: rows + 1 }, (_, i) => i * columns),
  indices: Uint32Array.from(values, (_, e) => e % columns),
};

describe.each(backends)('on $name', ({ name: backend }) => {
  it.each(fixture.cases as Case[])('$loss of $target, weighted $weighted, l2 $l2', async (wanted) => {
    const { loss, l1, l2, target } = wanted;
    const sampleWeights = wanted.weighted ? Float64Array.from(models.weights as number[]) : undefined;
    const shape = loss === 'huber' ? { delta: fixture.delta } : loss === 'tweedie' ? { power: fixture.power } : {};
    for (const x of [dense, sparse]) {
      const y = models.targets[target] as GivenTarget;
      const { model, stop } = await train({ x, y, sampleWeights }, { loss, l1, l2, backend, ...shape });
      expect(stop.converged, stop.detail).toBe(true);
      const { weights, intercepts } = coefficientsOf(model);
      const { parameters } = model.spec;
      const outputs = wanted.intercepts.length;
      wanted.coefficients.forEach((row, a) =>
        row.forEach((weight, j) => {
          // Those of softmax are known up to a number for each class and column; here they are taken as they are.
          const own = parameters[j * outputs + a]!;
          if (weight === 0) expect(own).toBe(0);
          else expect(Math.abs(own - weight)).toBeLessThan(1e-7);
        }),
      );
      expect(weights.length).toBe(outputs);
      const mean = loss === 'softmax' ? wanted.intercepts.reduce((sum, b) => sum + b / outputs, 0) : 0;
      wanted.intercepts.forEach((b, a) => expect(Math.abs(intercepts[a]! - (b - mean))).toBeLessThan(1e-6));
    }
  });
});
