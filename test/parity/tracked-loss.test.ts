/** Every number that a tracked loss returns, compiled = javascript, for every network, every loss and both precisions of X. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { networks, type NetworkFactory, type NetworkName } from '../../lib/networks/index.js';
import { problem, run, slopesAtStart, sweeps, type Problem } from '../backends/problem.js';
import { lossCases } from '../losses/draw.js';
import { compiledBackends } from '../support/compiled.js';
import { javascript } from '../support/problems.js';
import { everyPair, expectSameFindings, precisions } from './side-by-side.js';

describe.each(compiledBackends)('tracked loss, $name = javascript', (compiled) => {
  async function expectAlike(given: Problem, tolerance: number): Promise<void> {
    expectSameFindings(await run(given, compiled), await run(given, javascript), tolerance);
  }

  async function expectAlikeSweeps(given: Problem): Promise<void> {
    const slopes = await slopesAtStart(given);
    expectSameFindings(await sweeps(given, compiled, slopes), await sweeps(given, javascript, slopes), 1e-9);
  }

  describe.each(everyPair)('$label', ({ network, loss, outputs }) => {
    it('through two steps', async () => {
      for (const rows of [1, 7, 64, 203])
        await expectAlike(problem({ rows, columns: 9, network, loss, outputs, seed: rows }), 1e-10);
      await expectAlike(problem({ rows: 30, columns: 3, network, loss, outputs, seed: 2, extras: false }), 1e-10);
    });

    it('through two steps, X in float32', async () => {
      for (const rows of [1, 130]) {
        await expectAlike(problem({ rows, columns: 9, network, loss, outputs, seed: rows, precision: 'float32' }), 1e-4);
      }
    });

    it('sweeps', async () => {
      for (const rows of [1, 90]) {
        const given = problem({ rows, columns: 5, network, loss, outputs, seed: rows });
        await expectAlikeSweeps(given);
      }
    });
  });

  const shapes = fc.record({
    rows: fc.integer({ min: 1, max: 200 }),
    columns: fc.integer({ min: 1, max: 70 }),
    network: fc.constantFrom(...(Object.keys(networks) as NetworkName[])),
    width: fc.integer({ min: 1, max: 40 }),
    second: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    loss: fc.constantFrom(...lossCases),
    outputs: fc.integer({ min: 1, max: 12 }),
    precision: fc.constantFrom(...precisions),
    extras: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1e6 }),
  });
  type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

  function drawn({ network: name, width, second, loss: { loss, outputs: least }, outputs, ...rest }: Shape): Problem {
    const make: NetworkFactory = networks[name];
    const several = second !== undefined && name !== 'gated' ? [width, second] : [width];
    const network = make(make.options.hidden ? { hidden: several } : {});
    return problem({ ...rest, network, loss, outputs: Math.max(outputs, loss.targetWidth(least) === least ? 1 : 2) });
  }

  it('for any shape', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        await expectAlike(drawn(shape), shape.precision === 'float64' ? 1e-10 : 1e-4);
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it('sweeps for any shape', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const given = drawn({
          ...shape,
          precision: 'float64',
          width: Math.ceil(shape.width / 4),
          columns: Math.ceil(shape.columns / 4),
        });
        await expectAlikeSweeps(given);
      }),
      { numRuns: 60, seed: 11 },
    );
  });
});
