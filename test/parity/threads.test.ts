/** The same bits for any number of threads, wherever the caller's memory lies and whatever it does to it. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import { losses, type LossFactory } from '../../lib/losses/index.js';
import { mlp } from '../../lib/networks/index.js';
import { problem, run, slopesAtStart, sweeps, type Finding, type Problem } from '../backends/problem.js';
import { everyNetwork } from '../networks/cases.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { expectSameBits, precisions } from './side-by-side.js';

type Numbers = Float64Array | Float32Array;

/** The same numbers inside a longer array, from an odd place on. */
function elsewhere<T extends Numbers>(values: T): T {
  const room = new (values.constructor as new (length: number) => T)(values.length + 9).fill(NaN) as T;
  room.set(values, 3);
  return room.subarray(3, 3 + values.length) as T;
}

function movedInMemory(given: Problem): Problem {
  return {
    ...given,
    values: elsewhere(given.values),
    targets: elsewhere(given.targets),
    offsets: given.offsets && elsewhere(given.offsets),
    sampleWeights: given.sampleWeights && elsewhere(given.sampleWeights),
    parameters: elsewhere(given.parameters),
    directions: given.directions.map((direction) => elsewhere(direction)),
  };
}

describe.skipIf(nativeAbsence !== null)('the same bits', () => {
  const threaded = new Map<number, Backend>();
  const native = (threads: number): Backend => {
    if (!threaded.has(threads)) threaded.set(threads, nativeBackend(threads));
    return threaded.get(threads)!;
  };

  async function everything(given: Problem, slopes: Float64Array, threads: number): Promise<Finding[]> {
    return [...(await run(given, native(threads))), ...(await sweeps(given, native(threads), slopes))];
  }

  async function expectNoChance(given: Problem): Promise<void> {
    const slopes = await slopesAtStart(given);
    const single = await everything(given, slopes, 1);
    for (const threads of [2, 3, 5])
      expectSameBits(await everything(given, slopes, threads), single, `with ${threads} threads`);
    expectSameBits(await everything(movedInMemory(given), elsewhere(slopes), 2), single, 'elsewhere in memory');
  }

  describe.each(precisions)('of %s', (precision) => {
    it.each(everyNetwork)('for every loss: $label', async ({ network }) => {
      for (const make of Object.values<LossFactory>(losses)) {
        await expectNoChance(
          problem({ rows: 1301, columns: 11, network, loss: make(), outputs: 2, seed: 3, precision, memory: 1 }),
        );
      }
    });

    it.each([
      { rows: 5000, columns: 30, width: 40, loss: losses.softmax(), outputs: 4 },
      { rows: 9000, columns: 12, width: 1, loss: losses.logistic(), outputs: 1 },
      { rows: 700, columns: 90, width: 300, loss: losses.softmax(), outputs: 4 }, // wide enough for OpenBLAS
    ])('$rows x $columns, width $width', async ({ width, ...shape }) => {
      const given = problem({ ...shape, network: mlp({ hidden: [width] }), seed: 3, precision, memory: 1 });
      const first = await run(given, native(1));
      for (const threads of [2, 3, 5]) expectSameBits(await run(given, native(threads)), first, `with ${threads} threads`);
      expectSameBits(await run(movedInMemory(given), native(3)), first, 'elsewhere in memory');
    });

    it('of the frame and the blocks of columns', async () => {
      const network = mlp({ hidden: [1] });
      const { values, rows, columns } = problem({
        rows: 4001,
        columns: 37,
        network,
        loss: losses.squared(),
        outputs: 1,
        seed: 1,
        precision,
      });
      const seen = async (threads: number, own: Numbers): Promise<unknown> => {
        const matrix = await native(threads).matrix({ kind: 'dense', values: own, rows, columns });
        return { frame: matrix.frame, block: await matrix.columnBlock(3, 21) };
      };
      const single = await seen(1, values);
      for (const threads of [2, 3, 5]) expect(await seen(threads, values)).toEqual(single);
      expect(await seen(2, elsewhere(values))).toEqual(single);
    });
  });
});
