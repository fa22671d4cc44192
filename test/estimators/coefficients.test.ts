/** Coefficients against those of scikit-learn (`test/fixtures/make.py` has every objective written out), on both backends. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BackendName } from '../../lib/backends/backend.js';
import type { GivenTarget } from '../../lib/data/index.js';
import { GeneralizedLinearRegression, LinearRegression, LogisticRegression } from '../../lib/estimators/index.js';
import { backends } from '../support/backends.js';

interface Case {
  readonly name: string;
  readonly weighted: boolean;
  readonly l2: number;
  readonly coefficients: number[][];
  readonly intercepts: number[];
  readonly loss: string;
  readonly target: string;
  readonly power?: number;
  readonly delta?: number;
  readonly classWeight?: 'balanced';
}

const fixture = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'fixtures', 'models.json'), 'utf8'));
const x = { values: Float64Array.from(fixture.x as number[]), rows: fixture.rows, columns: fixture.columns };
const exact = { tolerance: 1e-12, maxIterations: 2000, standardize: false } as const;

function estimatorOf({ loss, l2, power, delta, classWeight }: Case, backend: BackendName) {
  const options = { ...exact, l2, backend };
  if (loss === 'squared') return new LinearRegression(options);
  if (loss === 'logistic' || loss === 'softmax')
    return new LogisticRegression({ ...options, ...(classWeight ? { classWeight } : {}) });
  const family = loss as 'poisson' | 'gamma' | 'tweedie' | 'huber';
  return new GeneralizedLinearRegression({
    ...options,
    loss: family,
    ...(power ? { power } : {}),
    ...(delta ? { delta } : {}),
  });
}

describe.each(backends)('on $name', ({ name: backend }) => {
  it.each(fixture.cases as Case[])('$name, weighted $weighted: 1e-6 of scikit-learn', async (wanted) => {
    const estimator = estimatorOf(wanted, backend);
    const y = fixture.targets[wanted.target] as GivenTarget;
    const sampleWeights = wanted.weighted ? Float64Array.from(fixture.weights as number[]) : undefined;
    await estimator.fit(x, y, { sampleWeights });
    const { weights, intercepts } = estimator.coefficients();
    expect(weights.length).toBe(wanted.coefficients.length);
    wanted.coefficients.forEach((row, a) =>
      row.forEach((weight, j) => expect(Math.abs(weights[a]![j]! - weight)).toBeLessThan(1e-6)),
    );
    wanted.intercepts.forEach((intercept, a) => expect(Math.abs(intercepts[a]! - intercept)).toBeLessThan(1e-6));
  });
});
