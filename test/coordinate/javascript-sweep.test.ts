/** Every weight's own move, one at a time, over every network and loss that know enough. */
import { describe, expect, it } from 'vitest';
import type { DataMatrix } from '../../lib/backends/backend.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { createRandom } from '../../lib/core/random.js';
import { checkNeeds } from '../../lib/core/needs.js';
import { kindsOf } from '../../lib/coordinate/kinds.js';
import type { CoordinateRequest, CoordinateSearch } from '../../lib/coordinate/request.js';
import { losses } from '../../lib/losses/index.js';
import { linear, mlp, skip } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { drawTargets, lossCases, type LossCase } from '../losses/draw.js';
import { drawParameters, networkCases, type NetworkCase } from '../networks/cases.js';
import { referenceRow } from '../networks/reference.js';

const backend = createJavascriptBackend();
const ROWS = 25;
const COLUMNS = 3;

async function opened({ network }: Pick<NetworkCase, 'network'>, one: Omit<LossCase, 'label'>) {
  const random = createRandom(6);
  const values = Float64Array.from({ length: ROWS * COLUMNS }, () => random.normal());
  const matrix = await backend.matrix({ kind: 'dense', values, rows: ROWS, columns: COLUMNS }, { frame: 'none' });
  const architecture = network.architecture(COLUMNS, one.outputs);
  const program = programOf(architecture);
  const targets = Float64Array.from(Array.from({ length: ROWS }, () => [...drawTargets(one, random)]).flat());
  const parameters = drawParameters(random, program.layout.size);
  const inputPenalty = Float64Array.of(0.02, 0.3, 0);
  const layerL2 = Float64Array.from(program.layout.layers, (_, l) => 0.05 / (l + 1));
  const { loss } = one;
  const penalties = program.layout.blocks.flatMap(({ penalized, layer, size, columns }) =>
    Array.from({ length: size }, (_, e) =>
      !penalized ? 0 : layer === 0 ? inputPenalty[Math.floor(e / columns)]! : layerL2[layer]!,
    ),
  );
  const objective = (at: Float64Array): number => {
    let sum = penalties.reduce((total, penalty, e) => total + 0.5 * penalty * at[e]! ** 2, 0);
    for (let i = 0; i < ROWS; i++) {
      const o = Float64Array.from(
        referenceRow(architecture, at, Array.from(values.subarray(i * COLUMNS, (i + 1) * COLUMNS))),
      );
      sum += loss.row(o, 0, o.length, targets, i * loss.targetWidth(o.length), null, null) / ROWS;
    }
    return sum;
  };
  const tracked = backend.trackedLoss({ matrix, architecture, loss, targets, memory: 0 });
  await tracked.restart(parameters);
  const gradient = new Float64Array(parameters.length);
  await tracked.advance(null, gradient);
  penalties.forEach((penalty, e) => (gradient[e]! += penalty * parameters[e]!));
  const request = (search: CoordinateSearch): CoordinateRequest => ({
    gradient,
    parameters,
    inputPenalty,
    inputScale: new Float64Array(3).fill(1),
    layerL2,
    threshold: Infinity,
    gradientRate: 1,
    search,
    firstStep: 0.02,
    maxTrials: 60,
    moving: new Int32Array(program.layout.blocks.length).fill(1),
  });
  return { matrix: matrix as DataMatrix, program, tracked, parameters, objective, request, gradient };
}

const moved = (at: Float64Array, e: number, delta: number): Float64Array => at.map((w, i) => (i === e ? w + delta : w));

const able = lossCases.filter(({ loss }) => loss.growth !== undefined);
const pairs = networkCases
  .flatMap((network) => able.map((loss) => ({ label: `${network.label}, ${loss.label}`, network, loss })))
  .filter(
    ({ network, loss }) =>
      loss.outputs <= 3 && kindsOf(programOf(network.network.architecture(COLUMNS, loss.outputs)))[0] !== 'guessed',
  );

describe.each(pairs)('$label', ({ network, loss }) => {
  it.each(['newton', 'doubling'] as const)('no weight raises the objective by its own %s search', async (search) => {
    const { program, tracked, parameters, objective, request, matrix } = await opened(network, loss);
    const counts = { ...matrix.counts };
    const { proposal, searched, evaluations } = await tracked.coordinateSweep!(request(search));
    expect(searched).toBe(program.layout.size);
    expect(evaluations).toBeGreaterThan(0);
    expect(matrix.counts).toEqual(counts);
    const here = objective(parameters);
    proposal.forEach((delta, e) =>
      expect(objective(moved(parameters, e, delta))).toBeLessThanOrEqual(here + 1e-12 * (1 + here)),
    );
    expect(proposal.some((delta, e) => objective(moved(parameters, e, delta)) < here - 1e-6)).toBe(true);
  });
});

describe('the searches', () => {
  const squared = { loss: losses.squared(), outputs: 2 };

  it('newton finds the minimizer along a weight of a linear model with the squared loss', async () => {
    const { tracked, parameters, objective, request } = await opened({ network: linear() }, squared);
    const { proposal } = await tracked.coordinateSweep!(request('newton'));
    proposal.forEach((delta, e) => {
      const found = objective(moved(parameters, e, delta));
      for (const away of [-1e-3, 1e-3]) expect(objective(moved(parameters, e, delta + away))).toBeGreaterThan(found);
    });
  });

  it.each([{ network: mlp({ hidden: [3], activation: 'relu' }) }, { network: skip({ hidden: [3], activation: 'relu' }) }])(
    'exact finds the global minimizer of $network.name',
    async (one) => {
      const { tracked, parameters, objective, request } = await opened(one, squared);
      const { proposal } = await tracked.coordinateSweep!(request('exact'));
      proposal.forEach((delta, e) => {
        const found = objective(moved(parameters, e, delta));
        for (let step = -60; step <= 60; step++) {
          expect(objective(moved(parameters, e, Math.sinh(step / 15)))).toBeGreaterThanOrEqual(found - 1e-12 * (1 + found));
        }
      });
    },
  );

  it('weights beyond the threshold go along the gradient, and blocks that do not move stay', async () => {
    const { tracked, request, gradient, program } = await opened({ network: mlp({ hidden: [2] }) }, squared);
    const moving = Int32Array.from(program.layout.blocks, ({ penalized }) => (penalized ? 1 : 0));
    const { proposal, searched } = await tracked.coordinateSweep!({
      ...request('newton'),
      threshold: 0,
      gradientRate: 0.3,
      moving,
    });
    expect(searched).toBe(0);
    for (const { offset, size, penalized } of program.layout.blocks) {
      for (let e = offset; e < offset + size; e++) expect(proposal[e]).toBeCloseTo(penalized ? -0.3 * gradient[e]! : 0, 15);
    }
  });

  it('refuse what they cannot be sure of', async () => {
    const bent = await opened({ network: mlp({ hidden: [2] }) }, squared);
    await expect(async () => bent.tracked.coordinateSweep!(bent.request('exact'))).rejects.toThrow(
      'at most one hidden layer, of relu or identity units',
    );
    const logistic = await opened({ network: linear() }, { loss: losses.logistic(), outputs: 1 });
    await expect(async () => logistic.tracked.coordinateSweep!(logistic.request('exact'))).rejects.toThrow(
      'a loss whose curvature cannot grow',
    );
    const hinge = await opened({ network: linear() }, { loss: losses['squared-hinge'](), outputs: 1 });
    await expect(async () => hinge.tracked.coordinateSweep!(hinge.request('newton'))).rejects.toThrow(
      "'squared-hinge' lacks them",
    );
    await expect(async () =>
      bent.tracked.coordinateSweep!({ ...bent.request('newton'), moving: new Int32Array(3) }),
    ).rejects.toThrow('moving');
    await expect(async () => bent.tracked.coordinateSweep!({ ...bent.request('newton'), maxTrials: 0 })).rejects.toThrow(
      'maxTrials',
    );
    await expect(async () =>
      bent.tracked.coordinateSweep!({ ...bent.request('newton'), inputPenalty: new Float64Array(1) }),
    ).rejects.toThrow('inputPenalty must be of length 3, one number per column of X');
  });

  it('are what the javascript backend offers', () => {
    expect(() =>
      checkNeeds([
        { kind: 'direction', name: 'coordinate', needs: ['coordinate-search'] },
        { kind: 'backend', name: backend.name, offers: backend.offers },
      ]),
    ).not.toThrow();
  });
});
