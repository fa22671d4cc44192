/**
 * Search: every combination of the options given, judged by cross-validation; the best one is then fitted on all rows.
 *
 * Fold by fold, so that the rows of a fold are taken out once. Along the penalties (`l2` and `l1`, largest first) each fit begins where the one before
 * it ended: two neighbors are close, and a warm fit takes a few iterations. The path of l2 of a linear model is followed by Newton's method
 * (`linear-path.ts`).
 */
import { PlanesearchError, reject, requireNumber } from '../core/errors.js';
import { judgeOn, lessIsBetter, type Evaluation, type MetricName } from '../metrics/evaluation.js';
import { Estimator } from '../estimators/estimator.js';
import type { Model } from '../io/model.js';
import { fitOn, judge, splitsFor, summary, type Fittable, type FoldChoice } from './cross-validate.js';
import { partOf, readRows, type LabelledRows, type ReadRows } from './labelled-rows.js';
import { linearPath } from './linear-path.js';
import type { Waypoint } from './newton-path.js';

/** Lists of values by the name of the option: `{ l2: [0.1, 0.01], hidden: [[20], [100]], network: ['mlp', 'skip'] }`. */
export type Grid = Readonly<Record<string, readonly unknown[]>>;

export interface SearchOptions extends FoldChoice {
  /** What decides. Default 'loss', the mean loss without the penalty; less of it is better. */
  readonly scoring?: MetricName | undefined;
  /** Relative tolerance of the fits that are compared, 0 to 1. Default 1e-4; the last fit has that of the estimator. */
  readonly tolerance?: number | undefined;
  /** Whether the best options are fitted on all rows. Default true. */
  readonly refit?: boolean | undefined;
}

export interface Candidate {
  /** What differs from the estimator. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Mean over the folds of what decides, and its standard error. */
  readonly score: number;
  readonly standardError: number;
  /** Means of all metrics over the folds. */
  readonly metrics: Evaluation['metrics'];
}

export interface Search<Searched extends Fittable> {
  /** Best first. */
  readonly candidates: readonly Candidate[];
  readonly best: Candidate;
  readonly scoring: MetricName;
  /** With the best options, fitted on all rows unless `refit` is false. */
  readonly estimator: Searched;
  readonly fits: number;
  readonly seconds: number;
}

/** @throws PlanesearchError INVALID_OPTION for a grid without values, and for a metric that the models do not have */
export async function search<Searched extends Fittable>(
  estimator: Searched,
  data: LabelledRows,
  grid: Grid,
  options: SearchOptions = {},
): Promise<Search<Searched>> {
  const { scoring = 'loss', refit = true, signal } = options;
  const tolerance = requireNumber('tolerance', options.tolerance ?? 1e-4, 0, 1);
  const began = performance.now();
  const combinations = combinationsOf(grid);
  const rows = await readRows(data);
  const found: Evaluation['metrics'][][] = combinations.map(() => []);
  const splits = splitsFor(rows, options);
  const paths = pathsOf(combinations);
  let done = 0;
  for (const split of splits) {
    const fold = { part: partOf(rows, split.train), held: partOf(rows, split.test), signal };
    for (const path of paths) {
      let at = 0;
      for await (const metrics of alongPath(estimator.with({ tolerance }), path, fold)) {
        found[path.members[at++]!]!.push(metrics);
        done++;
        options.progress?.(done, splits.length * combinations.length);
      }
    }
  }
  const candidates = combinations
    .map((own, c) => candidateOf(own, found[c]!, scoring))
    .sort((a, b) => byScore(a.score, b.score, scoring));
  const best = candidates[0]!;
  const chosen = estimator.with(best.options) as Searched;
  if (refit) {
    const { x, y, ...rest } = rows;
    await chosen.fit(x, y, { ...rest, ...(signal ? { signal } : {}) });
  }
  return {
    candidates,
    best,
    scoring,
    estimator: chosen,
    fits: done + (refit ? 1 : 0),
    seconds: (performance.now() - began) / 1000,
  };
}

/** Every combination, the penalties innermost and from the largest down: a path. */
function combinationsOf(grid: Grid): Record<string, unknown>[] {
  const entries = Object.entries(grid);
  if (entries.length === 0)
    throw new PlanesearchError('INVALID_OPTION', 'A grid must have at least one option, but it is empty.');
  for (const [name, values] of entries) {
    if (!Array.isArray(values) || values.length === 0)
      reject('INVALID_OPTION', `The values of ${name} in a grid`, 'a list of at least one', values);
  }
  const ordered = entries
    .map(([name, values]) => [name, isStrength(name) ? [...values].sort((a, b) => Number(b) - Number(a)) : values] as const)
    .sort(([a], [b]) => Number(isStrength(a)) - Number(isStrength(b)));
  return ordered.reduce<Record<string, unknown>[]>(
    (combinations, [name, values]) => combinations.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

/** Of a penalty: along it fits are neighbors. */
const isStrength = (name: string): boolean => name === 'l2' || name === 'l1';

/** Combinations that differ in the penalty alone. */
interface Path {
  /** Their numbers. */
  readonly members: number[];
  readonly combinations: Readonly<Record<string, unknown>>[];
  /** Where the first fold has gone, for the others. */
  way?: readonly Waypoint[];
}

/** Rows to fit and rows to judge by. */
interface Fold {
  readonly part: ReadRows;
  readonly held: ReadRows;
  readonly signal: AbortSignal | undefined;
}

/** The metrics of each member on the rows held out. */
async function* alongPath(
  estimator: Fittable,
  path: Path,
  { part, held, signal }: Fold,
): AsyncGenerator<Evaluation['metrics']> {
  signal?.throwIfAborted();
  const { x, y, sampleWeights, offsets } = held;
  const { combinations } = path;
  const penalties = combinations.map(({ l2 }) => l2);
  const found =
    combinations.length > 1 ? await linearPath(estimator.with(combinations[0]!), part, penalties, signal, path.way) : null;
  if (found) {
    const { models } = found;
    path.way ??= found.way;
    const judged = await judgeOn(models[0]!, x, y, { sampleWeights, offsets });
    try {
      for (const model of models) {
        signal?.throwIfAborted();
        yield (await judged.evaluation(model)).metrics;
      }
    } finally {
      judged.dispose();
    }
    return;
  }
  let before: Model | undefined;
  for (const own of combinations) {
    signal?.throwIfAborted();
    const fitted = await fitOn(estimator.with(own), part, signal, before);
    yield (await judge(fitted, held)).metrics;
    // A model of principal components comes back as one of columns, from which no run over components begins.
    before = estimator instanceof Estimator && estimator.options.pca !== undefined ? undefined : fitted.model;
  }
}

/** Neighbors on one path together. */
function pathsOf(combinations: readonly Readonly<Record<string, unknown>>[]): Path[] {
  const paths: Path[] = [];
  for (const [c, own] of combinations.entries()) {
    const path = paths.at(-1);
    if (path && onOnePath(path.combinations[0]!, own)) {
      path.members.push(c);
      path.combinations.push(own);
    } else paths.push({ members: [c], combinations: [own] });
  }
  return paths;
}

/** Whether two combinations differ in the penalty alone; values come from the lists of the grid, so that equal ones are the same. */
function onOnePath(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(a).every((name) => isStrength(name) || Object.is(a[name], b[name]));
}

function candidateOf(
  options: Readonly<Record<string, unknown>>,
  folds: readonly Evaluation['metrics'][],
  scoring: MetricName,
): Candidate {
  const { mean, standardError } = summary(folds.map((metrics) => ({ metrics })));
  const score = mean[scoring];
  if (score === undefined) return reject('INVALID_OPTION', 'scoring', `one of ${Object.keys(mean).join(', ')}`, scoring);
  return { options, score, standardError: standardError[scoring]!, metrics: mean };
}

/** What has no score comes last. */
function byScore(a: number, b: number, scoring: MetricName): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return lessIsBetter.has(scoring) ? a - b : b - a;
}
