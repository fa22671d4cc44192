/** What a review found on the second edition of the seam: each with the figure that it should give. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { createTrainer, type TrainerOptions } from '../../lib/core/trainer.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { coordinate, gradient } from '../../lib/directions/index.js';
import { squared, type Loss } from '../../lib/losses/index.js';
import { mlp } from '../../lib/networks/index.js';
import { plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { train, type TrainOptions, type TrainingData } from '../../lib/train.js';
import { backends } from '../support/backends.js';
import { open, smallProblem, type SmallProblem } from '../support/problems.js';

const [rows, columns] = [200, 5];

/** A plain regression; one column may have another spread. */
function regression(spread = 1): TrainingData {
  const random = createRandom(3);
  const values = Float64Array.from({ length: rows * columns }, (_, e) => (e % columns === 0 ? spread : 1) * random.normal());
  const y = Float64Array.from({ length: rows }, (_, i) => {
    return values
      .subarray(i * columns, (i + 1) * columns)
      .reduce((sum, x, j) => sum + (j === 0 ? x / spread : x), 0.1 * random.normal());
  });
  return { x: { values, rows, columns }, y };
}

describe.each(backends)('on the $name backend', ({ name: backend }) => {
  const run = (data: TrainingData, options: TrainOptions) => train(data, { backend, loss: 'squared', ...options });

  it('a start far away is not called converged before it has come near', async () => {
    const best = (await run(regression(), { l2: 0 })).objective;
    for (const direction of ['adam', 'gradient', 'lbfgs'] as const) {
      const far = await run(regression(), {
        l2: 0,
        direction,
        start: new Float64Array(columns + 1).fill(1e9),
        maxIterations: 300,
      });
      if (far.stop.converged) expect(far.objective / best - 1, direction).toBeLessThan(1e-6);
    }
  });

  it('nothing is called converged at a gradient above the tolerance asked for', async () => {
    const data = regression();
    const { model } = await run(data, { l2: 0.1, tolerance: 1e-3 });
    const slow = await run(data, {
      l2: 0.1,
      start: model,
      steps: 'fixed',
      rate: 1e-30,
      tolerance: 1e-12,
      direction: 'gradient',
    });
    expect(slow.stop).toMatchObject({ reason: 'decrease', converged: false });
  });

  it('coordinate descent without a search is gradient descent, for a column that the penalty holds too', async () => {
    const data = regression(1e-4);
    const best = (await run(data, { l2: 0.1 })).objective;
    const swept = await run(data, {
      l2: 0.1,
      direction: coordinate({ threshold: 0 }),
      steps: 'line',
      memory: 0,
      maxIterations: 60,
    });
    expect(swept.objective / best - 1).toBeLessThan(1e-6);
  });

  it('a variation of a loss runs its own arithmetic, not that of the original', async () => {
    const quartic: Loss = {
      ...squared(),
      name: 'quartic',
      row: (o, at, _width, y, target, slope, curvature) => {
        const r = o[at]! - y[target]!;
        if (slope) slope[0] = r ** 3;
        if (curvature) curvature[0] = 3 * r * r;
        return r ** 4 / 4;
      },
    };
    const values = Float64Array.of(0, 0, 0);
    const result = await train(
      { x: { values, rows: 3, columns: 1 }, y: Float64Array.of(0, 0, 3) },
      { backend, loss: quartic, direction: 'gradient' },
    );
    // The minimizer of b^4 + b^4 + (3 - b)^4: 2^(1/3) b = 3 - b.
    expect(result.model.spec.parameters[1]).toBeCloseTo(3 / (1 + 2 ** (1 / 3)), 6);
  });
});

describe.each(backends)('states on the $name backend', (backend) => {
  const own: Loss = { ...squared(), name: 'own' };
  const problem = { ...smallProblem({ network: mlp({ hidden: [4] }), loss: 'squared' }), loss: own };
  const options = { direction: gradient(), stepRule: plane(gaussNewton()), memory: 1, stop: iterationLimit(6) };

  async function stateAfter(iterations: number, given: SmallProblem = problem) {
    const { objective } = await open(given, { backend, memory: 1 });
    const trainer = await createTrainer(objective, given.start, options);
    for (let i = 0; i < iterations; i++) await trainer.step();
    return trainer.state();
  }

  it("go on with equal bits for a loss of one's own", async () => {
    for (let at = 1; at < 6; at++) {
      const { objective } = await open(problem, { backend, memory: 1 });
      const trainer = await createTrainer(objective, { state: await stateAfter(at) }, options);
      while (!trainer.stop) await trainer.step();
      expect((await trainer.state()).objective.point).toEqual((await stateAfter(6)).objective.point);
    }
  });

  it('are refused by another objective or direction, with what differs', async () => {
    const state = await stateAfter(2);
    const resume = async (given: SmallProblem, l2: number | undefined, parts: TrainerOptions = options) => {
      const { objective } = await open(given, { backend, memory: 1, ...(l2 === undefined ? {} : { l2 }) });
      return createTrainer(objective, { state }, parts);
    };
    await expect(resume(problem, 5)).rejects.toThrow(/^The state must be that of an equal run, but its penalty differs/);
    const other = { ...problem, targets: problem.targets.map((y) => y + 1) };
    await expect(resume(other, undefined)).rejects.toThrow('its targets differs');
    await expect(resume(problem, undefined, { ...options, direction: coordinate() })).rejects.toMatchObject({
      code: 'INCOMPATIBLE',
    });
  });
});
