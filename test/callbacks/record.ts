import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { train } from '../../lib/train.js';

/** The record of a real iteration, with some of its fields replaced. */
export async function recordWith(fields: Partial<IterationRecord>): Promise<IterationRecord> {
  const x = { values: Float64Array.of(-1, 1, 2), rows: 3, columns: 1 };
  const { history } = await train({ x, y: [0, 1, 0] }, { backend: 'javascript', maxIterations: 1 });
  const record = history[1]!;
  return { ...record, ...fields, products: { ...record.products, ...fields.products } };
}
