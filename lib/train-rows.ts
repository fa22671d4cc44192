/** Which rows a training looks at first, and in which order X and what comes with it are copied for that. */
import { isFile } from './backends/file-source.js';
import type { FileSource } from './backends/backend.js';
import { rowsInOrder } from './backends/row-order.js';
import { describe, PlanesearchError, reject } from './core/errors.js';
import { createRandom } from './core/random.js';
import { storedNumbers, type TrainingMatrix } from './data/index.js';
import type { RowNumbers } from './held-out.js';
import { planBatches } from './sampling/batch-options.js';
import { planSample, type FirstSample } from './sampling/first-sample.js';
import { isChosen } from './selection/choose-penalty.js';
import type { TrainOptions } from './train-options.js';

/** Whether rows are looked at in batches, or few at first, and in which order X is copied for that. */
export function planRows(x: TrainingMatrix, options: TrainOptions, seed: number) {
  const { rows } = x;
  if (isFile(x)) return { batch: null, sampling: null, order: allRowsOf(x, options) };
  const batch = planBatches(options, rows);
  if (batch) return { batch, sampling: null, order: createRandom(seed).permutation(rows) };
  const sampling = planSample({ ...sampleRequest(options), rows, numbers: storedNumbers(x), seed });
  return { batch, sampling, order: sampling?.order };
}

/** A file keeps its order, in which its first rows are no random sample and the next ones no random batch. */
function allRowsOf({ path }: FileSource, { sample, batch }: TrainOptions): undefined {
  for (const [name, value] of Object.entries({ sample, batch })) {
    if (typeof value !== 'number') continue;
    const sentence = `${name} needs rows in a random order, but those of ${describe(path)} stay in the order of the file: leave it out.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'all rows', received: `${name} ${value}` });
  }
  return undefined;
}

export const ALL_ROWS = (rows: number): FirstSample => ({ rows, reason: 'all rows' });

const ALL = { sample: 'all', free: false, kind: 'network' } as const;

/** What is asked of the sample, and whether the choice is free: a state goes on as it was, and a linear fit at a chosen l2 begins on all rows. */
function sampleRequest(options: TrainOptions) {
  const { sample = 'auto', direction = 'auto', steps = 'auto', network = 'linear', start, layers, l2 } = options;
  if (typeof sample !== 'number' && sample !== 'auto' && sample !== 'all')
    reject('INVALID_OPTION', 'sample', "'auto', 'all' or a number of rows", sample);
  if (layers === 'in turn') {
    if (typeof sample === 'number') reject('INCOMPATIBLE', 'With layers in turn, sample', "'auto' or 'all'", sample);
    return ALL;
  }
  const state = typeof start === 'object' && 'state' in start ? start.state : null;
  if (sample === 'auto' && state?.parts?.['sample'] === 'all') return ALL;
  const kind = (typeof network === 'string' ? network : network.name) === 'linear' ? 'linear' : 'network';
  const fromThere = (start === undefined || state !== null) && !(isChosen(l2) && kind === 'linear');
  return { sample, free: direction === 'auto' && steps === 'auto' && fromThere, kind } as const;
}

export function inOrder(numbers: RowNumbers, order: Uint32Array | undefined, rows: number): RowNumbers {
  if (order === undefined) return numbers;
  const { targets, offsets, sampleWeights } = numbers;
  const ordered = (values: Float64Array): Float64Array => rowsInOrder(values, values.length / rows, order);
  return {
    targets: ordered(targets),
    offsets: offsets && ordered(offsets),
    sampleWeights: sampleWeights && ordered(sampleWeights),
  };
}
