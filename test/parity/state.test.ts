/** State goes out as products and comes in again: what follows has the bits of a run that never stopped. */
import { describe, expect, it } from 'vitest';
import type { Backend, DataMatrix, TrackedLoss } from '../../lib/backends/backend.js';
import { losses } from '../../lib/losses/index.js';
import {
  everyVariable,
  matrixOf,
  movedBy,
  numbers,
  problem,
  trackedOver,
  type Finding,
  type Problem,
} from '../backends/problem.js';
import { lossCases } from '../losses/draw.js';
import { everyNetwork, type NetworkCase } from '../networks/cases.js';
import { everyBackend } from '../support/compiled.js';
import { expectSameBits, precisions } from './side-by-side.js';

/** One step along direction `j` and the last steps known, with everything that is returned. */
async function go(
  given: Problem,
  tracked: TrackedLoss,
  j: number,
  past: readonly Float64Array[],
): Promise<{ seen: Finding[]; t: Float64Array; variables: Int32Array }> {
  const { variables, k } = everyVariable(given, 1 + past.length);
  const t = numbers(k, j).map((s) => 0.2 * s);
  await tracked.span([given.directions[j]!], past, variables, k);
  const { value, slopes, curvature } = await tracked.evaluate(t);
  const gradient = new Float64Array(given.parameters.length);
  const accepted = await tracked.advance(t, gradient);
  const seen = [
    { what: `evaluation ${j}`, numbers: Float64Array.of(value, ...slopes, ...curvature) },
    { what: `advance ${j}`, numbers: Float64Array.of(accepted.value, accepted.slopeMass, ...gradient) },
  ];
  return { seen, t, variables };
}

async function courseOf(given: Problem, backend: Backend): Promise<void> {
  const matrix: DataMatrix = await matrixOf(given, backend);
  const tracked = trackedOver(given, matrix, backend);
  await tracked.restart(given.parameters);
  const first = await go(given, tracked, 0, []);
  const after = movedBy(given, given.parameters, [given.directions[0]!], first.variables, first.t, backend.vectors);
  const step = after.map((value, e) => value - given.parameters[e]!);

  const products = await tracked.products();
  expect(products.map(({ length }) => length)).toEqual(new Array(2).fill(given.rows * given.program.trackedWidth));
  const resumed = trackedOver(given, matrix, backend);
  const { multiply, multiplyTransposed } = matrix.counts;
  await resumed.resume(after, products);
  expect({ ...matrix.counts }).toMatchObject({ multiply, multiplyTransposed });
  expect(await resumed.products()).toEqual(products);
  // What the caller does to its arrays afterwards is its own affair.
  for (const product of products) product.fill(NaN);

  const stayed = new Float64Array(after.length);
  const again = new Float64Array(after.length);
  const values = [await tracked.advance(null, stayed), await resumed.advance(null, again)];
  expect(values[1]).toEqual(values[0]);
  expect(again).toEqual(stayed);
  const goesOn = await go(given, tracked, 1, [step]);
  expectSameBits((await go(given, resumed, 1, [step])).seen, goesOn.seen);
  expectSameBits((await go(given, resumed, 2, [])).seen, (await go(given, tracked, 2, [])).seen);
  expect(await resumed.products()).toEqual(await tracked.products());
  for (const one of [tracked, resumed, matrix]) one.dispose();
}

const named = (wanted: string): NetworkCase => everyNetwork.find(({ label }) => label === wanted)!;

describe.each(everyBackend)('products and resume of $name', (backend) => {
  it.each(everyNetwork)('go on with equal bits: $label', async ({ network }) => {
    for (const { loss, outputs } of lossCases) {
      await courseOf(problem({ rows: 70, columns: 6, network, loss, outputs, seed: 4 }), backend);
    }
  });

  it.each(precisions)('in several blocks of rows, %s', async (precision) => {
    for (const name of ['linear', 'odd']) {
      const { network } = named(name);
      await courseOf(
        problem({ rows: 1303, columns: 3, network, loss: losses.squared(), outputs: 2, seed: 4, precision }),
        backend,
      );
    }
  });

  it('take no more steps than are kept, and refuse what is none', async () => {
    const given = problem({
      rows: 9,
      columns: 2,
      ...named('linear'),
      loss: losses.squared(),
      outputs: 1,
      seed: 1,
      memory: 1,
    });
    const tracked = trackedOver(given, await matrixOf(given, backend), backend);
    const refused = async (call: () => unknown): Promise<string> =>
      Promise.resolve()
        .then(call)
        .then(
          () => expect.fail('no error came'),
          ({ name, message }: Error) => `${name}: ${message}`,
        );
    expect(await refused(() => tracked.products())).toContain('call restart()');
    const wrong: [Float64Array, Float64Array[]][] = [
      [numbers(3, 1), []],
      [numbers(3, 1), [numbers(8, 1)]],
      [numbers(3, 1), [numbers(9, 1), numbers(9, 1), numbers(9, 1)]],
      [numbers(4, 1), [numbers(9, 1)]],
    ];
    for (const [parameters, products] of wrong)
      expect(await refused(() => tracked.resume(parameters, products))).toMatch(/^PlanesearchError: /);
    await tracked.resume(numbers(3, 1), [numbers(9, 2), numbers(9, 3)]);
    expect(await tracked.products()).toEqual([numbers(9, 2), numbers(9, 3)]);
  });
});
