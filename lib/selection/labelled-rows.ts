/** Rows with their labels, and parts of them. */
import { ownNumbers } from '../backends/arguments.js';
import { reject } from '../core/errors.js';
import {
  checkData,
  readMatrix,
  readTarget,
  recognizeMatrix,
  takeRows,
  takeTarget,
  type GivenMatrix,
  type MatrixData,
} from '../data/index.js';
import type { RawTarget } from '../data/table.js';
import type { TrainingData } from '../train.js';

export interface LabelledRows extends Omit<TrainingData, 'x'> {
  readonly x: GivenMatrix;
}

export interface ReadRows extends LabelledRows {
  readonly x: MatrixData;
  readonly y: RawTarget;
}

/** The same with the target read. x itself is not copied: it must stay as it is while rows are taken out of it. */
export async function readRows({ x: given, y, sampleWeights, offsets, schema }: LabelledRows): Promise<ReadRows> {
  const x = await readMatrix(recognizeMatrix(given));
  const { rows } = checkData(x);
  const own = { sampleWeights: copyOf('The sample weights', sampleWeights), offsets: copyOf('The offsets', offsets) };
  if (own.sampleWeights && own.sampleWeights.length !== rows)
    reject('DIMENSION_MISMATCH', 'The sample weights', `of length ${rows}, one per row of x`, own.sampleWeights);
  if (own.offsets && own.offsets.length % rows !== 0)
    reject('DIMENSION_MISMATCH', 'The offsets', `of a length that ${rows} rows divide`, own.offsets);
  return { x, y: await readTarget(y, rows), ...own, schema };
}

function copyOf(what: string, values: Float64Array | undefined): Float64Array | undefined {
  return values === undefined ? undefined : ownNumbers(what, values);
}

/** A copy of the given rows with all that goes with them. */
export function partOf({ x, y, sampleWeights, offsets, schema }: ReadRows, rows: Uint32Array): ReadRows {
  const width = offsets ? offsets.length / x.rows : 0;
  return {
    x: takeRows(x, rows),
    y: takeTarget(y, rows),
    sampleWeights: sampleWeights && Float64Array.from(rows, (row) => sampleWeights[row]!),
    offsets:
      offsets &&
      Float64Array.from(
        { length: rows.length * width },
        (_, e) => offsets[rows[Math.floor(e / width)]! * width + (e % width)]!,
      ),
    schema,
  };
}

/** Labels by which rows can be dealt evenly: texts, or numbers of few different values; null for others. */
export function strataOf(target: RawTarget): ArrayLike<string | number> | null {
  if (target.kind === 'strings') return target.values;
  if (target.kind === 'label-sets' || (target.width ?? 1) > 1) return null;
  const different = new Set<number>();
  for (const value of target.values) if (different.add(value).size > MOST_STRATA) return null;
  return target.values;
}

/** Numbers of more different values are not taken for classes. */
const MOST_STRATA = 100;
