/** Leave-one-out against leaving one out: exactly for least squares, closely for other losses. */
import { describe, expect, it } from 'vitest';
import { outputsOf } from '../../lib/io/model-outputs.js';
import { leaveOneOut, type LeftOut } from '../../lib/selection/leave-one-out.js';
import { judgeRows } from '../../lib/selection/judgement.js';
import { promisedBy } from '../../lib/selection/newton-path.js';
import type { PenaltyProblem } from '../../lib/selection/penalty-problem.js';
import { Surroundings } from '../../lib/selection/surroundings.js';
import { backends, quickest } from '../support/backends.js';
import { penaltyProblem, predictRow, ridge, TIGHT, tightFit } from './problem.js';

/** The loss of every row by a fit of the others, whose penalty stays worth the same number of rows. */
async function byFits(problem: PenaltyProblem, l2: number): Promise<number> {
  const { rows } = problem.matrix;
  const all = problem.sampleWeights ?? new Float64Array(rows).fill(1);
  const mass = all.reduce((sum, s) => sum + s, 0);
  const { architecture, matrix, backend, offsets } = problem;
  let kept: Float64Array | null = null;
  for (let row = 0; row < rows; row++) {
    const others = all.map((s, i) => (i === row ? 0 : s));
    const end = await tightFit(problem, (l2 * mass) / (mass - all[row]!), others);
    const outputs = await outputsOf(architecture, end, matrix, backend, offsets);
    const width = outputs.length / rows;
    if (!kept) kept = outputs.slice();
    kept.set(outputs.subarray(row * width, (row + 1) * width), row * width);
  }
  return (await judgeRows(problem, kept!)).loss;
}

async function inSample(problem: PenaltyProblem, l2: number): Promise<number> {
  const { architecture, matrix, backend, offsets } = problem;
  const end = await tightFit(problem, l2);
  return (await judgeRows(problem, await outputsOf(architecture, end, matrix, backend, offsets))).loss;
}

async function leftOut(problem: PenaltyProblem, l2: number, neighbor: LeftOut['expansion'] | null = null): Promise<LeftOut> {
  const around = new Surroundings(problem);
  try {
    return await leaveOneOut(problem, around, l2, TIGHT, neighbor);
  } finally {
    around.dispose();
  }
}

describe.each(backends)('on the $name backend', (backend) => {
  it.each([
    ['one target', {}],
    ['two targets', { outputs: 2 }],
    ['weights and offsets', { weighted: true, offset: true }],
  ])('is leave-one-out itself for least squares, %s', async (_, options) => {
    const { problem } = await penaltyProblem(backend, { loss: 'squared', rows: 14, ...options });
    for (const l2 of [1e-3, 0.3]) {
      const { loss } = await leftOut(problem, l2);
      expect(Math.abs(loss / (await byFits(problem, l2)) - 1)).toBeLessThan(1e-7);
    }
  });

  it.each([
    ['logistic', {}],
    ['logistic', { weighted: true, offset: true }],
    ['logistic', { outputs: 2 }],
    ['softmax', {}],
    ['poisson', {}],
  ] as const)('is close to it for %s %o', async (loss, options) => {
    const { problem } = await penaltyProblem(backend, { loss, rows: 22, ...options });
    for (const l2 of [0.03, 0.3]) {
      const exact = await byFits(problem, l2);
      const gap = exact - (await inSample(problem, l2));
      const { loss: found } = await leftOut(problem, l2);
      expect(gap).toBeGreaterThan(0.01 * exact);
      expect(Math.abs(found - exact)).toBeLessThan(0.1 * gap);
    }
  });
});

/** 300 rows of 17 columns; `far` of them lie `times` as far from the others as they did. */
async function manyRows(far: number, times: number): Promise<{ problem: PenaltyProblem; exact: number }> {
  const { problem, x } = await penaltyProblem(quickest, { loss: 'squared', rows: 300, columns: 17 });
  const { rows, columns } = problem.matrix;
  const values = x.map((value, e) => (e < far * columns ? times * value : value));
  const matrix = await quickest.matrix({ kind: 'dense', values, rows, columns }, {});
  const one = new Float64Array(rows).fill(1 / rows);
  const outputs = Float64Array.from(one, (_, row) => {
    const others = one.map((s, i) => (i === row ? 0 : s));
    return predictRow(values, row, ridge(values, problem.targets, others, 0.01));
  });
  return { problem: { ...problem, matrix }, exact: (await judgeRows({ ...problem, matrix }, outputs)).loss };
}

it.each([
  ['alike', 0, 1],
  ['of which four are far from all others', 4, 30],
])('projects leverages of many rows without losing what they count, %s', async (_, far, times) => {
  const { problem, exact } = await manyRows(far, times);
  const gap = exact - (await inSample(problem, 0.01));
  const { loss } = await leftOut(problem, 0.01);
  expect(gap).toBeGreaterThan(0.02 * exact);
  expect(Math.abs(loss - exact)).toBeLessThan(0.1 * gap);
});

it.each([
  ['squared', 60],
  ['logistic', 60],
  ['softmax', 60],
  ['logistic', 600],
  ['softmax', 600],
] as const)('from a neighbor as from the beginning, %s over %i rows', async (loss, rows) => {
  const { problem } = await penaltyProblem(quickest, { loss, rows });
  let { expansion } = await leftOut(problem, 0.5);
  for (const l2 of [0.0625, 0.0078, 0.001]) {
    const warm = await leftOut(problem, l2, expansion);
    const cold = await leftOut(problem, l2);
    expect(Math.abs(warm.loss / cold.loss - 1)).toBeLessThan(1e-3);
    expect(warm.end.length).toBe(cold.end.length);
    expansion = warm.expansion;
  }
});

it('tells what the fit would gain by another penalty, of least squares exactly', async () => {
  const { problem } = await penaltyProblem(quickest, { loss: 'squared', rows: 60, weighted: true });
  const { expansion } = await leftOut(problem, 0.5);
  const [penalized, free] = [await inSample(problem, 0.5), await inSample(problem, 1e-9)];
  expect(await promisedBy(problem, expansion, 1e-9)).toBeCloseTo((penalized - free) / penalized, 6);
  expect(await promisedBy(problem, expansion, 0.5)).toBeLessThan(1e-9);
});
