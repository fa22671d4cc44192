/** Needs: what one part asks of another is compared before anything is computed, and refused in one sentence. */
import { describe, expect, it } from 'vitest';
import { checkNeeds, type Need, type Part } from '../../lib/core/needs.js';
import { offersOfLoss, offersOfNetwork } from '../../lib/core/objective-spec.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { createTrainer } from '../../lib/core/trainer.js';
import { coordinate } from '../../lib/directions/index.js';
import { lossByName, losses, type LossName } from '../../lib/losses/index.js';
import { gated, linear, mlp, skip, type Network } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { stepRules, type StepRuleName } from '../../lib/steps/index.js';
import { offersOfRule } from '../../lib/steps/step-rule.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { train } from '../../lib/train.js';
import { backends } from '../support/backends.js';
import { open, smallProblem } from '../support/problems.js';

const asking = (...needs: Need[]): Part => ({ kind: 'direction', name: 'mine', needs });

describe('a need', () => {
  it('is met by the part that offers it', () =>
    expect(() => checkNeeds([asking('gram'), { kind: 'matrix', name: 'x', offers: ['gram'] }])).not.toThrow());

  it('is refused with both sides where the part lacks it', () =>
    expect(() => checkNeeds([asking('gram'), { kind: 'matrix', name: 'x' }])).toThrow(
      "The direction 'mine' needs of the matrix weighted second moments (gram), but 'x' has none.",
    ));

  it('is refused where there is no such part', () =>
    expect(() => checkNeeds([asking('gram'), { kind: 'loss', name: 'x', offers: ['gram'] }])).toThrow(
      "The direction 'mine' needs of the matrix weighted second moments (gram), but there is no matrix.",
    ));
});

describe('a step rule', () => {
  const layered: readonly StepRuleName[] = ['layerwise', 'layerwise-backtracking'];

  it.each(Object.keys(stepRules) as StepRuleName[])('%s offers what its split tells', (name) => {
    const rule = stepRules[name]({ solver: gaussNewton() });
    const offers = offersOfRule(rule);
    expect(offers.includes('step-sizes-by-layer')).toBe(layered.includes(name));
    expect(offers.includes('one-step-size')).toBe(!layered.includes(name));
    expect(offers).toEqual(expect.arrayContaining([...(rule.offers ?? [])]));
  });

  it('with another split is refused', () => {
    const rule = stepRules.plane({ solver: gaussNewton() });
    const part: Part = { kind: 'step rule', name: rule.name, offers: offersOfRule(rule) };
    expect(() => checkNeeds([asking('one-step-size'), part])).not.toThrow();
    expect(() => checkNeeds([asking('step-sizes-by-layer'), part])).toThrow(
      "The direction 'mine' needs of the step rule step sizes of its own for every layer, but 'plane' has none.",
    );
  });
});

describe('the exact coordinate search', () => {
  it.each([1, 3])('may take these losses, on %d outputs', (outputs) => {
    const bounded = (Object.keys(losses) as LossName[]).filter((name) =>
      offersOfLoss(lossByName(name), outputs).includes('constant-bound'),
    );
    expect(bounded).toContain('squared');
    for (const name of ['logistic', 'poisson', 'squared-hinge']) expect(bounded).not.toContain(name);
  });

  it.each<[string, Network, boolean]>([
    ['linear', linear(), true],
    ['relu', mlp({ hidden: [3], activation: 'relu' }), true],
    ['skip with relu', skip({ hidden: [3], activation: 'relu' }), true],
    ['tanh', mlp({ hidden: [3] }), false],
    ['two hidden layers', mlp({ hidden: [3, 2], activation: 'relu' }), false],
    ['gated', gated({ hidden: [3], activation: 'relu' }), false],
  ])('may take a network or not: %s', (_, network, possible) => {
    expect(offersOfNetwork(programOf(network.architecture(4, 1))).includes('exact-units')).toBe(possible);
  });

  const x = { values: Float64Array.from({ length: 12 }, (_, e) => (e * 7) % 5), rows: 6, columns: 2 };
  const y = [0, 1, 0, 2, 1, 3];
  const direction = coordinate({ search: 'exact' });

  it.each(backends)('with another loss is refused before any product, on $name', async (backend) => {
    const { objective, matrix } = await open(smallProblem({ loss: 'poisson' }), { backend });
    const before = { ...objective.products };
    const options = { direction, stepRule: stepRules.fixed({ solver: gaussNewton() }), memory: 0, stop: iterationLimit(3) };
    await expect(
      createTrainer(objective, { inFrame: new Float64Array(objective.layout.size) }, options),
    ).rejects.toMatchObject({
      code: 'INCOMPATIBLE',
      message:
        "The direction 'coordinate' needs of the loss a curvature that cannot grow (growth 0), such as that of squared, but 'poisson' has none.",
    });
    expect(objective.products).toEqual(before);
    expect(objective.products).toEqual({ multiply: 0, multiplyTransposed: 0, gram: 0 });
    objective.dispose();
    matrix.dispose();
  });

  it('with another network is refused by its name', async () => {
    const options = { backend: 'javascript', loss: 'squared', direction, network: 'mlp', hidden: [2] } as const;
    await expect(train({ x, y }, options)).rejects.toThrow(
      "The direction 'coordinate' needs of the network relu or identity units in at most one hidden layer, but 'mlp' has none.",
    );
    await expect(train({ x, y }, { ...options, activation: 'relu', maxIterations: 3 })).resolves.toBeDefined();
  });

  it('a network may ask something too', async () => {
    const { objective, matrix } = await open(smallProblem({ loss: 'squared' }));
    expect(() =>
      checkNeeds([
        { kind: 'network', name: 'mine', needs: ['several-directions'] },
        ...objective.parts.filter(({ kind }) => kind !== 'network'),
        { kind: 'step rule', name: 'line' },
      ]),
    ).toThrow("The network 'mine' needs of the step rule step sizes for several directions at once, but 'line' has none.");
    objective.dispose();
    matrix.dispose();
    const network: Network = { ...linear(), name: 'mine', needs: ['several-directions'] };
    await expect(train({ x, y }, { backend: 'javascript', network, steps: 'backtracking' })).rejects.toThrow(
      "The network 'mine' needs of the step rule",
    );
  });
});
