/** compiled = javascript within rounding, and native = native bit for bit whatever the number of threads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activations, type ActivationName } from '../../lib/activations/index.js';
import type { Backend } from '../../lib/backends/backend.js';
import { linear, mlp, type Network } from '../../lib/networks/index.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { compiledBackends } from '../support/compiled.js';
import { course, type Findings } from '../support/course.js';
import { cases, javascript, lossCases, smallProblem, type LossCase, type SmallProblem } from '../support/problems.js';
import { relativeError } from '../support/reference.js';

const TOLERANCE = 1e-11;

function expectEqual(mine: Findings, theirs: Findings, tolerance: number): void {
  expect([...mine.keys()]).toEqual([...theirs.keys()]);
  for (const [name, values] of theirs) {
    if (tolerance === 0) expect(mine.get(name), name).toEqual(values);
    else expect(relativeError(mine.get(name)!, values), name).toBeLessThan(tolerance);
  }
}

const shapes = fc.record({
  rows: fc.oneof(fc.constantFrom(1, 2, 63, 64, 65, 127, 128, 129, 257), fc.integer({ min: 1, max: 400 })),
  columns: fc.integer({ min: 1, max: 40 }),
  hidden: fc.array(fc.oneof(fc.constantFrom(1, 7, 8, 9, 16, 17), fc.integer({ min: 1, max: 33 })), { maxLength: 3 }),
  activation: fc.constantFrom(...(Object.keys(activations) as ActivationName[])),
  task: fc.oneof(
    fc.constantFrom(...lossCases),
    fc.record({
      label: fc.constant('any width'),
      loss: fc.constantFrom('squared', 'softmax'),
      outputs: fc.integer({ min: 1, max: 19 }),
    }),
  ) as fc.Arbitrary<LossCase>,
  weighted: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly hidden: readonly number[];
  readonly activation: ActivationName;
  readonly task: LossCase;
  readonly weighted: boolean;
  readonly seed: number;
}

function drawn({ hidden, activation, task, ...rest }: Shape): SmallProblem {
  const network: Network = hidden.length === 0 ? linear() : mlp({ hidden, activation });
  return smallProblem({ ...rest, network, loss: task.loss, outputs: task.outputs });
}

describe.each(compiledBackends)('$name = javascript', (compiled) => {
  it.each(cases)('every number of a course: $label', async ({ network, loss, outputs }) => {
    for (const [rows, columns, weighted] of [
      [1, 1, false],
      [67, 5, true],
      [300, 13, false],
    ] as const) {
      const problem = smallProblem({ rows, columns, network, loss, outputs, weighted });
      expectEqual(await course(problem, compiled, 5), await course(problem, javascript, 5), TOLERANCE);
    }
  });

  it('for any shape', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const problem = drawn(shape);
        expectEqual(await course(problem, compiled, shape.seed), await course(problem, javascript, shape.seed), TOLERANCE);
      }),
      { numRuns: 60, seed: 7 },
    );
  }, 60_000);

  it.each(cases)('a diverged trial point is seen as such: $label', async ({ network, loss, outputs }) => {
    const problem = smallProblem({ rows: 70, network, loss, outputs });
    for (const backend of [compiled, javascript]) {
      const matrix = await backend.matrix({
        kind: 'dense',
        values: problem.x,
        rows: problem.rows,
        columns: problem.columns,
      });
      const tracked = backend.trackedLoss({ ...problem, matrix, memory: 0 });
      await tracked.restart(problem.start);
      const variables = new Int32Array(problem.layers.length);
      await tracked.span([problem.start.map((_, e) => (e === 0 ? NaN : 0))], [], variables, 1);
      expect(await tracked.value(Float64Array.of(1))).toBeNaN();
      expect((await tracked.evaluate(Float64Array.of(1))).value).toBeNaN();
      tracked.dispose();
      matrix.dispose();
    }
  });
});

describe.skipIf(nativeAbsence !== null)('threads', () => {
  const threaded = new Map<number, Backend>();
  /** A backend per thread count, made when first asked for: where there is no native one, this block is skipped. */
  const native = (threads: number): Backend => {
    if (!threaded.has(threads)) threaded.set(threads, nativeBackend(threads));
    return threaded.get(threads)!;
  };

  it('the same bits with 1, 2, 3 and 5 threads, for any shape', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const problem = drawn(shape);
        const single = await course(problem, native(1), shape.seed);
        for (const threads of [2, 3, 5]) expectEqual(await course(problem, native(threads), shape.seed), single, 0);
      }),
      { numRuns: 40, seed: 7 },
    );
  }, 60_000);

  it.each([
    ['linear, logistic', linear(), 'logistic', 1],
    ['mlp, softmax', mlp({ hidden: [24] }), 'softmax', 10],
    ['mlp with two hidden layers, squared', mlp({ hidden: [24, 9], activation: 'relu' }), 'squared', 2],
  ] as const)(
    'the same bits where calls are long enough to leave the main thread: %s',
    async (_, network, loss, outputs) => {
      const problem = smallProblem({ rows: 20_011, columns: 60, network, loss, outputs });
      const single = await course(problem, native(1), 1);
      for (const threads of [2, 3, 5]) expectEqual(await course(problem, native(threads), 1), single, 0);
    },
  );
});
