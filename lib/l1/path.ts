/**
 * The path of an l1 penalty or an elastic net: the solutions of a linear model from the strength at which every weight is 0 downwards,
 *
 *     W(alpha) = argmin over W, b of   (1 / sum s) sum_i s_i loss(x_i W + b, y_i)  +  alpha (r |W|_1 + (1 - r)/2 |W|^2)
 *
 * Each begins at the end of the one before it, over one copy of X: neighbors share most of their weights that are not 0, so that the working
 * set of a first iteration is nearly the last one (Friedman, Hastie & Tibshirani 2010, doi 10.18637/jss.v033.i01).
 */
import type { ProductCounts } from '../backends/backend.js';
import { PlanesearchError, reject, requireBoolean, requireInteger, requireNumber } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { blockOf, weightBlock } from '../core/parameters.js';
import { RunCounts } from '../core/product-counts.js';
import type { TrainerStart } from '../core/trainer.js';
import type { Model } from '../io/model.js';
import { programOf } from '../networks/program.js';
import { readRows, type LabelledRows } from '../selection/labelled-rows.js';
import { poseLinear } from '../selection/pose.js';
import { besideTheData, checkDataParts, lossOptions } from '../train-parts.js';
import type { TrainOptions } from '../train.js';
import type { LossOptions } from '../losses/index.js';
import { fitL1At, largestL1 } from './fit.js';
import { l2Beside, TOLERANCE } from './options.js';

const shared = [
  'loss',
  'task',
  'standardize',
  'precision',
  'backend',
  'threads',
  'tolerance',
  'maxIterations',
  'signal',
] as const satisfies readonly (keyof TrainOptions)[];

export interface L1PathOptions extends LossOptions, Pick<TrainOptions, (typeof shared)[number]> {
  /** alpha r of every member, above 0; taken from the largest down. Default: `count` numbers, evenly in the logarithm from l1_max on. */
  readonly l1?: readonly number[] | undefined;
  /** Members where `l1` is not given, at least 2. Default 50. */
  readonly count?: number | undefined;
  /** The last of them as a share of l1_max, above 0 and below 1. Default 1e-3. */
  readonly least?: number | undefined;
  /** r = l1 / (l1 + l2), above 0, at most 1. Default 1: no l2. */
  readonly l1Ratio?: number | undefined;
  /** Called after every member. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** One solution of a path. */
export interface L1PathSolution {
  readonly l1: number;
  readonly l2: number;
  readonly model: Model;
  /** Weights that are not 0, without the biases. */
  readonly nonzero: number;
  /** Mean loss and penalty. */
  readonly objective: number;
  readonly iterations: number;
  /** Whether the optimality test was passed, or rounding allows no more. */
  readonly converged: boolean;
}

export interface L1Path {
  /** The strongest penalty first. */
  readonly solutions: readonly L1PathSolution[];
  /** l1_max, the least l1 at which every weight is 0. */
  readonly largest: number;
  /** Products with X, that for l1_max included. */
  readonly products: ProductCounts;
  readonly seconds: number;
}

/**
 * Solves along a path of penalties. Options that are not of the path are those of `train`.
 *
 * @param data x, y and what goes with the rows; they must stay as they are until the path is there
 * @throws PlanesearchError INVALID_OPTION, INVALID_DATA; the reason of the signal when it aborts
 */
export async function l1Path(data: LabelledRows, options: L1PathOptions = {}): Promise<L1Path> {
  const began = performance.now();
  checkCall(data, options);
  const { l1, count, least, l1Ratio, progress, tolerance = TOLERANCE, maxIterations = 500, ...posing } = options;
  const ratio = requireNumber('l1Ratio', l1Ratio ?? 1, Number.MIN_VALUE, 1);
  const effort = {
    tolerance: requireNumber('tolerance', tolerance, 0, 1),
    iterations: requireInteger('maxIterations', maxIterations, 0),
  };
  const given = l1 && descending(l1);
  if (given) l2Beside(given[0]!, ratio);
  const even = {
    count: requireInteger('count', count ?? 50, 2),
    least: requireNumber('least', least ?? 1e-3, Number.MIN_VALUE, 1 - Number.EPSILON),
  };
  const posed = (await poseLinear(await readRows(data), posing))!;
  const { problem } = posed;
  const products = new RunCounts(problem.matrix);
  try {
    const block = weightBlock(programOf(problem.architecture).layout, 0);
    const largest = await largestL1(problem);
    const strengths = given ?? evenly(largest, even);
    const solutions: L1PathSolution[] = [];
    let start: TrainerStart = problem.start;
    for (const strength of strengths) {
      const l2 = l2Beside(strength, ratio);
      const fit = await fitL1At(problem, { l1: strength, l2 }, problem.sampleWeights, start, effort);
      const { parameters, objective, history, stop } = fit;
      start = { trained: parameters };
      const nonzero = blockOf(parameters, block).reduce((used, w) => used + (w === 0 ? 0 : 1), 0);
      solutions.push({
        ...{ l1: strength, l2, nonzero, objective },
        model: posed.modelOf(parameters),
        iterations: history.length - 1,
        converged: stop.converged,
      });
      progress?.(solutions.length, strengths.length);
    }
    return { solutions, largest, products: products.total, seconds: (performance.now() - began) / 1000 };
  } finally {
    posed.dispose();
  }
}

const own = ['l1', 'count', 'least', 'l1Ratio', 'progress'] as const satisfies readonly (keyof L1PathOptions)[];

/** What is misplaced or misspelt would otherwise be ignored, and what is no function be found late. */
function checkCall(data: LabelledRows, options: L1PathOptions): void {
  const names = [...own, ...shared, ...lossOptions];
  refuseUnknown(options, names, { what: 'The options of l1Path', elsewhere: besideTheData });
  checkDataParts(data, 'l1Path', names);
  const { standardize, signal, progress } = options;
  requireBoolean('standardize', standardize);
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== 'function')
    reject('INVALID_OPTION', 'signal', 'an AbortSignal', signal);
  if (progress !== undefined && typeof progress !== 'function') reject('INVALID_OPTION', 'progress', 'a function', progress);
}

function descending(l1: readonly number[]): readonly number[] {
  if (!Array.isArray(l1) || l1.length === 0)
    return reject('INVALID_OPTION', 'l1', 'a list of at least one number above 0', l1);
  l1.forEach((strength, k) => requireNumber(`l1 ${k} (from 0)`, strength, Number.MIN_VALUE));
  return [...l1].sort((a, b) => b - a);
}

function evenly(largest: number, { count, least }: { readonly count: number; readonly least: number }): readonly number[] {
  if (largest > 0) return Array.from({ length: count }, (_, k) => largest * least ** (k / (count - 1)));
  const sentence =
    'The target must depend on some column for a path, but every weight is 0 without a penalty: give l1 a list.';
  throw new PlanesearchError('INVALID_DATA', sentence);
}
