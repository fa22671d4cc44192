import { describe, expect, it } from 'vitest';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { Objective } from '../../lib/core/objective.js';
import { createRandom } from '../../lib/core/random.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { minimize } from '../../lib/core/trainer.js';
import { kroneckerLbfgs } from '../../lib/directions/index.js';
import { losses } from '../../lib/losses/index.js';
import { mlp } from '../../lib/networks/index.js';
import { layerwise } from '../../lib/steps/index.js';
import { gaussNewton, type SubspaceSolver } from '../../lib/subspace/index.js';

const backend = createJavascriptBackend();

/** Noisy labels, no penalty, relu: the scale of one layer can be traded for the other's. */
async function unpenalized(memory: number) {
  const random = createRandom(1);
  const [rows, columns] = [200, 10];
  const values = Float64Array.from({ length: rows * columns }, () => random.normal());
  const targets = Float64Array.from({ length: rows }, (_, i) => {
    return Math.sign(values[i * columns]! + values[i * columns + 1]! + random.normal()) || 1;
  });
  const network = mlp({ hidden: [6], activation: 'relu' });
  const architecture = network.architecture(columns, 1);
  const objective = new Objective(
    {
      matrix: await backend.matrix({ kind: 'dense', values, rows, columns }),
      architecture,
      loss: losses.logistic(),
      targets,
      l2: 0,
      memory,
    },
    backend,
  );
  return { objective, start: network.initialize(architecture, createRandom(3)) };
}

/** A solver that runs away on purpose: a huge step along the main direction. */
function runningAway(scale: number): SubspaceSolver {
  return {
    name: 'runaway',
    async minimize(phi) {
      return { t: phi.main.map((one) => scale * one), value: phi.value0 - 1, decreased: true, reason: 'on purpose' };
    },
  };
}

describe('the runaway guard', () => {
  it('with l2 = 0 no layer more than doubles in one iteration, and the run stays monotone and alive', async () => {
    const { objective, start } = await unpenalized(1);
    const result = await minimize(objective, start, {
      direction: kroneckerLbfgs(),
      stepRule: layerwise(gaussNewton()),
      memory: 1,
      stop: iterationLimit(120),
    });
    const { history } = result;
    for (let k = 1; k < history.length; k++) {
      expect(history[k]!.objective).toBeLessThanOrEqual(history[k - 1]!.objective * (1 + 1e-12));
      for (const [layer, norm] of Object.entries(history[k]!.layerNorms)) {
        expect(norm).toBeLessThanOrEqual(2 * history[k - 1]!.layerNorms[layer]! * (1 + 1e-12));
      }
    }
    expect(history.at(-1)!.iteration).toBe(120);
    expect(result.objective).toBeLessThan(0.2);
  });

  it('shortens the layers that run away, keeps the others, and never raises the objective', async () => {
    const { objective, start } = await unpenalized(0);
    await objective.start(start);
    const direction = objective.gradient.map((g) => -g);
    const phi = await objective.span([direction], 0, 'layers');
    const choice = await layerwise(runningAway(1e6)).choose(phi, { last: null }, { iteration: 0, unitStep: false });
    expect(choice.accepted).toBe(true);
    expect(choice.reason).toMatch(/^held: a layer would have moved by .* times its norm, over 1;/);
    expect(choice.value).toBeLessThan(phi.value0);
    expect(choice.value).toBe(await phi.value(choice.t));
    expect(Math.max(...phi.layerMoves(choice.t))).toBeLessThanOrEqual(1 + 1e-12);
  });

  it('leaves healthy steps and linear networks alone', async () => {
    const { objective, start } = await unpenalized(0);
    await objective.start(start);
    const direction = objective.gradient.map((g) => -g);
    const phi = await objective.span([direction], 0, 'layers');
    const choice = await layerwise(gaussNewton()).choose(phi, { last: null }, { iteration: 0, unitStep: false });
    expect(choice.reason).not.toContain('held');
    expect(Math.max(...phi.layerMoves(choice.t))).toBeLessThan(1);
  });

  it('refuses a step when nothing shorter lowers the objective', async () => {
    const { objective, start } = await unpenalized(0);
    await objective.start(start);
    const phi = await objective.span([objective.gradient.slice()], 0, 'joint');
    const choice = await layerwise(runningAway(1e6)).choose(phi, { last: null }, { iteration: 0, unitStep: false });
    expect(choice).toMatchObject({ accepted: false, value: phi.value0 });
    expect(choice.t.every((step) => step === 0)).toBe(true);
  });
});
