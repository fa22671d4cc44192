/** A record: what an iteration told, and what is so at the point that the objective has accepted. */
import type { Scores } from '../metrics/scores.js';
import { freezeRecord, type IterationRecord, type NewRecord } from './iteration-record.js';
import { norm } from './norm.js';
import type { Objective } from './objective.js';
import { blockOf, weightBlock } from './parameters.js';

/** What the run knows besides. */
interface Told extends NewRecord, Pick<IterationRecord, 'iteration' | 'seconds'> {
  readonly grown: IterationRecord['grown'];
  readonly validation: Scores | null;
}

export function recordOf(objective: Objective, { iteration, seconds, grown, validation, ...told }: Told): IterationRecord {
  const { value, rows, point } = objective;
  const onAllRows = rows === objective.allRows;
  return freezeRecord({
    iteration,
    rows,
    ...(grown && { grown }),
    objective: value,
    ...(validation && { loss: value - objective.penaltyAt(point), validation }),
    gradientNorm: objective.gradientNorm,
    gradientMass: Math.sqrt(objective.varyingColumns + 1) * objective.slopeMass,
    layerNorms: layerNorms(objective),
    ...(onAllRows && objective.allRight && { allRight: true as const }),
    products: objective.products,
    seconds,
    ...told,
  });
}

function layerNorms({ layout, vectors, point }: Objective): Record<string, number> {
  return Object.fromEntries(
    layout.layers.map(({ name }, l) => [name, norm(vectors, blockOf(point, weightBlock(layout, l)))]),
  );
}
