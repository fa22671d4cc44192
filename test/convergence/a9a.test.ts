/** a9a, logistic loss, l2 = 1/n: the optima of the formula with the bias free, as here, and penalized, as other programs have it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataMatrix } from '../../lib/backends/backend.js';
import { Objective } from '../../lib/core/objective.js';
import * as stopping from '../../lib/core/stopping.js';
import { minimize, type TrainingResult } from '../../lib/core/trainer.js';
import { readLibsvm } from '../../lib/data/libsvm.js';
import { sourceOf, type SparseData } from '../../lib/data/matrix-data.js';
import { gradient, kronecker, kroneckerLbfgs, lbfgs, type Direction } from '../../lib/directions/index.js';
import { losses } from '../../lib/losses/index.js';
import { linear } from '../../lib/networks/index.js';
import { layerwise, line, plane, strongWolfe, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { quickest } from '../support/backends.js';

/** By Newton's method in numpy to a gradient of 2e-16. */
const OPTIMUM = 0.32334917326075;
/** Likewise, and what five other programs agree on that penalize the bias as the weight of one more feature. */
const OPTIMUM_PENALIZED = 0.32337186831532;
const directory = process.env.PLANESEARCH_DATA ?? path.resolve(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const file = path.join(directory, 'a9a.svm.gz');
const present = existsSync(file);
if (!present) console.warn('The a9a tests are skipped: the data sets are not there; PLANESEARCH_DATA names their folder.');

describe.skipIf(!present)(`a9a on the ${quickest.name} backend`, () => {
  let matrix: DataMatrix;
  /** X with a column of ones. */
  let extended: DataMatrix;
  let targets: Float64Array;

  beforeAll(async () => {
    const { data, target } = await readLibsvm(file, { needsTarget: true });
    expect(data).toMatchObject({ kind: 'csr', rows: 32561, columns: 123 });
    matrix = await quickest.matrix(sourceOf(data));
    const { rows, columns, indptr, indices } = data as SparseData;
    const ones = new Float64Array(rows * (columns + 1));
    for (let i = 0; i < rows; i++) {
      for (let e = indptr[i]!; e < indptr[i + 1]!; e++) ones[i * (columns + 1) + indices[e]!] = 1;
      ones[i * (columns + 1) + columns] = 1;
    }
    // As it is: in the standard frame a column of ones would be constant, and only the free bias would see it.
    extended = await quickest.matrix({ kind: 'dense', values: ones, rows, columns: columns + 1 }, { frame: 'none' });
    targets = target!.values as Float64Array;
  });

  afterAll(() => {
    matrix?.dispose();
    extended?.dispose();
  });

  async function run(
    direction: Direction,
    stepRule: StepRule,
    memory: number,
    stop: stopping.StopCriterion,
    X: DataMatrix = matrix,
  ): Promise<TrainingResult> {
    const architecture = linear().architecture(X.columns, 1);
    const objective = new Objective(
      { matrix: X, architecture, loss: losses.logistic(), targets, l2: 1 / X.rows, memory },
      quickest,
    );
    try {
      return await minimize(objective, new Float64Array(X.columns + 1), { direction, stepRule, memory, stop });
    } finally {
      objective.dispose();
    }
  }

  it.each([
    ['lbfgs, line', lbfgs() as Direction, line(gaussNewton()) as StepRule, 0],
    ['lbfgs, strong-wolfe', lbfgs() as Direction, strongWolfe() as StepRule, 0],
    ['kronecker, plane', kronecker() as Direction, plane(gaussNewton()) as StepRule, 1],
    ['kronecker-lbfgs, layerwise', kroneckerLbfgs() as Direction, layerwise(gaussNewton()) as StepRule, 1],
  ])('%s reaches the optimum', async (_, direction, rule, memory) => {
    const stop = stopping.firstOf([stopping.gradientBelow(3e-7), stopping.stalled(3e-7), stopping.iterationLimit(800)]);
    const { objective, history, stop: ended } = await run(direction, rule, memory, stop);
    expect(history[0]!.objective).toBeCloseTo(Math.LN2, 12);
    expect(ended.converged).toBe(true);
    expect(objective).toBeCloseTo(OPTIMUM, 9);
  });

  it('with the bias held at 0 and a penalized column of ones, the optimum is that of programs which penalize the bias', async () => {
    const stop = stopping.firstOf([stopping.decreaseBelow(1e-6), stopping.stalled(1e-6), stopping.iterationLimit(300)]);
    const { objective, parameters } = await run(withoutBias(lbfgs()), line(gaussNewton()) as StepRule, 0, stop, extended);
    expect(parameters.at(-1)).toBe(0);
    expect(objective).toBeCloseTo(OPTIMUM_PENALIZED, 9);
  });

  it('60 iterations of the gradient cost the same with plane search as with line optimization, and come twice as close', async () => {
    const stop = stopping.iterationLimit(60);
    const searched = await run(gradient(), plane(gaussNewton()) as StepRule, 1, stop);
    const alone = await run(gradient(), line(gaussNewton()) as StepRule, 0, stop);
    const spent = ({ history }: TrainingResult): number => history.at(-1)!.products.multiply - history[0]!.products.multiply;
    expect(spent(searched)).toBe(60);
    expect(spent(alone)).toBe(60);
    expect(searched.objective - OPTIMUM).toBeLessThan(0.5 * (alone.objective - OPTIMUM));
  });
});

/** The direction that `inner` proposes where the last parameter, the bias, cannot move. */
function withoutBias<State>(inner: Direction<State>): Direction {
  const held = (gradientThere: Float64Array | null): Float64Array | null =>
    gradientThere && gradientThere.slice().fill(0, -1);
  return {
    ...inner,
    next: (state, { gradient: g, previousGradient, step, vectors }) =>
      inner.next(
        state as State,
        { gradient: held(g)!, previousGradient: held(previousGradient), step, vectors } as Objective,
      ),
  } as Direction;
}
