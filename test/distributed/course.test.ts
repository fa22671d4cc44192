/** Rows over several ranks: one process within rounding, and the same bits whatever the number of ranks. */
import { describe, expect, it } from 'vitest';
import { course, type Findings } from '../support/course.js';
import { cases, javascript, networkNamed, smallProblem, type SmallProblem } from '../support/problems.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { relativeError } from '../support/reference.js';
import { onRanks } from './ranks.js';

const on = (problem: SmallProblem, size: number, backend: 'native' | 'javascript', more = {}): Promise<Findings> =>
  onRanks({ size, backend, threads: 1, parts: 6, ...more }, (cluster) => course(problem, cluster.backend, 5));

function expectClose(mine: Findings, theirs: Findings, tolerance: number): void {
  expect([...mine.keys()]).toEqual([...theirs.keys()]);
  for (const [name, values] of theirs) expect(relativeError(mine.get(name)!, values), name).toBeLessThan(tolerance);
}

const kinds = nativeAbsence === null ? (['native', 'javascript'] as const) : (['javascript'] as const);

describe.each(kinds)('ranks of %s', (kind) => {
  const local = kind === 'native' ? nativeBackend(1) : javascript;

  it.each(cases)(
    'one process, within rounding, and the same bits on 1, 2 and 3 ranks: $label',
    async ({ network, loss, outputs }) => {
      for (const [rows, columns, weighted] of [
        [2, 1, false],
        [4, 1, false],
        [67, 5, true],
      ] as const) {
        const problem = smallProblem({ rows, columns, network, loss, outputs, weighted });
        const one = await on(problem, 1, kind, { parts: 4 });
        expectClose(one, await course(problem, local, 5), 1e-11);
        for (const size of [2, 3]) expect(await on(problem, size, kind, { parts: 4 })).toEqual(one);
      }
    },
  );

  it('sums as they come agree within rounding', async () => {
    const problem = smallProblem({
      rows: 300,
      columns: 7,
      network: networkNamed('mlp 4,3 tanh'),
      loss: 'softmax',
      outputs: 3,
    });
    const alone = await course(problem, local, 5);
    for (const size of [1, 2, 4]) expectClose(await on(problem, size, kind, { sum: 'fast' }), alone, 1e-11);
  });
});
