/** Past steps that nearly cancel each other: their terms go, the rounding of their terms stays. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import { DRIFT_LIMIT } from '../../lib/core/drift-estimate.js';
import { backends } from '../support/backends.js';
import { openAtStart } from '../support/problems.js';
import { referenceObjective } from '../support/reference.js';
import { readCapture } from './capture.js';

const MEMORY = 3;
const { problem, l2, iterations } = readCapture('cancelling-steps');

/** Drift when every past step is taken for a good column: the tracked loss alone foresees nothing. */
async function blindDrift(backend: Backend): Promise<number> {
  const { x: values, rows, columns: inputs, architecture, layers, loss, targets, start } = problem;
  const matrix = await backend.matrix({ kind: 'dense', values, rows, columns: inputs }, { frame: 'none' });
  const tracked = backend.trackedLoss({ matrix, architecture, loss, targets, memory: MEMORY });
  await tracked.restart(start);
  const parameters = start.slice();
  const past: Float64Array[] = [];
  for (const { direction, t } of iterations) {
    const columns = [direction, ...past].slice(0, t.length);
    await tracked.span(
      [direction],
      columns.slice(1),
      Int32Array.from(columns.flatMap((_, j) => layers.map(() => j))),
      t.length,
    );
    await tracked.advance(t, new Float64Array(start.length));
    const step = new Float64Array(start.length);
    columns.forEach((column, j) => backend.vectors.axpy(t[j]!, column, step));
    backend.vectors.axpy(1, step, parameters);
    past.unshift(step);
  }
  return tracked.restart(parameters);
}

describe.each(backends)('on the $name backend', (backend) => {
  it('past steps taken 60000 times forth and back lost eight digits: spoiled columns leave, refreshes mend the rest', async () => {
    expect(Math.max(...iterations.flatMap(({ t }) => Array.from(t, Math.abs)))).toBeGreaterThan(6e4);
    const blind = await blindDrift(backend);
    expect(blind).toBeGreaterThan(10 * DRIFT_LIMIT.float64);

    const { objective } = await openAtStart(problem, { backend, l2, memory: MEMORY });
    let [left, refreshes] = [0, 0];
    for (const { direction, t } of iterations) {
      const phi = await objective.span([direction], MEMORY, 'joint');
      left += t.length - phi.dimension;
      await objective.commit(t.slice(0, phi.dimension));
      if (objective.refreshDue) {
        refreshes++;
        // One cancelling step is foreseen at once, so that nothing multiplies what it has spoiled.
        expect(await objective.refresh()).toBeLessThan(blind / 10);
      }
    }
    expect(left).toBeGreaterThan(0);
    expect(refreshes).toBeGreaterThan(0);
    // Whatever has been gathered since the last refresh is below the limit, or another one would have been due.
    expect(await objective.refresh()).toBeLessThan(DRIFT_LIMIT.float64);
    // Sums of 16 rows in two orders.
    const phi = await objective.span([objective.gradient], 0, 'joint');
    const exact = referenceObjective(problem, objective.parameters, l2);
    expect(Math.abs((await phi.value(Float64Array.of(0))) / exact - 1)).toBeLessThan(1e-13);
  });
});
