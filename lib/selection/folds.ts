/**
 * Folds: ways to set every row aside once. A fold is a `RowSplit`, row indices in ascending order, `train` to fit and `test` to judge.
 *
 *     kFolds             rows dealt at random: sizes differ by at most one
 *     stratifiedFolds    the rows of every class dealt in turn: every fold has each class to within one row
 *     groupedFolds       rows of a group stay together: largest group first, to the smallest fold
 *     timeSeriesFolds    rows in the order of time: a stretch is judged by what came before it
 */
import { PlanesearchError, requireInteger } from '../core/errors.js';
import { createRandom } from '../core/random.js';
import { atOnce } from '../core/pace.js';
import { dataError } from '../data/data-error.js';
import type { RowSplit } from '../data/split.js';
import { dealInTurn, lineUp, range, splitOf, strataSteps, type Strata } from '../data/strata.js';

export interface FoldOptions {
  /** Number of folds, 2 to the number of rows. Default 5. */
  readonly folds?: number | undefined;
  /** As `createRandom`. Default 0. */
  readonly seed?: number | undefined;
}

export interface TimeSeriesOptions {
  /** Number of folds, at least 2. Default 5. */
  readonly folds?: number | undefined;
  /** Rows between training and test that neither has, at least 0. Default 0. */
  readonly gap?: number | undefined;
  /** Rows of a test, at least 1. Default floor(rows / (folds + 1)). */
  readonly testRows?: number | undefined;
  /** Most rows of training, the newest ones. Default: all before the test. */
  readonly mostTrainRows?: number | undefined;
}

/** Rows dealt to `folds` folds at random, whose sizes differ by at most one. */
export function kFolds(rows: number, { folds = 5, seed = 0 }: FoldOptions = {}): RowSplit[] {
  checkFolds(folds, rows);
  return splitsOf(dealInTurn(createRandom(seed).permutation(rows), folds, new Uint32Array(rows)), folds);
}

/**
 * Rows dealt class by class, so that a class has the same number of rows in every fold to within one, and so have the folds.
 *
 * @param labels one a row
 * @throws PlanesearchError INVALID_DATA when every class has fewer rows than there are folds
 */
export function stratifiedFolds(labels: ArrayLike<string | number>, { folds = 5, seed = 0 }: FoldOptions = {}): RowSplit[] {
  checkFolds(folds, labels.length);
  const rows = labels.length;
  const classes = strataOf(labels);
  const largest = classes.sizes.reduce((most, size) => Math.max(most, size), 0);
  if (largest < folds) {
    const expected = `a class with at least ${folds} rows, one a fold`;
    throw dataError(`The labels must have ${expected}, but the largest has ${largest}.`, expected, `${largest} rows`);
  }
  const random = createRandom(seed);
  const line = lineUp(range(0, rows), classes);
  let from = 0;
  for (const size of classes.sizes) {
    const own = line.slice(from, from + size);
    line.set(
      random.permutation(size).map((at) => own[at]!),
      from,
    );
    from += size;
  }
  return splitsOf(dealInTurn(line, folds, new Uint32Array(rows)), folds);
}

/**
 * Rows of one group in one fold: groups by size, largest first, each to the fold that has the fewest rows so far.
 *
 * @param groups which group a row is of: a patient, a customer, a document
 */
export function groupedFolds(
  groups: ArrayLike<string | number>,
  { folds = 5 }: Pick<FoldOptions, 'folds'> = {},
): RowSplit[] {
  checkFolds(folds, groups.length);
  const { codes, sizes } = strataOf(groups);
  if (sizes.length < folds) {
    const expected = `at least ${folds} groups, one a fold`;
    throw dataError(`There must be ${expected}, but there are ${sizes.length}.`, expected, `${sizes.length} groups`);
  }
  const filled = new Float64Array(folds);
  const foldOfGroup = new Uint32Array(sizes.length);
  for (const group of range(0, sizes.length).sort((a, b) => sizes[b]! - sizes[a]!)) {
    const smallest = filled.indexOf(Math.min(...filled));
    foldOfGroup[group] = smallest;
    filled[smallest] = filled[smallest]! + sizes[group]!;
  }
  return splitsOf(
    Uint32Array.from(codes, (group) => foldOfGroup[group]!),
    folds,
  );
}

/** Stretches at the end, one after the other, each judged by a training on the rows before it. */
export function timeSeriesFolds(rows: number, options: TimeSeriesOptions = {}): RowSplit[] {
  const { folds = 5, gap = 0, mostTrainRows = Infinity } = options;
  requireInteger('The number of rows', rows, 2, 2 ** 32 - 1);
  requireInteger('folds', folds, 2);
  requireInteger('gap', gap, 0);
  const testRows = requireInteger('testRows', options.testRows ?? Math.floor(rows / (folds + 1)), 1);
  if (options.mostTrainRows !== undefined) requireInteger('mostTrainRows', mostTrainRows, 1);
  const first = rows - folds * testRows;
  if (first - gap < 1) {
    const expected = `more than ${folds * testRows + gap} rows for ${folds} tests of ${testRows} rows and a gap of ${gap}`;
    throw dataError(`There must be ${expected}, but there are ${rows}.`, expected, `${rows} rows`);
  }
  return Array.from({ length: folds }, (_, fold) => {
    const test = first + fold * testRows;
    const end = test - gap;
    return { train: range(Math.max(0, end - mostTrainRows), end), test: range(test, test + testRows) };
  });
}

/** Folds that somebody else has made: rows in range, and some on either side. */
export function checkSplits(splits: readonly RowSplit[], rows: number): readonly RowSplit[] {
  if (splits.length === 0)
    throw new PlanesearchError('INVALID_OPTION', 'There must be at least one fold, but the list is empty.');
  splits.forEach(({ train, test }, fold) => {
    for (const [side, part] of Object.entries({ train, test })) {
      // Lists come from JavaScript, too, where a row may be anything.
      if (part?.length > 0 && part.every((row) => Number.isInteger(row) && row >= 0 && row < rows)) continue;
      const sentence = `The ${side} rows of fold ${fold} (from 0) must be some of 0 to ${rows - 1}, but they are not.`;
      throw new PlanesearchError('INVALID_OPTION', sentence, { expected: `rows below ${rows}`, received: `fold ${fold}` });
    }
  });
  return splits;
}

function checkFolds(folds: number, rows: number): void {
  requireInteger('The number of rows', rows, 2, 2 ** 32 - 1);
  requireInteger('folds', folds, 2, rows);
}

function strataOf(keys: ArrayLike<string | number>): Strata {
  return atOnce(strataSteps(keys, Infinity))!;
}

function splitsOf(foldOf: Uint32Array, folds: number): RowSplit[] {
  return Array.from({ length: folds }, (_, fold) => splitOf(foldOf, fold));
}
