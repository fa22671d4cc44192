/** Data and states with nothing to see in them: every run stays finite and never rises. */
import { describe, expect, it } from 'vitest';
import { blockOf } from '../../lib/core/parameters.js';
import { mlp } from '../../lib/networks/index.js';
import { layerwise, plane, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { lossCases, networkNamed, openAtStart, smallProblem, type SmallProblem } from '../support/problems.js';
import { relativeError } from '../support/reference.js';
import { directionCases, train, type RunOptions } from '../support/runs.js';

const mlpCase = mlp({ hidden: [4], activation: 'relu' });
/** The baseline, the classic and the default; `test/contract` runs every direction on ordinary data. */
const common: readonly string[] = ['gradient', 'lbfgs', 'kronecker-lbfgs'];
const rules = [plane(gaussNewton()), layerwise(gaussNewton())] as StepRule[];

/** The problem with its column `j` replaced. */
function withColumn(problem: SmallProblem, j: number, entry: (i: number) => number): SmallProblem {
  const x = problem.x.slice();
  for (let i = 0; i < problem.rows; i++) x[i * problem.columns + j] = entry(i);
  return { ...problem, x };
}

describe.each(backends)('on the $name backend', (backend) => {
  async function settles(problem: SmallProblem, options: RunOptions = {}, rounding = 1e-12): Promise<void> {
    for (const { direction } of directionCases.filter(({ name }) => common.includes(name))) {
      for (const stepRule of rules) {
        const result = await train(problem, { backend, direction, stepRule, memory: 1, iterations: 15, ...options });
        const values = result.history.map((record) => record.objective);
        const message = `${direction.name}, ${stepRule.name}`;
        expect(result.parameters.every(Number.isFinite), message).toBe(true);
        expect(values.every(Number.isFinite), message).toBe(true);
        values.slice(1).forEach((value, i) => expect(value, message).toBeLessThanOrEqual(values[i]! * (1 + rounding)));
        expect(result.stop.reason, message).toBe('iterations');
      }
    }
  }

  it.each(lossCases)('one row, one column: $label', async ({ loss, outputs }) => {
    for (const network of [networkNamed('linear'), mlpCase]) {
      for (const l2 of [0, 0.1]) await settles(smallProblem({ rows: 1, columns: 1, network, loss, outputs }), { l2 });
    }
  });

  it.each(lossCases)('X = 0, so that only biases matter: $label', async ({ loss, outputs }) => {
    for (const network of [networkNamed('linear'), mlpCase]) {
      const problem = smallProblem({ network, loss, outputs });
      await settles({ ...problem, x: problem.x.map(() => 0) });
    }
  });

  it.each(lossCases)(
    'a column of zeros, a constant one, one twice, one of 1e8 and one of 1e-8: $label',
    async ({ loss, outputs }) => {
      for (const network of [networkNamed('linear'), mlpCase]) {
        const base = smallProblem({ columns: 6, network, loss, outputs });
        const third = (i: number): number => base.x[i * 6 + 2]!;
        let problem = withColumn(
          withColumn(base, 0, () => 0),
          1,
          () => 3,
        );
        problem = withColumn(withColumn(problem, 3, third), 4, (i) => 1e-8 * third(i));
        await settles(problem);
        // Products of size 1e8 cancel here, so that the same point reached by another order of sums has another value.
        const start = problem.start.slice();
        const width = problem.layers[0]!.outputs;
        for (let a = 0; a < width; a++) start[5 * width + a] = 1e-8 * start[5 * width + a]!;
        await settles({ ...withColumn(problem, 5, (i) => 1e8 * base.x[i * 6 + 5]!), start }, { l2: 0 }, 1e-9);
      }
    },
  );

  it('a column of zeros keeps its weights at what the penalty leaves of them', async () => {
    const problem = withColumn(smallProblem(), 1, () => 0);
    const { objective } = await openAtStart(problem, { backend, l2: 0 });
    expect(blockOf(objective.gradient, objective.layout.blocks[0]!)[1]).toBe(0);
    const { parameters } = await train(problem, { backend, l2: 0 });
    expect(parameters[1]).toBe(problem.start[1]);
  });

  it('rows that all agree: separable data with l2 = 0 goes on without end, and stays finite', async () => {
    const problem = smallProblem({ rows: 8, columns: 12 });
    await settles(problem, { l2: 0, iterations: 60 });
  });

  it('dead relu units: the output bias still learns', async () => {
    const problem = smallProblem({ network: mlpCase, loss: 'squared' });
    const { objective } = await openAtStart(problem, { backend });
    const start = problem.start.slice();
    blockOf(start, objective.layout.blocks[1]!).fill(-1e3);
    const dead = { ...problem, start };
    const result = await train(dead, { backend, l2: 0, stepRule: layerwise(gaussNewton()), memory: 1, iterations: 10 });
    const mean = problem.targets.reduce((sum, y) => sum + y / problem.rows, 0);
    expect(result.parameters.at(-1)).toBeCloseTo(mean, 9);
    // The way into the caller's units and back may round.
    expect(relativeError(result.parameters.slice(0, -1), start.slice(0, -1))).toBeLessThan(1e-18);
    await settles(dead);
  });

  it('all targets the same: the biases take them', async () => {
    const problem = smallProblem({ loss: 'squared' });
    const constant = { ...problem, targets: problem.targets.map(() => 7), start: problem.start.map(() => 0) };
    const { parameters, objective } = await train(constant, {
      backend,
      stepRule: plane(gaussNewton()),
      memory: 1,
      iterations: 40,
    });
    expect(parameters.at(-1)).toBeCloseTo(7, 6);
    expect(objective).toBeLessThan(1e-12);
  });

  it('duplicated rows change nothing but the cost', async () => {
    const problem = smallProblem({ network: mlpCase, loss: 'softmax' });
    const twice: SmallProblem = {
      ...problem,
      rows: 2 * problem.rows,
      x: Float64Array.of(...problem.x, ...problem.x),
      targets: Float64Array.of(...problem.targets, ...problem.targets),
    };
    const options = { backend, stepRule: plane(gaussNewton()), memory: 1, iterations: 5 };
    const [once, doubled] = [await train(problem, options), await train(twice, options)];
    expect(relativeError(doubled.parameters, once.parameters)).toBeLessThan(1e-9);
  });
});
