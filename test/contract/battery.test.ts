/** Every direction with every step rule, network, loss and memory: what each combination has to keep. */
import { describe, expect, it } from 'vitest';
import type { Backend, Precision } from '../../lib/backends/backend.js';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { backends } from '../support/backends.js';
import { compiledBackends } from '../support/compiled.js';
import { fitTogether } from '../support/needs.js';
import { cases, networkCases, smallProblem, taskProblem, type SmallProblem } from '../support/problems.js';
import { referenceObjective } from '../support/reference.js';
import { directionCases, ofTasks, ruleCases, train, type DirectionCase, type RuleCase } from '../support/runs.js';

const ITERATIONS = 6;

/** Linear, one and two hidden layers, gates; every activation has its turn in test/core and test/parity. */
const networks = networkCases.filter(({ label }) =>
  ['linear', 'mlp 4 tanh', 'mlp 4,3 sigmoid', 'gated 3', 'skip 3'].includes(label),
);
const problems = cases
  .filter(({ network }) => networks.some((one) => one.network === network))
  .map(({ label, network, loss, outputs }) => ({
    label,
    problem: smallProblem({ seed: 17, rows: 20, network, loss, outputs }),
  }));

const sparseProblems = cases
  .filter(({ label }) => /^linear, (logistic|softmax|poisson)$|^mlp 4 tanh, softmax$|^skip 3, squared$/.test(label))
  .map(({ label, network, loss, outputs }) => ({
    label,
    problem: smallProblem({ seed: 17, rows: 20, network, loss, outputs, zeros: 0.6 }),
  }));

/** For directions of tasks, and two others. */
const taskProblems = networks.map(({ label, network }) => ({
  label: `${label}, tasks`,
  problem: taskProblem({ seed: 17, rows: 20, network, weighted: true }),
}));

/** Every loss on a linear model, and one network: a step rule does not see how X is stored. */
const inSingles = /^linear, |^mlp 4 tanh, (softmax|squared)$/;

/** How X is stored, and how far the objective may be from its formula over the X that was given. */
interface Storage {
  readonly precision: Precision;
  readonly sparse: boolean;
  readonly rounding: number;
}
const doubles: Storage = { precision: 'float64', sparse: false, rounding: 1e-10 };
const singles: Storage = { precision: 'float32', sparse: false, rounding: 1e-5 };
const sparseDoubles: Storage = { precision: 'float64', sparse: true, rounding: 1e-10 };

/** Fresh columns that a direction proposes: the name in a record ends in a number when there are several. */
function freshColumns(record: IterationRecord): number {
  return Object.keys(Object.values(record.steps)[0]!).filter((name) => !name.startsWith('memory-')).length;
}

async function run(
  backend: Backend,
  { rule }: RuleCase,
  { direction }: DirectionCase,
  problem: SmallProblem,
  { precision, sparse, rounding }: Storage = doubles,
): Promise<void> {
  for (const memory of rule.maxMemory === 0 ? [0] : [1, 3].filter((count) => count <= rule.maxMemory)) {
    const options = { backend, direction, stepRule: rule, memory, iterations: ITERATIONS, precision, sparse };
    const { history, parameters, objective } = await train(problem, options);
    // Measured slopes take no gradient, nor do they fall back on one; and gradients of tasks are as many, but one with the accepted point.
    const own = ofTasks(direction) ? problem.loss.tasks!.length - 1 : 0;
    const gradients = direction.difference === undefined ? 1 + own : 0;
    expect(history).toHaveLength(ITERATIONS + 1);
    history.slice(1).forEach((record, i) => {
      const before = history[i]!;
      expect(Number.isFinite(record.objective)).toBe(true);
      if (rule.safeguarded) expect(record.objective).toBeLessThanOrEqual(before.objective * (1 + 1e-13));
      expect(record.innerEvaluations).toBeGreaterThan(0);
      // What an iteration costs: one product X D per fresh direction, one X' Q, and nothing for a past step (and one for a refresh).
      const refresh = record.drift === undefined ? 0 : 1;
      const multiply = record.products.multiply - before.products.multiply - refresh;
      const multiplyTransposed = record.products.multiplyTransposed - before.products.multiplyTransposed;
      if (record.status === 'step' || record.status === 'stayed') {
        expect(record.status === 'step' || gradients === 0).toBe(true);
        expect({ multiply, multiplyTransposed }).toEqual({ multiply: freshColumns(record), multiplyTransposed: gradients });
        for (const steps of Object.values(record.steps)) {
          expect(Object.keys(steps).length).toBeLessThanOrEqual(freshColumns(record) + Math.min(memory, i));
        }
      } else {
        // A fallback forms -g as well; a stall ends before the gradient.
        expect(multiply).toBeGreaterThanOrEqual(2);
        expect(multiplyTransposed).toBe(own + (record.status === 'fallback' ? 1 : 0));
      }
    });
    // The best accepted point, its value formed anew where rounding may have touched it.
    expect(Math.abs(objective / Math.min(...history.map((record) => record.objective)) - 1)).toBeLessThan(10 * rounding);
    expect(Math.abs(objective - referenceObjective(problem, parameters, 0.01))).toBeLessThan(
      rounding * Math.max(1, objective),
    );
  }
}

describe.each(backends)('on the $name backend', (backend) => {
  describe.each(directionCases)('$name', (direction) => {
    describe.each(ruleCases)('with $label', (rule) => {
      const together = problems.filter(({ problem }) => fitTogether(direction.direction, rule.rule, problem.loss));
      it.each(together)('$label', ({ problem }) => run(backend, rule, direction, problem));

      const several = ofTasks(direction.direction) || ['gradient', 'kronecker-lbfgs'].includes(direction.name);
      const ofSeveral = several ? taskProblems : [];
      it.each(ofSeveral.filter(({ problem }) => fitTogether(direction.direction, rule.rule, problem.loss)))(
        '$label',
        ({ problem }) => run(backend, rule, direction, problem),
      );

      it.each(together.filter(({ label }) => inSingles.test(label)))('$label, X in float32', ({ problem }) =>
        run(backend, rule, direction, problem, singles),
      );

      it.each(sparseProblems.filter(({ problem }) => fitTogether(direction.direction, rule.rule, problem.loss)))(
        '$label, X sparse',
        ({ problem }) => run(backend, rule, direction, problem, sparseDoubles),
      );

      it('is refused in one sentence where one lacks what the other needs', async () => {
        for (const { problem } of problems.filter((one) => !together.includes(one))) {
          const refused = train(problem, { backend, direction: direction.direction, stepRule: rule.rule });
          await expect(refused).rejects.toThrow(
            /^The direction '.*' needs of the (loss|step rule) .*, but '.*' has none\.$/,
          );
        }
      });
    });
  });
});

/** The same core as native, compiled otherwise: every direction with one rule, on the problems that singles are tried on. */
describe.each(compiledBackends.filter(({ name }) => name === 'wasm'))('on the $name backend', (backend) => {
  const rule = ruleCases.find(({ rule: { name } }) => name === 'layerwise')!;
  const small = problems.filter(({ label }) => inSingles.test(label));
  const fitting = directionCases.filter(({ direction }) =>
    small.some(({ problem }) => fitTogether(direction, rule.rule, problem.loss)),
  );
  describe.each(fitting)('$name', (direction) => {
    const fit = ({ problem }: { problem: SmallProblem }): boolean =>
      fitTogether(direction.direction, rule.rule, problem.loss);
    const dense = small.filter(fit);
    it.each(dense)('$label', ({ problem }) => run(backend, rule, direction, problem));
    it.each(dense)('$label, X in float32', ({ problem }) => run(backend, rule, direction, problem, singles));
    it.each(sparseProblems.filter(fit))('$label, X sparse', ({ problem }) =>
      run(backend, rule, direction, problem, sparseDoubles),
    );
  });
});

describe('the battery has teeth', () => {
  it('ordinary problems take ordinary steps: no rule lives on its fallback', async () => {
    for (const rule of ruleCases) {
      let steps = 0;
      let all = 0;
      for (const { problem } of problems) {
        const { history } = await train(problem, { stepRule: rule.rule, iterations: ITERATIONS });
        steps += history.filter(({ status }) => status === 'step').length;
        all += ITERATIONS;
      }
      expect(steps / all, rule.label).toBeGreaterThan(0.9);
    }
  });
});
