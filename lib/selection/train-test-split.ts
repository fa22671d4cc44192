import { reject, requireNumber } from '../core/errors.js';
import type { RowSplit } from '../data/split.js';
import { stratifiedRows } from '../data/stratify.js';
import { groupedFolds } from './folds.js';
import { partOf, readRows, strataOf, type LabelledRows, type ReadRows } from './labelled-rows.js';

export interface SplitOptions {
  /** Share of the rows that are set aside, above 0 and below 1. Default 0.2. */
  readonly testShare?: number | undefined;
  /** As `createRandom`. Default 0. */
  readonly seed?: number | undefined;
  /** Whether every label has its share on both sides, where the target is labels. Default true. */
  readonly stratify?: boolean | undefined;
  /** Which group a row is of: rows of a group stay together, and nothing is drawn. */
  readonly groups?: ArrayLike<string | number> | undefined;
}

/**
 * Sets rows aside for testing: at random, every label with its share; or whole groups.
 *
 * @returns copies of the rows on both sides, with `split`, their indices in ascending order
 */
export async function trainTestSplit(
  data: LabelledRows,
  options: SplitOptions = {},
): Promise<{ readonly train: ReadRows; readonly test: ReadRows; readonly split: RowSplit }> {
  const { testShare = 0.2, seed = 0, stratify = true, groups } = options;
  const rows = await readRows(data);
  const split = groups
    ? groupSplit(groups, rows.x.rows, testShare)
    : stratifiedRows(rows.x.rows, stratify ? strataOf(rows.y) : null, testShare, seed);
  return { train: partOf(rows, split.train), test: partOf(rows, split.test), split };
}

/** The first of as many grouped folds as make a fold of the share asked for, or of the share that is left for training where that is smaller. */
function groupSplit(groups: ArrayLike<string | number>, rows: number, testShare: number): RowSplit {
  requireNumber('testShare', testShare, Number.MIN_VALUE, 1 - Number.EPSILON);
  const share = Math.min(testShare, 1 - testShare);
  if (groups.length !== rows) reject('DIMENSION_MISMATCH', 'The groups', `${rows}, one a row`, groups.length);
  const first = groupedFolds(groups, { folds: Math.round(1 / share) })[0]!;
  return testShare > 0.5 ? { train: first.test, test: first.train } : first;
}
