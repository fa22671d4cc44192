/** The derivative of the held-out loss by log l2 against differences of fits, whose error falls with the square of their step. */
import { describe, expect, it } from 'vitest';
import { outputsOf } from '../../lib/io/model-outputs.js';
import { mlp } from '../../lib/networks/index.js';
import { dealFolds, without } from '../../lib/selection/held-out-folds.js';
import { hyperGradient } from '../../lib/selection/hyper-gradient.js';
import { judgeRows } from '../../lib/selection/judgement.js';
import { shares, type PenaltyProblem } from '../../lib/selection/penalty-problem.js';
import { backends } from '../support/backends.js';
import { penaltyProblem, tightFit } from './problem.js';

const TIGHTLY = { tolerance: 1e-12, limit: 400 };

async function held(problem: PenaltyProblem) {
  const { targets, matrix, sampleWeights } = problem;
  const { rows } = matrix;
  const folds = await dealFolds(targets, targets.length / rows, sampleWeights, rows, 5, 0);
  const weights = without(folds, 0, sampleWeights);
  const own = sampleWeights ?? new Float64Array(rows).fill(1);
  return {
    folds,
    weights,
    fitted: shares(weights, rows),
    heldOut: shares(
      own.map((s, row) => (folds[row] === 0 ? s : 0)),
      rows,
    ),
  };
}

async function lossAt(problem: PenaltyProblem, l2: number, start: Float64Array): Promise<number> {
  const { folds, weights } = await held(problem);
  const end = await tightFit(problem, l2, weights, { trained: start });
  const { architecture, matrix, backend, offsets } = problem;
  return (await judgeRows(problem, await outputsOf(architecture, end, matrix, backend, offsets), folds)).loss;
}

const network = mlp({ hidden: [3], activation: 'tanh' });

describe.each(backends)('on the $name backend', (backend) => {
  it.each([
    ['logistic', { loss: 'logistic', weighted: true, offset: true }],
    ['squared', { loss: 'squared' }],
    ['softmax', { loss: 'softmax' }],
    ['an mlp', { loss: 'squared', network, rows: 60 }],
  ] as const)('%s', async (_, options) => {
    const { problem } = await penaltyProblem(backend, options);
    const { weights, fitted, heldOut } = await held(problem);
    const l2 = 0.05;
    const end = await tightFit(problem, l2, weights);
    const found = await hyperGradient(problem, end, l2, { fitted, heldOut, ...TIGHTLY });
    expect(found.residual).toBeLessThan(1e-6);
    expect(Math.abs(found.loss - (await lossAt(problem, l2, end)))).toBeLessThan(1e-7);
    const slope = found.slopes.reduce((sum, s) => sum + s, 0);
    const errors: number[] = [];
    for (const h of [0.2, 0.1, 0.05]) {
      const [up, down] = [await lossAt(problem, l2 * Math.exp(h), end), await lossAt(problem, l2 * Math.exp(-h), end)];
      errors.push((up - down) / (2 * h) - slope);
    }
    expect(Math.abs(errors[0]! / errors[1]!)).toBeGreaterThan(3);
    expect(Math.abs(errors[1]! / errors[2]!)).toBeGreaterThan(3.5);
    // The error of the two smaller steps, extrapolated to step 0.
    expect(Math.abs((4 * errors[2]! - errors[1]!) / 3)).toBeLessThan(3e-3 * Math.abs(slope));
  });

  it('of each layer: columns divided by c have their penalty multiplied by c squared', async () => {
    const made = (scale: number) => penaltyProblem(backend, { loss: 'squared', network, rows: 60, scale });
    const { problem } = await made(1);
    const { weights, fitted, heldOut } = await held(problem);
    const l2 = 0.05;
    const end = await tightFit(problem, l2, weights);
    const { slopes } = await hyperGradient(problem, end, l2, { fitted, heldOut, ...TIGHTLY });
    const losses: number[] = [];
    for (const h of [0.05, -0.05]) {
      const scale = Math.exp(-h / 2);
      const { problem: scaled } = await made(scale);
      const moved = end.map((value, k) => (k < 4 * 3 ? value / scale : value));
      losses.push(await lossAt(scaled, l2, moved));
    }
    expect((losses[0]! - losses[1]!) / 0.1 / slopes[0]!).toBeCloseTo(1, 2);
  });

  it('of each layer: the slope of fits whose penalty differs in that layer alone', async () => {
    const { problem } = await penaltyProblem(backend, { loss: 'squared', network, rows: 60 });
    const { weights, fitted, heldOut } = await held(problem);
    const factors = [2, 0.5];
    const l2 = 0.05;
    const at = { ...problem, layerPenalties: factors };
    const end = await tightFit(at, l2, weights);
    const { slopes } = await hyperGradient(at, end, l2, { fitted, heldOut, ...TIGHTLY });
    for (const layer of [0, 1]) {
      const lossOf = (h: number) => {
        const layerPenalties = factors.map((c, l) => (l === layer ? c * Math.exp(h) : c));
        return lossAt({ ...problem, layerPenalties }, l2, end);
      };
      expect(((await lossOf(0.05)) - (await lossOf(-0.05))) / 0.1 / slopes[layer]!).toBeCloseTo(1, 2);
    }
  });

  // One of relu may end on a kink, where no derivative is defined.
  it('of one unit without an activation both layers have the same derivative', async () => {
    const unit = mlp({ hidden: [1], activation: 'identity' });
    const { problem } = await penaltyProblem(backend, { loss: 'squared', network: unit, rows: 60 });
    const { weights, fitted, heldOut } = await held(problem);
    const at = { ...problem, layerPenalties: [3, 0.2] };
    const end = await tightFit(at, 0.05, weights);
    const { slopes } = await hyperGradient(at, end, 0.05, { fitted, heldOut, ...TIGHTLY });
    expect(Math.abs(slopes[0]! - slopes[1]!)).toBeLessThan(1e-3 * Math.abs(slopes[0]!));
  });

  it('begins at the solution nearby, and needs fewer products for it', async () => {
    const { problem } = await penaltyProblem(backend, { loss: 'logistic', columns: 20, rows: 200 });
    const { weights, fitted, heldOut } = await held(problem);
    const common = { fitted, heldOut, tolerance: 1e-3, limit: 100 };
    const end = await tightFit(problem, 0.05, weights);
    const cold = await hyperGradient(problem, end, 0.05, common);
    const warm = await hyperGradient(problem, end, 0.05, { ...common, start: cold.adjoint });
    expect(cold.products).toBeGreaterThan(2);
    expect(warm.products).toBe(1);
    expect(cold.residual).toBeLessThanOrEqual(1e-3);
  });
});
