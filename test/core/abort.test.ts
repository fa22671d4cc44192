import { describe, expect, it } from 'vitest';
import type { DataMatrix } from '../../lib/backends/backend.js';
import { Objective } from '../../lib/core/objective.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { minimize } from '../../lib/core/trainer.js';
import { gradient, lbfgs } from '../../lib/directions/index.js';
import { logistic } from '../../lib/losses/logistic.js';
import type { Loss } from '../../lib/losses/loss.js';
import { mlp } from '../../lib/networks/index.js';
import { backtracking, layerwise } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { javascript, open, smallProblem } from '../support/problems.js';
import { referenceObjective } from '../support/reference.js';
import { train } from '../support/runs.js';

const problem = smallProblem({ rows: 400 });

describe('an aborted signal', () => {
  it('before the start throws its reason and touches nothing', async () => {
    const { objective, matrix } = await open(problem);
    const options = { direction: gradient(), stepRule: backtracking(), memory: 0, stop: iterationLimit(5) };
    const reason = new RangeError('too late');
    await expect(minimize(objective, problem.start, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(matrix.counts.multiply).toBe(0);
  });

  it('while the starting point is evaluated throws its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('mine');
    const loss = countingLoss((rows) => rows === 100 && controller.abort(reason));
    await expect(train(problem, { loss, signal: controller.signal })).rejects.toBe(reason);
  });

  it('in mid-run returns the best point accepted', async () => {
    const controller = new AbortController();
    const callbacks = [({ iteration }: { iteration: number }) => void (iteration === 3 && controller.abort())];
    const result = await train(problem, { signal: controller.signal, callbacks });
    expect(result.stop).toEqual({ reason: 'aborted', detail: 'aborted after 3 iterations', converged: false });
    expect(result.history).toHaveLength(4);
    expect(result.objective).toBe(result.history[3]!.objective);
    expect(result.objective).toBeCloseTo(referenceObjective(problem, result.parameters, 0.01), 13);
  });

  it.each(['a search', 'a commit'])('inside %s stops at the next block of rows', async (where) => {
    const controller = new AbortController();
    let last = 0;
    // The start takes 400 rows, the only trial of the first search 400 more, then the commit.
    const at = where === 'a search' ? 500 : 900;
    const loss = countingLoss((rows) => {
      last = rows;
      if (rows === at) controller.abort();
    });
    const result = await train(problem, { loss, signal: controller.signal });
    expect(result.stop.reason).toBe('aborted');
    expect(last - at).toBeLessThan(64);
    expect(result.history).toHaveLength(1);
    expect(result.parameters).toEqual(problem.start);
    expect(result.objective).toBe(result.history[0]!.objective);
  });

  it.each([
    ['X D', 'multiply', 2],
    ["X' Q", 'multiplyTransposed', 2],
  ] as const)('during the product %s starts nothing new', async (_, product, nth) => {
    const controller = new AbortController();
    const { x: values, rows: n, columns, architecture, targets, start } = problem;
    const inner = await javascript.matrix({ kind: 'dense', values, rows: n, columns }, { frame: 'none' });
    let calls = 0;
    let rowsAtAbort = -1;
    let rows = 0;
    const loss = countingLoss((count) => (rows = count));
    const count = (name: string): void => {
      if (name !== product || ++calls !== nth) return;
      rowsAtAbort = rows;
      controller.abort();
    };
    const matrix: DataMatrix = {
      rows: inner.rows,
      columns: inner.columns,
      counts: inner.counts,
      precision: inner.precision,
      frame: inner.frame,
      offers: inner.offers,
      multiply: (W, width) => (count('multiply'), inner.multiply(W, width)),
      multiplyTransposed: (R, width) => (count('multiplyTransposed'), inner.multiplyTransposed(R, width)),
      gram: (scale, stride) => (count('gram'), inner.gram(scale, stride)),
      gramOf: (columns, scale) => inner.gramOf(columns, scale),
      columnBlock: (from, width) => inner.columnBlock(from, width),
      dispose: () => inner.dispose(),
      [Symbol.dispose]: () => inner.dispose(),
    };
    const objective = new Objective({ matrix, architecture, loss, targets, l2: 0, memory: 0 }, javascript);
    const options = {
      direction: gradient(),
      stepRule: backtracking(),
      memory: 0,
      stop: iterationLimit(5),
      signal: controller.signal,
    };
    const result = await minimize(objective, start, options);
    expect(result.stop.reason).toBe('aborted');
    expect(calls).toBe(nth);
    expect(rows).toBe(rowsAtAbort);
  });

  it('does not hide an error of another kind', async () => {
    const controller = new AbortController();
    const callbacks = [
      () => {
        controller.abort();
        throw new RangeError('mine');
      },
    ];
    await expect(train(problem, { signal: controller.signal, callbacks })).rejects.toThrow(new RangeError('mine'));
  });

  it('leaves no listener behind', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...all: Parameters<typeof add>) => (listeners++, add(...all));
    signal.removeEventListener = (...all: Parameters<typeof remove>) => (listeners--, remove(...all));
    await train(problem, { signal, iterations: 2 });
    expect(listeners).toBe(0);
  });
});

describe.each(backends)('on the $name backend', (backend) => {
  it('a timer can abort a run of long calls', async () => {
    const long = smallProblem({ rows: 4000, columns: 40, network: mlp({ hidden: [20] }), loss: 'softmax' });
    const controller = new AbortController();
    const callbacks = [
      ({ iteration }: { iteration: number }) => void (iteration === 1 && setTimeout(() => controller.abort(), 30)),
    ];
    const result = await train(long, {
      backend,
      direction: lbfgs(),
      stepRule: layerwise(gaussNewton()),
      memory: 1,
      iterations: 100_000,
      signal: controller.signal,
      callbacks,
    });
    expect(result.stop.reason).toBe('aborted');
    expect(result.objective).toBe(Math.min(...result.history.map((record) => record.objective)));
    expect(result.objective).toBeCloseTo(referenceObjective(long, result.parameters, 0.01), 11);
  });
});

/** The logistic loss, with a look at every row that is evaluated. */
function countingLoss(look: (rows: number) => void): Loss {
  let rows = 0;
  const inner = logistic();
  return {
    ...inner,
    row: (...all) => {
      look(++rows);
      return inner.row(...all);
    },
  };
}
