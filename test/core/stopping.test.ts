import { describe, expect, it } from 'vitest';
import { freezeRecord, type IterationRecord } from '../../lib/core/iteration-record.js';
import * as stopping from '../../lib/core/stopping.js';
import { lbfgs } from '../../lib/directions/index.js';
import { line } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { smallProblem } from '../support/problems.js';
import { train } from '../support/runs.js';

function record(partial: Partial<IterationRecord>): IterationRecord {
  return freezeRecord({
    iteration: 0,
    rows: 9,
    objective: 1,
    gradientNorm: 1,
    gradientMass: 1,
    steps: {},
    innerEvaluations: 0,
    seconds: 0,
    products: { multiply: 1, multiplyTransposed: 1, gram: 0 },
    layerNorms: {},
    status: 'step',
    reason: '',
    ...partial,
  });
}

const norms = (...values: number[]) => values.map((gradientNorm, iteration) => record({ iteration, gradientNorm }));
const objectives = (...values: number[]) => values.map((objective, iteration) => record({ iteration, objective }));

describe('gradientBelow', () => {
  it('compares with the gradient of the start, the limit included', () => {
    const stop = stopping.gradientBelow(0.01);
    expect(stop(norms(50))).toBeNull();
    expect(stop(norms(50, 0.51))).toBeNull();
    expect(stop(norms(50, 0.5))).toEqual({
      reason: 'gradient',
      converged: true,
      detail: 'gradient norm 0.5000 is at most 0.01 times the 50.00 of the start',
    });
  });

  it('compares with the mass of the gradient after a warm start, where that is more', () => {
    const from = (gradientMass: number, warm: boolean) =>
      stopping.gradientBelow(0.01)([record({ gradientNorm: 1, gradientMass, ...(warm && { warm }) })]);
    expect(from(100, true)).toMatchObject({ reason: 'gradient', converged: true });
    expect(from(100, true)?.detail).toContain('the 100.0 that it would be if nothing cancelled');
    expect(from(99, true)).toBeNull();
    expect(from(100, false)).toBeNull();
  });

  it('a start where the gradient is 0 has converged', () =>
    expect(stopping.gradientBelow(1e-6)(norms(0))?.converged).toBe(true));
  it('tolerance 0 never stops', () => expect(stopping.gradientBelow(0)(norms(1, 0))).toBeNull());
  it('a gradient that is not a number does not stop', () => expect(stopping.gradientBelow(1)(norms(1, NaN))).toBeNull());
});

describe('decreaseBelow', () => {
  const flat = (length: number) => Array.from({ length }, () => 2);

  it('looks back over 10 iterations and says both numbers', () => {
    const stop = stopping.decreaseBelow(1e-3);
    expect(stop(objectives(...flat(10)))).toBeNull();
    expect(stop(objectives(...flat(11)))).toMatchObject({ reason: 'decrease', converged: false });
    expect(stop(objectives(3, ...flat(10)))).toBeNull();
    expect(stop(objectives(2 + 1.9e-6, ...flat(10)))?.detail).toBe(
      'decrease 0.000001900 over 10 iterations is at most 0.000002000, 0.000001000 times the objective; ' +
        'the gradient norm is 1.000 of the 1.000 that it is compared with, so this is slow, not converged',
    );
    expect(stop(objectives(2 + 2.1e-6, ...flat(10)))).toBeNull();
  });

  it('has converged only where the gradient is small too, beside that of the start or beside its mass', () => {
    const ended = (gradientNorm: number, gradientMass: number) =>
      stopping.decreaseBelow(1e-3)(
        Array.from({ length: 11 }, (_, iteration) =>
          record({ iteration, gradientMass, ...(iteration === 10 && { gradientNorm }) }),
        ),
      );
    expect(ended(2e-6, 1)).toMatchObject({ reason: 'decrease', converged: false });
    expect(ended(1e-6, 1)).toMatchObject({ reason: 'decrease', converged: true });
    expect(ended(2e-6, 3)).toMatchObject({ reason: 'decrease', converged: true });
  });

  it('tolerance 0 never stops', () => expect(stopping.decreaseBelow(0)(objectives(...flat(30)))).toBeNull());

  it('a share of its own takes the place of the square, 0 that of none', () => {
    const falling = objectives(2.02, ...flat(10));
    expect(stopping.decreaseBelow(0, 0.011)(falling)).toMatchObject({ reason: 'decrease' });
    expect(stopping.decreaseBelow(1e-6, 0.009)(falling)).toBeNull();
    expect(stopping.decreaseBelow(1, 0)(objectives(...flat(30)))).toBeNull();
  });
});

describe('stalled', () => {
  const ended = (last: Partial<IterationRecord>, first: Partial<IterationRecord> = {}) =>
    stopping.stalled(1e-6)([record(first), record({ iteration: 1, status: 'stalled', reason: 'why', ...last })]);

  it('has converged at the limit of rounding, where steepest descent promises nothing that could be seen', () => {
    expect(ended({ limit: { promised: 1e-17, rounding: 1e-15 } })).toEqual({
      reason: 'stalled',
      converged: true,
      detail:
        'no step lowers the objective 1.000: steepest descent promises 1.000e-17, below its rounding of 1.000e-15; why',
    });
    expect(ended({ limit: { promised: 1e-14, rounding: 1e-15 } })).toEqual({
      reason: 'stalled',
      converged: false,
      detail: 'no step lowers the objective 1.000: the gradient norm is 1.000 of the 1.000 that it is compared with; why',
    });
    expect(ended({ limit: { promised: 1, rounding: Infinity } })?.converged).toBe(false);
  });

  it('has converged where the gradient is small, unless the run went astray', () => {
    expect(ended({ gradientNorm: 1e-7 })?.converged).toBe(true);
    expect(ended({ gradientNorm: 1e-7, objective: 2 })).toMatchObject({ reason: 'stalled', converged: false });
  });

  it('does not stop with tolerance 0, nor an ordinary iteration', () => {
    const history = [record({}), record({ iteration: 1, status: 'stalled', reason: 'why' })];
    expect(stopping.stalled(0)(history)).toBeNull();
    expect(stopping.stalled(1e-6)([record({}), record({ iteration: 1 })])).toBeNull();
  });
});

describe('productLimit', () => {
  const products = (...totals: [number, number][]) =>
    totals.map(([multiply, multiplyTransposed], iteration) =>
      record({ iteration, products: { multiply, multiplyTransposed, gram: 0 } }),
    );

  it('stops before an iteration that would exceed it', () => {
    const stop = stopping.productLimit(10);
    expect(stop(products([1, 1]))).toBeNull();
    expect(stop(products([1, 1], [2, 2], [3, 3]))).toBeNull();
    expect(stop(products([1, 1], [4, 2]))).toBeNull();
    expect(stop(products([1, 1], [5, 2]))?.detail).toBe('7 of at most 10 products with X, and another iteration takes 5');
    expect(stop(products([4, 4], [5, 5]))).toEqual({
      reason: 'products',
      converged: false,
      detail: '10 of at most 10 products with X, and another iteration takes 2',
    });
  });
});

describe('timeLimit and iterationLimit', () => {
  it('say the numbers', () => {
    expect(stopping.timeLimit(2)([record({ seconds: 2.5 })])).toEqual({
      reason: 'time',
      converged: false,
      detail: '2.500 s of at most 2 s',
    });
    expect(stopping.timeLimit(2)([record({ seconds: 1.999 })])).toBeNull();
    expect(stopping.iterationLimit(3)([record({ iteration: 2 })])).toBeNull();
    expect(stopping.iterationLimit(3)([record({ iteration: 3 })])?.detail).toBe('3 of at most 3 iterations');
  });
});

describe('firstOf', () => {
  it('answers with the first criterion in the order given', () => {
    const both = [record({ seconds: 9, iteration: 9 })];
    expect(stopping.firstOf([stopping.timeLimit(1), stopping.iterationLimit(1)])(both)?.reason).toBe('time');
    expect(stopping.firstOf([stopping.iterationLimit(1), stopping.timeLimit(1)])(both)?.reason).toBe('iterations');
    expect(stopping.firstOf([stopping.timeLimit(10), stopping.iterationLimit(10)])(both)).toBeNull();
    expect(stopping.firstOf([])(both)).toBeNull();
  });
});

describe('in a run', () => {
  it('a gradient tolerance is reached and its numbers are those of the records', async () => {
    const { stop, history } = await train(smallProblem(), {
      direction: lbfgs(),
      stepRule: line(gaussNewton()),
      stop: stopping.firstOf([stopping.gradientBelow(1e-6), stopping.iterationLimit(200)]),
    });
    expect(stop).toMatchObject({ reason: 'gradient', converged: true });
    expect(stop.detail).toContain(history.at(-1)!.gradientNorm.toPrecision(4));
    expect(stop.detail).toContain(history[0]!.gradientNorm.toPrecision(4));
    expect(history.at(-1)!.gradientNorm).toBeLessThanOrEqual(1e-6 * history[0]!.gradientNorm);
  });

  it('without a reachable tolerance the run stalls at the limit of rounding, near the optimum', async () => {
    const { stop, history } = await train(smallProblem(), {
      direction: lbfgs(),
      stepRule: line(gaussNewton()),
      stop: stopping.firstOf([stopping.stalled(1e-30), stopping.iterationLimit(500)]),
    });
    expect(stop.reason).toBe('stalled');
    expect(stop.detail).toContain('steepest descent');
    expect(history.at(-1)!.gradientNorm).toBeLessThan(1e-7 * history[0]!.gradientNorm);
  });
});
