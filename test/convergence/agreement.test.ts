/** On convex problems there is one optimum, and every road with a search leads to it. */
import { describe, expect, it } from 'vitest';
import * as stopping from '../../lib/core/stopping.js';
import type { TrainingResult } from '../../lib/core/trainer.js';
import { javascript as backend, lossCases, smallProblem } from '../support/problems.js';
import { fitTogether } from '../support/needs.js';
import { relativeError } from '../support/reference.js';
import { directionCases, ruleCases, train } from '../support/runs.js';

/** Those that measure along random columns come near an optimum and no further. */
const roads = directionCases.filter(({ direction }) => direction.difference === undefined);
const searches = ruleCases.filter(({ rule }) => rule.safeguarded);
const stop = stopping.firstOf([stopping.gradientBelow(1e-7), stopping.stalled(1e-7), stopping.iterationLimit(2000)]);

describe.each(lossCases)('$label', ({ loss, outputs }) => {
  const problem = smallProblem({ seed: 51, rows: 60, columns: 5, loss, outputs, weighted: true });

  it('every direction with slopes, with every safeguarded rule reaches the same objective within 1e-8, and the same parameters', async () => {
    const runs: { label: string; result: TrainingResult }[] = [];
    for (const { name, direction } of roads) {
      for (const { label, rule } of searches.filter(({ rule: one }) => fitTogether(direction, one, problem.loss))) {
        const result = await train(problem, {
          backend,
          direction,
          stepRule: rule,
          memory: Math.min(1, rule.maxMemory),
          l2: 0.01,
          stop,
        });
        runs.push({ label: `${name}, ${label}`, result });
      }
    }
    const best = runs.reduce((a, b) => (a.result.objective <= b.result.objective ? a : b)).result;
    for (const { label, result } of runs) {
      expect(result.stop.converged, `${label}: ${result.stop.detail}`).toBe(true);
      expect(result.objective - best.objective, label).toBeLessThan(1e-8);
      // The penalty leaves the common shift of the softmax biases free.
      if (loss !== 'softmax') expect(relativeError(result.parameters, best.parameters), label).toBeLessThan(1e-4);
    }
  });

  it('a second start from the optimum stays there', async () => {
    const { direction } = directionCases.find(({ name }) => name === 'lbfgs')!;
    const options = { backend, direction, stepRule: searches[0]!.rule, l2: 0.01, stop };
    const first = await train(problem, options);
    const second = await train({ ...problem, start: first.parameters }, { ...options, stop: stopping.iterationLimit(5) });
    expect(first.objective - second.objective).toBeLessThan(1e-10);
    expect(relativeError(second.parameters, first.parameters)).toBeLessThan(1e-4);
  });
});
