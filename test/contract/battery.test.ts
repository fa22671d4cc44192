/** Every direction with every step rule, network, loss and memory: what each combination has to keep. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { checkNeeds } from '../../lib/core/needs.js';
import { backends, quickest } from '../support/backends.js';
import { cases, networkCases, open, smallProblem, type SmallProblem } from '../support/problems.js';
import { referenceObjective } from '../support/reference.js';
import { directionCases, ruleCases, train, type DirectionCase, type RuleCase } from '../support/runs.js';

const ITERATIONS = 6;

/** Linear, one and two hidden layers; every activation has its turn in test/core and test/parity. */
const networks = networkCases.filter(({ label }) => ['linear', 'mlp 4 tanh', 'mlp 4,3 sigmoid'].includes(label));
const problems = cases
  .filter(({ network }) => networks.some((one) => one.network === network))
  .map(({ label, network, loss, outputs }) => ({ label, problem: smallProblem({ seed: 17, rows: 20, network, loss, outputs }) }));

/** Fresh columns that a direction proposes: the name in a record ends in a number when there are several. */
function freshColumns(record: IterationRecord): number {
  return Object.keys(Object.values(record.steps)[0]!).filter((name) => !name.startsWith('memory-')).length;
}

/** Why the parts do not go together, by what they declare; null when they do. */
async function unmetNeed(backend: Backend, { rule }: RuleCase, { direction }: DirectionCase, problem: SmallProblem): Promise<string | null> {
  const { objective, matrix } = await open(problem, { backend });
  try {
    checkNeeds([{ kind: 'direction', ...direction }, { kind: 'step rule', ...rule }, ...objective.parts]);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    objective.dispose();
    matrix.dispose();
  }
}

async function run(backend: Backend, ruleCase: RuleCase, directionCase: DirectionCase, problem: SmallProblem): Promise<void> {
  const { rule } = ruleCase;
  const { direction } = directionCase;
  const unmet = await unmetNeed(backend, ruleCase, directionCase, problem);
  if (unmet !== null) {
    await expect(train(problem, { backend, direction, stepRule: rule, iterations: ITERATIONS })).rejects.toThrow(unmet);
    return;
  }
  for (const memory of rule.maxMemory === 0 ? [0] : [1, 3].filter((count) => count <= rule.maxMemory)) {
    const options = { backend, direction, stepRule: rule, memory, iterations: ITERATIONS };
    const { history, parameters, objective } = await train(problem, options);
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
      if (record.status === 'step') {
        expect({ multiply, multiplyTransposed }).toEqual({ multiply: freshColumns(record), multiplyTransposed: 1 });
        for (const steps of Object.values(record.steps)) {
          expect(Object.keys(steps).length).toBeLessThanOrEqual(freshColumns(record) + Math.min(memory, i));
        }
      } else {
        // A fallback forms -g as well; a stall ends before the gradient.
        expect(multiply).toBeGreaterThanOrEqual(2);
        expect(multiplyTransposed).toBe(record.status === 'fallback' ? 1 : 0);
      }
    });
    // The best accepted value; formed anew at the end where drift had put the tracked one in doubt.
    const best = Math.min(...history.map((record) => record.objective));
    expect(Math.abs(objective - best)).toBeLessThanOrEqual(1e-12 * Math.max(1, best));
    expect(Math.abs(objective - referenceObjective(problem, parameters, 0.01))).toBeLessThan(1e-10 * Math.max(1, objective));
  }
}

describe.each(backends)('on the $name backend', (backend) => {
  describe.each(directionCases)('$name', (direction) => {
    describe.each(ruleCases)('with $label', (rule) => {
      it.each(problems)('$label', ({ problem }) => run(backend, rule, direction, problem));
    });
  });
});

describe('the battery has teeth', () => {
  it('no direction is refused by every rule, none by all losses', async () => {
    for (const direction of directionCases) {
      let fitting = 0;
      for (const rule of ruleCases) {
        for (const { problem } of problems) if ((await unmetNeed(quickest, rule, direction, problem)) === null) fitting++;
      }
      expect(fitting, direction.name).toBeGreaterThan(0.1 * ruleCases.length * problems.length);
    }
  });

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
