/** A run that exploded under a fixed rate: from here on the next unit step of any rule overflows. */
import { describe, expect, it } from 'vitest';
import { activations, type ActivationName } from '../../lib/activations/index.js';
import { gradient } from '../../lib/directions/index.js';
import { backends } from '../support/backends.js';
import { ruleCases, train } from '../support/runs.js';
import { phiAt, readCapture, replay } from './capture.js';

const capture = readCapture('overflow');

describe.each(backends)('on the $name backend', (backend) => {
  it.each(ruleCases)('a unit step to infinity is refused by $label, in one search and in a run', async ({ rule }) => {
    const objective = await replay(capture, backend, Math.min(1, rule.maxMemory));
    const phi = await phiAt(objective, rule.split);
    expect(Number.isFinite(await phi.value(phi.main))).toBe(false);
    const { t, value, accepted, reason } = await rule.choose(phi, rule.start(), { iteration: 0, unitStep: false });
    expect(reason).toMatch(/\d/);
    expect(t.every((x) => Number.isFinite(x) && (accepted || x === 0))).toBe(true);
    if (accepted) expect(value).toBeLessThan(phi.value0);
    else expect(value).toBe(phi.value0);

    const { history, parameters } = await train(
      { ...capture.problem, start: objective.parameters },
      {
        backend,
        direction: gradient(),
        stepRule: rule,
        memory: Math.min(1, rule.maxMemory),
        l2: capture.l2,
        iterations: 4,
        frame: 'none',
      },
    );
    expect(history).toHaveLength(5);
    for (const { objective: f, gradientNorm } of history)
      expect(Number.isFinite(f) && Number.isFinite(gradientNorm)).toBe(true);
    history.slice(1).forEach(({ objective: f }, i) => expect(f).toBeLessThanOrEqual(history[i]!.objective * (1 + 1e-12)));
    expect(parameters.every(Number.isFinite)).toBe(true);
  });

  const names = Object.keys(activations) as ActivationName[];
  it.each(names)('a diverged first layer is seen behind %s: relu showed it as 0, finite and lower', async (activation) => {
    const { layers, architecture: captured } = capture.problem;
    const steps = captured.steps.map((step) =>
      step.step === 'activation' && step.of === 'tracked' ? { ...step, activation } : step,
    );
    const objective = await replay(
      { ...capture, problem: { ...capture.problem, architecture: { ...captured, steps } } },
      backend,
    );
    // Beyond the next overflow a gradient may be this: no number in the first layer, nothing in the output layer.
    const first = (layers[0]!.inputs + 1) * layers[0]!.outputs;
    const phi = await objective.span([objective.parameters.map((_, e) => (e < first ? NaN : 0))], 0, 'joint');
    const t = Float64Array.of(1e-3);
    expect(await phi.value(t)).toBeNaN();
    expect((await phi.evaluate(t)).value).toBeNaN();
    // With hidden units at 0 only the bias would be left, and a rule that looks at the value alone would go there.
    const bias = objective.parameters.at(-1)!;
    const hidden = capture.problem.targets.reduce((sum, y) => sum + (bias - y) ** 2 / 2 / capture.problem.rows, 0);
    if (activation === 'relu') expect(hidden).toBeLessThan(phi.value0);
  });
});
