/** One fixed course of calls over a problem, with all numbers that a backend returns, for laying two backends side by side. */
import type { Backend } from '../../lib/backends/backend.js';
import type { Split } from '../../lib/core/objective.js';
import { createRandom } from '../../lib/core/random.js';
import { drawPoint, normals, openAtStart, type SmallProblem } from './problems.js';

/** Named arrays, in the order of the course. */
export type Findings = ReadonlyMap<string, Float64Array>;

const MEMORY = 2;

/** Start, then three rounds of span, value, evaluate, commit with growing memory, then refresh; joint and by layer in turn. */
export async function course(problem: SmallProblem, backend: Backend, seed: number): Promise<Findings> {
  const findings = new Map<string, Float64Array>();
  const { objective, matrix } = await openAtStart(problem, { backend, memory: MEMORY, l2: 0.02, frame: 'standard' });
  const random = createRandom(seed);
  const see = (name: string, values: ArrayLike<number>): void => void findings.set(name, Float64Array.from(values));
  see('value at the start', [objective.value]);
  see('gradient at the start', objective.gradient);
  for (let round = 0; round < 3; round++) {
    const split: Split = round === 1 ? 'joint' : 'layers';
    const fresh = Array.from({ length: round === 2 ? 2 : 1 }, () => drawPoint(random, problem.layers));
    const phi = await objective.span(fresh, MEMORY, split);
    const t = normals(random, phi.dimension, 0.3);
    const { value, slopes, curvature } = await phi.evaluate(t);
    see(`value alone, round ${round}`, [await phi.value(t)]);
    see(`value, round ${round}`, [value]);
    see(`slopes, round ${round}`, slopes);
    see(`curvature, round ${round}`, curvature);
    see(`value at 0, round ${round}`, [await phi.value(new Float64Array(phi.dimension))]);
    await objective.commit(t);
    see(`value after commit ${round}`, [objective.value]);
    see(`gradient after commit ${round}`, objective.gradient);
    see(`parameters after commit ${round}`, objective.parameters);
  }
  see('products', [matrix.counts.multiply, matrix.counts.multiplyTransposed]);
  const drift = await objective.refresh();
  see('drift below 1e-12', [drift < 1e-12 ? 1 : drift]);
  objective.dispose();
  matrix.dispose();
  return findings;
}
