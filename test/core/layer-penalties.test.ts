/** One penalty for each layer: the objective by its formula, every way of training it, and what is refused. */
import { describe, expect, it } from 'vitest';
import { Objective } from '../../lib/core/objective.js';
import { weightBlock } from '../../lib/core/parameters.js';
import { createRandom } from '../../lib/core/random.js';
import { minimize, type TrainerState } from '../../lib/core/trainer.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { kroneckerLbfgs, type Direction } from '../../lib/directions/index.js';
import { localVolume } from '../../lib/diagnostics/index.js';
import { compare } from '../../lib/experiment/compare.js';
import { mlp } from '../../lib/networks/index.js';
import { plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { train, type Training, type TrainOptions } from '../../lib/train.js';
import { backends, quickest } from '../support/backends.js';
import { errorOrder } from '../support/order.js';
import {
  drawPoint,
  networkCases,
  normals,
  open,
  openAtStart,
  smallProblem,
  type SmallProblem,
} from '../support/problems.js';
import { dot, plus, referenceObjective, relativeError } from '../support/reference.js';

const L2 = 0.05;
const FACTORS = [0.3, 4, 1.7, 0.6];

const factorsOf = ({ layers }: Pick<SmallProblem, 'layers'>): number[] => FACTORS.slice(0, layers.length);

/** (1/2) sum_l l2 c_l |W_l|^2 of parameters in the units of the penalty. */
function penaltyOf(parameters: Float64Array, layout: Training['model']['layout'], l2: number, c: readonly number[]): number {
  return layout.layers.reduce((sum, _, l) => {
    const { offset, size } = weightBlock(layout, l);
    const weights = parameters.subarray(offset, offset + size);
    return sum + 0.5 * l2 * c[l]! * dot(weights, weights);
  }, 0);
}

describe.each(backends)('on the $name backend', (backend) => {
  it.each(networkCases)('value and gradient: $label', async ({ network }) => {
    const problem = smallProblem({ seed: 2, network, loss: 'softmax', outputs: 3 });
    const layerPenalties = factorsOf(problem);
    const { objective } = await openAtStart(problem, { backend, l2: L2, layerPenalties });
    const { layout } = objective;
    const at = (theta: Float64Array): number =>
      referenceObjective(problem, theta, 0) + penaltyOf(theta, layout, L2, layerPenalties);
    expect(objective.value).toBeCloseTo(at(problem.start), 13);
    const d = drawPoint(createRandom(9), problem.layers);
    const slope = dot(objective.gradient, d);
    const order = await errorOrder((h) => at(plus(problem.start, h, d)) - (objective.value + h * slope));
    expect(order).toBeGreaterThan(1.97);
    expect(order).toBeLessThan(2.03);
  });

  it('of relu units only the product of the penalties of both layers matters', async () => {
    const network = mlp({ hidden: [5], activation: 'relu' });
    const problem = smallProblem({ seed: 6, network, loss: 'softmax', outputs: 3 });
    const { objective } = await openAtStart(problem, { backend, l2: L2, layerPenalties: [2, 0.5] });
    const { layout } = objective;
    // Units three times as small, read three times as strongly: the same outputs.
    const factors = [1 / 3, 1 / 3, 3, 1];
    const start = problem.start.slice();
    layout.blocks.forEach(({ offset, size }, b) => {
      for (let e = offset; e < offset + size; e++) start[e] = start[e]! * factors[b]!;
    });
    const layerPenalties = [2 * 9, 0.5 / 9];
    const { objective: other } = await openAtStart({ ...problem, start }, { backend, l2: L2, layerPenalties });
    expect(other.value).toBeCloseTo(objective.value, 13);
  });

  it.each(['joint', 'layers'] as const)('phi along two columns, %s', async (split) => {
    const network = networkCases.find(({ label }) => label === 'mlp 4,3 tanh')!.network;
    const problem = smallProblem({ seed: 3, network, loss: 'squared' });
    const layerPenalties = factorsOf(problem);
    const { objective } = await openAtStart(problem, { backend, l2: L2, layerPenalties, memory: 1 });
    const random = createRandom(4);
    const columns = [drawPoint(random, problem.layers), drawPoint(random, problem.layers)];
    const phi = await objective.span(columns, 0, split);
    const t = normals(random, phi.dimension, 0.3);
    const moved = phi.movedPoint(t);
    const { layout } = objective;
    const expected = referenceObjective(problem, moved, 0) + penaltyOf(moved, layout, L2, layerPenalties);
    expect(await phi.value(t)).toBeCloseTo(expected, 12);
  });

  it('twice c at half l2 is the same, 1 each is the bits of none', async () => {
    const network = networkCases.find(({ label }) => label === 'mlp 4,3 tanh')!.network;
    const problem = smallProblem({ seed: 3, network, loss: 'softmax' });
    const run = async (l2: number, layerPenalties: readonly number[] | undefined = undefined) => {
      const { objective } = await open(problem, { backend, memory: 1, l2, frame: 'standard', layerPenalties });
      const direction = kroneckerLbfgs() as Direction;
      const options = { direction, stepRule: plane(gaussNewton()), memory: 1, stop: iterationLimit(6) };
      return minimize(objective, problem.start, options);
    };
    const [plain, ones, twice] = [await run(L2), await run(L2, [1, 1, 1]), await run(L2 / 2, [2, 2, 2])];
    expect(ones.parameters).toEqual(plain.parameters);
    expect(Math.abs(twice.objective / plain.objective - 1)).toBeLessThan(1e-9);
    expect(relativeError(twice.parameters, plain.parameters)).toBeLessThan(1e-6);
  });

  it('on a sample that grows every layer is raised by its own worth in rows', async () => {
    const network = networkCases.find(({ label }) => label === 'mlp 4,3 tanh')!.network;
    const problem = smallProblem({ seed: 3, network, loss: 'squared', rows: 60 });
    const factors = [0.5, 1.5, 30];
    const { objective: whole } = await open(problem, { backend, l2: 1 / 60, layerPenalties: factors });
    const grown = new Objective({ ...whole.spec, sample: 20, grows: true }, backend);
    await grown.start(problem.start);
    // Worth half a row of 60: a half of 20. Worth 1.5 and 30: at most one row of 20, and as it is.
    [0.5 / 20, 1 / 20, 0.5].forEach((l2, l) => expect(grown.layerL2[l]).toBeCloseTo(l2, 14));
    const bare = new Objective({ ...whole.spec, l2: 0, sample: 20 }, backend);
    await bare.start(problem.start);
    const penalty = penaltyOf(problem.start, grown.layout, 1, [...grown.layerL2]);
    expect(grown.value - bare.value).toBeCloseTo(penalty, 13);
    await grown.grow(60);
    expect([...grown.layerL2]).toEqual(factors.map((c) => c / 60));
  });
});

const random = createRandom(8);
const [rows, columns] = [200, 5];
const values = normals(random, rows * columns);
const x = { values, rows, columns };
const y = Array.from({ length: rows }, (_, i) => Math.sin(2 * values[i * columns]!) + 0.3 * random.normal());
const data = { x, y };
const backend = quickest.name;
const net = { network: 'mlp', hidden: [4], activation: 'tanh', backend, standardize: true } as const satisfies TrainOptions;
const given = { l2: 0.01, layerPenalties: [5, 0.2] };

describe('every way of training keeps to the objective', () => {
  it.each<[string, TrainOptions]>([
    ['as auto has it', {}],
    ['lbfgs', { direction: 'lbfgs' }],
    ['layerwise steps', { steps: 'layerwise' }],
    ['coordinates', { direction: 'coordinate', steps: 'line' }],
    ['coordinates by doubling', { direction: 'coordinate', directionOptions: { search: 'doubling' }, steps: 'line' }],
    ['layers in turn', { layers: 'in turn' }],
    ['batches', { batch: 40 }],
    ['a growing sample', { sample: 50 }],
    ['validation', { validation: 0.2 }],
    ['components', { pca: 4, standardize: false }],
    ['restarts', { restarts: { limit: 1 }, direction: 'scaled-conjugate-gradient' }],
    ['in JavaScript', { backend: 'javascript' }],
    ['float32', { precision: 'float32' }],
  ])('%s', async (label, options) => {
    const { history, objective, scores, model, layerPenalties } = await train(data, {
      ...net,
      ...given,
      ...options,
      maxIterations: 30,
    });
    expect(layerPenalties).toEqual(given.layerPenalties);
    if (label !== 'components') {
      const { layout, spec } = model;
      // Columns as they are presented: W'_j = scale_j W_j.
      const { objective: framed } = await open(
        {
          ...smallProblem(),
          x: values,
          rows,
          columns,
          architecture: spec.architecture,
          loss: model.loss,
          targets: Float64Array.from(y),
        },
        { l2: 0, frame: 'standard' },
      );
      const here =
        label === 'validation' ? null : penaltyOf(framed.toFrame(spec.parameters), layout, given.l2, given.layerPenalties);
      if (here !== null)
        expect(Math.abs((objective - scores.loss) / here - 1)).toBeLessThan(label === 'float32' ? 1e-4 : 1e-9);
    }
    if (['batches', 'a growing sample'].includes(label)) return;
    for (let k = 1; k < history.length; k++)
      expect(history[k]!.objective).toBeLessThanOrEqual(history[k - 1]!.objective * (1 + 1e-12));
  });

  it.each<[string, TrainOptions]>([
    ['coordinates', { direction: 'coordinate', steps: 'line' }],
    ['layers in turn', { layers: 'in turn' }],
    ['lbfgs', { direction: 'lbfgs' }],
  ])('%s: to the optimum of auto from nearby', async (_, options) => {
    const tight = { ...net, ...given, tolerance: 1e-7, maxIterations: 600 };
    const best = await train(data, tight);
    const draw = createRandom(1);
    const start = best.model.spec.parameters.map((w) => w + 0.05 * draw.normal());
    const again = await train(data, { ...tight, ...options, start, maxIterations: 150 });
    const excess = (objective: number): number => objective / best.objective - 1;
    expect(excess(again.objective)).toBeLessThan(Math.max(0.02 * excess(again.history[0]!.objective), 1e-9));
    expect(again.objective).toBeGreaterThan(best.objective * (1 - 1e-9));
  });

  it('a layer is held by its own penalty', async () => {
    const size = async (layerPenalties: number[], l: number): Promise<number> => {
      const { model } = await train(data, { ...net, l2: 0.02, layerPenalties });
      const { offset, size: count } = weightBlock(model.layout, l);
      const weights = model.spec.parameters.subarray(offset, offset + count);
      return dot(weights, weights);
    };
    expect(await size([4, 1], 0)).toBeLessThan(await size([1, 4], 0));
    expect(await size([1, 4], 1)).toBeLessThan(await size([4, 1], 1));
  });
});

describe('one layer', () => {
  const numbers = async (options: TrainOptions) => {
    const { model, l2, layerPenalties } = await train(data, { backend, ...options });
    return { parameters: model.spec.parameters, l2, layerPenalties };
  };
  it('l2 becomes l2 c, to the bit', async () => {
    expect(await numbers({ l2: 0.25, layerPenalties: [2] })).toEqual(await numbers({ l2: 0.5 }));
    expect((await numbers({ l2: 0.25, layerPenalties: [2] })).l2).toBe(0.5);
    expect((await numbers({ l2: 0.25, layerPenalties: [2] })).layerPenalties).toEqual([1]);
    expect((await numbers({ layerPenalties: [2] })).l2).toBe(0);
    const prior = await numbers({ l2: 'prior' });
    expect((await numbers({ l2: 'prior', layerPenalties: [2] })).l2).toBe(2 * prior.l2);
  });
  it('is refused where rows left out choose l2, as zeros of more layers are: there is nothing to choose', async () => {
    const sentence = (what: string) =>
      `With l2: 'auto' there is nothing to choose for layerPenalties ${what}: leave one of them out.`;
    await expect(numbers({ l2: 'auto', layerPenalties: [64] })).rejects.toThrow(sentence('of one layer'));
    await expect(train(data, { ...net, l2: 'auto', layerPenalties: [0, 0] })).rejects.toThrow(sentence('of zeros'));
  });
});

it('is refused with one sentence where it does not fit', async () => {
  const refused = (layerPenalties: unknown, options: TrainOptions = {}) =>
    expect(train(data, { ...net, ...options, layerPenalties: layerPenalties as never })).rejects;
  await refused([1]).toThrow(
    'layerPenalties must be of length 2, one number for each layer of the network, but an array of 1 values was given.',
  );
  await refused([1]).toMatchObject({ code: 'INVALID_OPTION' });
  for (const bad of [-1, NaN, Infinity, '1', null, undefined])
    await refused([1, bad]).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(
        /^Number 1 \(from 0\) of layerPenalties must be a finite number of at least 0, but .* was given\.$/,
      ),
    });
  for (const bad of [2, 'auto', {}, null, Float64Array.of(1, 1)])
    await refused(bad).toThrow(/^layerPenalties must be a list of numbers, one for each layer, but .* was given\.$/);
  await refused([1, 1e300], { l2: 1e300 }).toThrow(
    'The penalty l2 = 1e+300 times number 1 (from 0) of layerPenalties must be finite, but Infinity was given.',
  );
  await refused([1], { network: 'linear', hidden: undefined, activation: undefined, l1: 0.1 }).toMatchObject({
    code: 'INCOMPATIBLE',
  });
  await refused([1, 1], { l2: 'layerwise' }).toThrow(
    "With l2: 'layerwise' the penalties of the layers are chosen: layerPenalties must be left out.",
  );
});

it('is copied before the first await', async () => {
  const own = [1, 0.1];
  const running = train(data, { ...net, l2: 0.01, layerPenalties: own });
  own[1] = 100;
  expect((await running).layerPenalties).toEqual([1, 0.1]);
});

it('a state goes on with equal penalties alone', async () => {
  const states: TrainerState[] = [];
  const whole = await train(data, {
    ...net,
    ...given,
    maxIterations: 6,
    callbacks: [async (_, run) => void states.push(await run.state())],
  });
  const state = states[3]!;
  const on = await train(data, { ...net, ...given, maxIterations: 6, start: { state } });
  expect(on.model.spec.parameters).toEqual(whole.model.spec.parameters);
  for (const layerPenalties of [undefined, [1, 1], [5, 0.3]])
    await expect(train(data, { ...net, ...given, layerPenalties, start: { state } })).rejects.toThrow(
      /its penalty differs: 0\.01 times 5, 0\.2 by layer on the columns as standardized where this run has 0\.01/,
    );
});

it('a comparison and a local volume take it', async () => {
  const own = { network: 'mlp', hidden: [4], activation: 'tanh', backend } as const;
  const compared = async (penalty: { l2: number; layerPenalties?: number[] }) =>
    compare(data, { ...own, ...penalty, methods: ['lbfgs:line'], iterations: 20 });
  const [plain, twice] = [await compared({ l2: 0.02 }), await compared({ l2: 0.01, layerPenalties: [2, 2] })];
  expect(twice.problem).toMatchObject({ l2: 0.01, layerPenalties: [2, 2] });
  expect(plain.problem).not.toHaveProperty('layerPenalties');
  expect(Math.abs(twice.lowest[0]! / plain.lowest[0]! - 1)).toBeLessThan(1e-9);
  expect(Math.abs((await compared(given)).lowest[0]! / plain.lowest[0]! - 1)).toBeGreaterThan(1e-3);
  const { model } = await train(data, { ...own, ...given });
  const volume = (l2: number, layerPenalties?: number[]) =>
    localVolume(model, data, { l2, layerPenalties, samples: 8, backend, precondition: 'kronecker' });
  const [all, halves, other] = [await volume(0.02), await volume(0.01, [2, 2]), await volume(0.01, [2, 4])];
  expect(Math.abs(halves.logVolume - all.logVolume)).toBeLessThan(1e-6);
  expect(Math.abs(other.logVolume - all.logVolume)).toBeGreaterThan(1e-3);
  await expect(volume(0.01, [1])).rejects.toThrow('layerPenalties must be of length 2');
});
