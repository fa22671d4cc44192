/** The derivative of the held-out loss by log l1 and log l2 against differences of fits, where the same weights are 0 on both sides. */
import { describe, expect, it } from 'vitest';
import { outputsOf } from '../../lib/io/model-outputs.js';
import { fitL1At, largestL1, type L1Strength } from '../../lib/l1/fit.js';
import { l1HyperGradient } from '../../lib/l1/hyper-gradient.js';
import { squared } from '../../lib/losses/index.js';
import type { Loss } from '../../lib/losses/loss.js';
import { linear } from '../../lib/networks/index.js';
import { dealFolds, without } from '../../lib/selection/held-out-folds.js';
import { judgeRows } from '../../lib/selection/judgement.js';
import { RowDerivatives } from '../../lib/selection/row-derivatives.js';
import { inMatrixFrame, shares, type PenaltyProblem } from '../../lib/selection/penalty-problem.js';
import { backends } from '../support/backends.js';
import type { ProblemOptions } from '../support/problems.js';
import { penaltyProblem } from '../selection/problem.js';

async function heldOut(problem: PenaltyProblem) {
  const { targets, matrix, sampleWeights } = problem;
  const { rows } = matrix;
  const folds = await dealFolds(targets, targets.length / rows, sampleWeights, rows, 3, 0);
  const weights = without(folds, 0, sampleWeights);
  const own = sampleWeights ?? new Float64Array(rows).fill(1);
  const judging = own.map((s, row) => (folds[row] === 0 ? s : 0));
  return { folds, weights, fitted: shares(weights, rows), heldOut: shares(judging, rows) };
}

/** The fit to the last digits, and the loss of the rows held out. */
async function fitted(problem: PenaltyProblem, strength: L1Strength) {
  const { folds, weights } = await heldOut(problem);
  const { parameters } = await fitL1At(problem, strength, weights, problem.start, { iterations: 200, tolerance: 1e-13 });
  const { architecture, matrix, backend, offsets } = problem;
  const { loss } = await judgeRows(problem, await outputsOf(architecture, parameters, matrix, backend, offsets), folds);
  return { parameters, loss };
}

/** 2 log(1 + (r/2)^2), whose second derivative is below 0 beyond |r| = 2. */
const cauchy: Loss = {
  ...squared(),
  name: 'cauchy',
  leastSquares: false,
  row(o, at, _, y, target, slope, curvature) {
    const r = (o[at]! - y[target]!) / 2;
    if (slope) slope[0] = (2 * r) / (1 + r * r);
    if (curvature) curvature[0] = (1 - r * r) / (1 + r * r) ** 2;
    return 2 * Math.log1p(r * r);
  },
};

const zerosOf = (parameters: Float64Array) => Array.from(parameters, (w) => (w === 0 ? 0 : 1)).join('');

describe.each(backends)('on the $name backend', (backend) => {
  it.each([
    ['squared', { loss: 'squared' }, 0],
    ['squared in other units, an elastic net', { loss: 'squared', scale: 0.1 }, 0.02],
    ['logistic with weights and offsets', { loss: 'logistic', weighted: true, offset: true }, 0],
    ['poisson, an elastic net', { loss: 'poisson' }, 0.05],
    ['softmax', { loss: 'softmax' }, 0.01],
    ['a loss that is not convex', { loss: 'squared', own: cauchy }, 0.02],
  ] as const)('%s', async (_, { own, ...options }: ProblemOptions & { scale?: number; own?: Loss }, l2) => {
    const made = await penaltyProblem(backend, { ...options, network: linear(), rows: 60, columns: 8 });
    const problem = own ? { ...made.problem, loss: own } : made.problem;
    const { folds: __, weights, ...heldOutRows } = await heldOut(problem);
    const l1 = (own ? 0.6 : 0.35) * (await largestL1(problem, weights));
    const at = await fitted(problem, { l1, l2 });
    const zeros = zerosOf(at.parameters);
    expect(zeros).toContain('0');
    if (own) {
      const rows = new RowDerivatives(problem);
      await rows.moveTo(inMatrixFrame(problem, at.parameters));
      expect(Math.min(...(await rows.curvatures(heldOutRows.fitted)))).toBeLessThan(0);
    }
    expect(zeros.slice(0, 8)).toContain('1');
    const found = await l1HyperGradient(
      problem,
      at.parameters,
      { l1, l2 },
      { ...heldOutRows, tolerance: 1e-13, limit: 200 },
    );
    expect(Math.abs(found.loss - at.loss)).toBeLessThan(1e-12);
    const h = 1e-4;
    const difference = async (moved: (factor: number) => L1Strength) => {
      const [up, down] = [await fitted(problem, moved(Math.exp(h))), await fitted(problem, moved(Math.exp(-h)))];
      expect(zerosOf(up.parameters)).toBe(zeros);
      expect(zerosOf(down.parameters)).toBe(zeros);
      return (up.loss - down.loss) / (2 * h);
    };
    const size = Math.abs(found.byL1) + Math.abs(found.byL2);
    expect(size).toBeGreaterThan(1e-4);
    expect(Math.abs(found.byL1 - (await difference((factor) => ({ l1: l1 * factor, l2 }))))).toBeLessThan(1e-5 * size);
    expect(Math.abs(found.byL2 - (await difference((factor) => ({ l1, l2: l2 * factor }))))).toBeLessThan(1e-5 * size);
  });
});
