/** The penalty over a sample that is to grow: the same prior beside fewer rows, no more than a row is worth. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import { Objective } from '../../lib/core/objective.js';
import type { ObjectiveSpec } from '../../lib/core/objective-spec.js';
import { blockOf, weightBlock } from '../../lib/core/parameters.js';
import { createRandom } from '../../lib/core/random.js';
import { penaltyFactor } from '../../lib/core/sample-penalty.js';
import { networks } from '../../lib/networks/index.js';
import { train } from '../../lib/train.js';
import { backends } from '../support/backends.js';
import { networkNamed, smallProblem } from '../support/problems.js';

const N = 900;
const STAGES = [60, 150, 400, 899];
const problem = smallProblem({ rows: N, columns: 6, network: networkNamed('mlp 4,3 tanh'), loss: 'softmax', seed: 9 });

describe('the factor', () => {
  it('makes the penalty of a sum over rows the same for any number of them, up to 1 / rows of all', () => {
    for (const l2 of [1e-12, 1e-5, 0.5 / N, 1 / N])
      for (const m of STAGES) expect((m * l2 * penaltyFactor(l2, m, N)) / (N * l2)).toBeCloseTo(1, 12);
  });

  it('raises a penalty to that of one row at most, and lowers none', () => {
    for (const l2 of [1.5 / N, 3 / N, 0.01, 0.1, 100])
      for (const m of STAGES) expect(l2 * penaltyFactor(l2, m, N)).toBeCloseTo(Math.max(l2, 1 / m), 12);
  });

  it('is 1 over all rows and without a penalty', () => {
    for (const l2 of [0, 1e-300, 1e-5, 1 / N, 1, 1e306]) expect(penaltyFactor(l2, N, N)).toBe(1);
    for (const m of STAGES) expect(penaltyFactor(0, m, N)).toBe(1);
  });
});

async function open(backend: Backend, own: Partial<ObjectiveSpec>): Promise<Objective> {
  const { x, rows, columns, architecture, loss, targets } = problem;
  const matrix = await backend.matrix({ kind: 'dense', values: x, rows, columns });
  const objective = new Objective({ matrix, architecture, loss, targets, memory: 1, l2: 0.5 / N, ...own }, backend);
  await objective.start(problem.start);
  return objective;
}

const differences = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);

describe.each(backends)('an objective that is to grow, on the $name backend', (backend) => {
  it.each(['given', 'standardized'] as const)(
    'is the one with the raised l2 on its rows, columns as %s',
    async (penalize) => {
      const l2 = 0.5 / N;
      const grown = await open(backend, { penalize, l2, sample: STAGES[0]!, grows: true });
      for (const m of [...STAGES, N]) {
        if (m > grown.rows) await grown.grow(m);
        const raised = await open(backend, { penalize, l2: (l2 * N) / m, sample: m });
        expect(grown.layerL2[0]).toBeCloseTo(raised.layerL2[0]!, 14);
        expect(differences(grown.inputPenalty, raised.inputPenalty)).toBeLessThan(1e-14);
        expect(grown.value).toBeCloseTo(raised.value, 13);
        expect(differences(grown.gradient, raised.gradient)).toBeLessThan(1e-14);
      }
    },
  );

  it('looks ahead with the penalty of its sample, so that only the losses are compared', async () => {
    const grown = await open(backend, { sample: 60, grows: true });
    const plain = await open(backend, { sample: 60 });
    const more = grown.penaltyAt(grown.point) - plain.penaltyAt(plain.point);
    expect(more).toBeGreaterThan(0);
    expect((await grown.preview(100)) - (await plain.preview(100))).toBeCloseTo(more, 13);
  });

  it('searches every weight with it', async () => {
    const grown = await open(backend, { sample: 60, grows: true });
    const request = {
      threshold: Infinity,
      gradientRate: 0,
      search: 'newton',
      firstStep: 1,
      maxTrials: 3,
      moving: new Int32Array(grown.layout.blocks.length).fill(1),
    } as const;
    const raised = await open(backend, { l2: 0.5 / 60, sample: 60 });
    const [own, other] = [await grown.coordinateSweep(request), await raised.coordinateSweep(request)];
    expect(own.searched).toBeGreaterThan(0);
    expect(differences(own.proposal, other.proposal)).toBeLessThan(1e-10);
  });

  it('is taken up in the middle with its penalty, and not by a run with another', async () => {
    const grown = await open(backend, { sample: 60, grows: true });
    await grown.grow(150);
    const state = await grown.state();
    const other = await open(backend, { sample: 60, grows: true });
    await other.resume(state);
    expect([other.value, other.layerL2, other.penaltyAt(other.point)]).toEqual([
      grown.value,
      grown.layerL2,
      grown.penaltyAt(grown.point),
    ]);
    const plain = await open(backend, { sample: 60 });
    await expect(plain.resume(state)).rejects.toThrow(/its penalty differs/);
  });

  it('tells the value over all rows with the penalty of all rows', async () => {
    const grown = await open(backend, { sample: 60, grows: true });
    const all = await open(backend, {});
    expect(await grown.valueAnew(grown.point)).toBeCloseTo(all.value, 13);
    expect(grown.penaltyAt(all.point)).toBe(all.penaltyAt(all.point));
  });
});

describe('a training', () => {
  const N = 600;
  const random = createRandom(4);
  const x = { values: Float64Array.from({ length: 5 * N }, () => random.normal()), rows: N, columns: 5 };
  const y = Array.from({ length: N }, (_, i) => (x.values[5 * i]! > 0 ? 'up' : 'down'));
  const network = networks.mlp({ hidden: [4], activation: 'tanh' });
  const options = { network, seed: 3, validation: 0.1, maxIterations: 60, threads: 1, standardize: false } as const;
  const held = ({ objective, loss }: { objective: number; loss?: number | undefined }): number => objective - loss!;

  it.each([0.2, 1, 20])('that begins with 60 rows has the penalty of its stages, %s / rows', async (worth) => {
    const given = { ...options, l2: worth / N };
    const [first] = (await train({ x, y }, { ...given, sample: 60 })).history;
    const [all] = (await train({ x, y }, { ...given, sample: 'all' })).history;
    expect([first!.rows, all!.rows]).toEqual([60, 540]);
    // From the same start.
    expect(held(first!) / held(all!)).toBeCloseTo(penaltyFactor(worth / N, 60, 540), 9);
  });

  it('ends with the penalty that was asked for', async () => {
    const training = await train({ x, y }, { ...options, l2: 0.2 / N, sample: 60 });
    const last = training.history.at(-1)!;
    expect(last.rows).toBe(540);
    const { layout, spec } = training.model;
    const weights = layout.layers.flatMap((_, l) => [...blockOf(spec.parameters, weightBlock(layout, l))]);
    const squares = weights.reduce((sum, w) => sum + w * w, 0);
    expect(held(last)).toBeCloseTo((0.1 / N) * squares, 12);
  });
});
