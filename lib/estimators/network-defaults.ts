/**
 * What `MLPClassifier` and `MLPRegressor` do where nothing is said. A network that is trained to the end is too sure of itself on small tables and
 * takes long on large ones, so that four things hold it back:
 *
 *     penalty           'noise' (`selection/noise.ts`), what a short fit leaves untold; from 10000 rows on, which hold a network by themselves, 'prior'
 *                       (`selection/prior.ts`): with 100 units as much as 1.8 rows for one column, and never more than ten rows
 *     maxIterations     200
 *     minDecrease       0.002, which ends most runs after 30 to 100 iterations: the others lower the objective and gain no score; unless a tolerance
 *                       below the default asks for the optimum
 *     earlyStopping     from 10000 rows on, where a tenth of them can be spared and judges well
 *
 * The last three were found with `bench/quality.mjs` on fifteen tables; the figures are in `docs/estimators.md`, those of penalties in `docs/penalty.md`.
 */
import { isFile } from '../backends/file-source.js';
import type { PenaltyWord } from '../selection/choose-penalty.js';
import { DEFAULTS, type TrainOptions } from '../train.js';

const MAX_ITERATIONS = 200;

/** Share of the objective by which ten iterations must lower it. */
export const MIN_DECREASE = 2e-3;

/** Rows of which some are held out to stop early. */
export const ROWS_TO_SPARE = 10_000;

/** @param x which is read once more for every iteration of a fit where it stays in its file */
export function networkPenalty(rows: number, x: unknown): PenaltyWord {
  return rows >= ROWS_TO_SPARE || isFile(x) ? 'prior' : 'noise';
}

/** @param x of which no rows can be held out where it stays in its file */
export function withNetworkDefaults(options: TrainOptions, rows: number, x: unknown): TrainOptions {
  const {
    activation = 'relu',
    l2 = networkPenalty(rows, x),
    maxIterations = MAX_ITERATIONS,
    minDecrease = (options.tolerance ?? DEFAULTS.tolerance) < DEFAULTS.tolerance ? undefined : MIN_DECREASE,
    earlyStopping = rows >= ROWS_TO_SPARE && !isFile(x),
  } = options;
  return { ...options, activation, l2, maxIterations, earlyStopping, ...(minDecrease !== undefined && { minDecrease }) };
}
