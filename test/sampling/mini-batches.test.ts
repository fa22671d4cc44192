/** Steps over mini-batches: each is the minimum over the rows that it was solved on, and epochs of them are a run like any other. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import { Objective, type ObjectiveSpec } from '../../lib/core/objective.js';
import type { TrainerState } from '../../lib/core/trainer.js';
import { directions } from '../../lib/directions/index.js';
import { Batches } from '../../lib/sampling/batches.js';
import { miniBatches, type SolveOn } from '../../lib/sampling/mini-batches.js';
import { plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { backends, nativeAbsence } from '../support/backends.js';
import { smallProblem } from '../support/problems.js';
import { referenceObjective } from '../support/reference.js';

const problem = smallProblem({ rows: 90, columns: 4, loss: 'squared', weighted: true, seed: 3 });

async function specOn(backend: Backend): Promise<ObjectiveSpec> {
  const { x, rows, columns, architecture, loss, targets, sampleWeights } = problem;
  const matrix = await backend.matrix({ kind: 'dense', values: x, rows, columns });
  return { matrix, architecture, loss, targets, sampleWeights, l2: 0.02, memory: 1 };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, e) => sum + x * b[e]!, 0);
}

describe.each(backends)('a step over mini-batches on the $name backend', (backend) => {
  it.each(['next', 'both'] as const)(
    'goes to the minimum over the rows of %s along the gradient of the first',
    async (solveOn) => {
      const spec = await specOn(backend);
      const batches = new Batches(spec, backend, 45);
      expect(batches.count).toBe(2);
      const whole = new Objective(spec, backend);
      await whole.startInFrame(new Float64Array(whole.layout.size).fill(0.3));
      const before = whole.products;
      const direction = miniBatches({
        batches,
        direction: directions.gradient(),
        rule: plane(gaussNewton()),
        memory: 0,
        solveOn,
        seed: 1,
      });
      const [step] = await direction.next(direction.start(), whole);
      const { multiply, multiplyTransposed } = whole.products;
      // Half the rows: the point and the direction, of the first batch twice where it judges too; the gradients of both.
      expect(multiply - before.multiply).toBeCloseTo(solveOn === 'both' ? 2 : 1.5, 10);
      expect(multiplyTransposed - before.multiplyTransposed).toBeCloseTo(1, 10);
      const ends = await Promise.all(
        [0, 1].map(async (b) => {
          const [here, there] = [batches.objective(b), batches.objective(b)];
          await here.startAt(whole.point.slice());
          await there.startAt(whole.point.map((p, e) => p + step![e]!));
          return { weight: batches.weight(b), start: here.gradient, slope: dot(there.gradient, step!) };
        }),
      );
      const along = (start: Float64Array): number =>
        Math.abs(dot(start, step!)) / Math.sqrt(dot(start, start) * dot(step!, step!));
      const first = ends.findIndex(({ start }) => Math.abs(along(start) - 1) < 1e-9);
      expect(first).toBeGreaterThanOrEqual(0);
      const judges = solveOn === 'both' ? ends : [ends[1 - first]!];
      const slope = judges.reduce((sum, end) => sum + end.weight * end.slope, 0);
      const scale = judges.reduce((sum, end) => sum + end.weight * Math.abs(dot(end.start, step!)), 0);
      expect(Math.abs(slope) / scale).toBeLessThan(1e-9);
    },
  );

  it('covers all rows with batches of nearly one size, and weighs them by their rows or weights', async () => {
    const spec = await specOn(backend);
    const batches = new Batches({ ...spec, sampleWeights: undefined }, backend, 7);
    const ranges = Array.from({ length: batches.count }, (_, b) => batches.range(b));
    expect(ranges.map(({ count }) => count).every((count) => count === 6 || count === 7)).toBe(true);
    ranges.forEach(({ from }, b) => expect(from).toBe(b === 0 ? 0 : ranges[b - 1]!.from + ranges[b - 1]!.count));
    expect(ranges.at(-1)!.from + ranges.at(-1)!.count).toBe(90);
    expect(batches.weight(3)).toBe(ranges[3]!.count);
    const weighted = new Batches(spec, backend, 30);
    const total = [0, 1, 2].reduce((sum, b) => sum + weighted.weight(b), 0);
    expect(total).toBeCloseTo(
      spec.sampleWeights!.reduce((sum, s) => sum + s, 0),
      10,
    );
  });
});

const logistic = smallProblem({ rows: 600, columns: 6, loss: 'logistic', weighted: true, seed: 3 });
const data = {
  x: { values: logistic.x, rows: logistic.rows, columns: logistic.columns },
  y: logistic.targets,
  sampleWeights: logistic.sampleWeights,
};
const backend = nativeAbsence === null ? 'native' : 'javascript';
const run = (options: TrainOptions) => train(data, { loss: 'logistic', l2: 0.01, backend, batch: 50, ...options });

describe('epochs over mini-batches', () => {
  it.each(['same', 'next', 'both'] as SolveOn[])('end near the optimum and never rise, solved on %s', async (solveOn) => {
    const best = await train(data, { loss: 'logistic', l2: 0.01, backend });
    const result = await run({ solveOn, maxIterations: 30, tolerance: 0 });
    const { history } = result;
    expect(history).toHaveLength(31);
    history
      .slice(1)
      .forEach(({ objective }, i) => expect(objective).toBeLessThanOrEqual(history[i]!.objective * (1 + 1e-12)));
    expect(result.objective).toBeLessThan(best.objective + 0.01 * (history[0]!.objective - best.objective));
    expect(result.objective).toBeGreaterThanOrEqual(best.objective - 1e-9);
    expect(history.every(({ rows }) => rows === 600)).toBe(true);
    expect(result.batch).toEqual({ rows: 50, solveOn });
    expect(result.objective).toBeCloseTo(referenceObjective(logistic, result.model.spec.parameters, 0.01), 9);
  });

  it('count products by rows: 3 and one for momentum in each step, and two for the search over all rows', async () => {
    const products = async (options: TrainOptions): Promise<number> => {
      const { history } = await run({ maxIterations: 2, tolerance: 0, ...options });
      const [before, after] = [history[1]!.products, history[2]!.products];
      return after.multiply + after.multiplyTransposed - before.multiply - before.multiplyTransposed;
    };
    // 12 batches: 11 steps, the first without momentum; the gradient of the first batch before them.
    const share = 1 / 12;
    expect(await products({ steps: 'line', solveOn: 'next' })).toBeCloseTo(2 + share * (2 + 11 * 3), 6);
    expect(await products({ solveOn: 'next' })).toBeCloseTo(2 + share * (2 + 11 * 3 + 10), 6);
    expect(await products({ solveOn: 'both' })).toBeCloseTo(2 + share * (2 + 11 * 4 + 10), 6);
    expect(await products({ solveOn: 'same' })).toBeCloseTo(2 + share * (12 * 3 + 11), 6);
  });

  it.each([
    { steps: 'layerwise', direction: 'gradient' },
    { steps: 'line', direction: 'adam' },
    { steps: 'layerwise-backtracking', direction: 'gradient' },
    { steps: 'fixed', direction: 'gradient', rate: 0.05, memory: 1 },
  ] as const)('train a network by $steps along $direction', async (options) => {
    const result = await run({ ...options, network: 'mlp', hidden: [4], activation: 'tanh', maxIterations: 8 });
    expect(result.objective).toBeLessThan(0.9 * result.history[0]!.objective);
  });

  it('go on from a state with the same bits', async () => {
    const states: TrainerState[] = [];
    const keep = {
      callbacks: [
        async (_: unknown, trainer: { state(): Promise<TrainerState> }) => void states.push(await trainer.state()),
      ],
    };
    const whole = await run({ maxIterations: 6, tolerance: 0, ...keep } as TrainOptions);
    const resumed = await run({ maxIterations: 6, tolerance: 0, start: { state: structuredClone(states[3]!) } });
    expect(resumed.model.spec.parameters).toEqual(whole.model.spec.parameters);
    expect(resumed.history.map(({ objective }) => objective)).toEqual(whole.history.map(({ objective }) => objective));
    await expect(run({ batch: 60, start: { state: states[3]! } })).rejects.toMatchObject({ code: 'INCOMPATIBLE' });
  });

  it('have the same bits for any number of threads', async () => {
    const one = await run({ maxIterations: 3, threads: 1 });
    const two = await run({ maxIterations: 3, threads: 2 });
    expect(two.model.spec.parameters).toEqual(one.model.spec.parameters);
  });

  it('end where they are when they are aborted', async () => {
    const abort = new AbortController();
    const stop = ({ iteration }: { iteration: number }): void => {
      if (iteration === 2) queueMicrotask(() => abort.abort());
    };
    const result = await run({ maxIterations: 500, tolerance: 0, signal: abort.signal, callbacks: [stop] });
    expect(result.stop.reason).toBe('aborted');
    expect(result.objective).toBeLessThan(result.history[0]!.objective);
  });

  it('judge early stopping by epochs', async () => {
    const result = await run({ maxIterations: 200, tolerance: 0, validation: 0.2, earlyStopping: { patience: 3 } });
    expect(['validation', 'iterations']).toContain(result.stop.reason);
    expect(result.validation!.loss).toBe(Math.min(...result.history.map(({ validation }) => validation!.loss)));
  });

  it.each([
    [{ sample: 100 }, /batch and sample exclude each other/],
    [{ sample: 'all' }, /batch and sample exclude each other/],
    [{ layers: 'in turn' }, /batch and layers in turn exclude each other/],
    [{ batch: 301 }, /batch must be .*300/],
    [{ batch: 0 }, /batch must be/],
    [{ memory: 2 }, /at most 1 with mini-batches/],
    [{ solveOn: 'there' as never }, /solveOn must be one of same, next, both/],
    [{ batch: undefined, solveOn: 'next' }, /no batch was asked for/],
    [{ direction: 'kronecker' }, /a batch of its rows/],
    [{ direction: 'coordinate' }, /a batch of its rows/],
    [{ direction: 'lbfgs' }, /one objective for all steps/],
    [{ direction: 'nesterov' }, /one objective for all steps/],
  ] as [TrainOptions, RegExp][])('refuse %j', async (options, sentence) => {
    await expect(run(options)).rejects.toThrow(sentence);
    await expect(run(options)).rejects.toMatchObject({ name: 'PlanesearchError' });
  });
});
