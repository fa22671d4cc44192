/**
 * Expected calibration error: predictions are sorted into bins of equal width by their probability, and in every bin the share of rows that
 * came true is compared with the mean of what was predicted (Guo, Pleiss, Sun & Weinberger 2017, arXiv 1706.04599):
 *
 *     ECE = sum over bins of (mass of the bin / mass of all) |share that came true - mean probability|
 */
import { reject, requireInteger } from '../core/errors.js';
import { atOnce, endsStride, type Steps } from '../core/pace.js';
import { weigh, type MetricOptions } from './rows.js';

export interface CalibrationOptions extends MetricOptions {
  /** Number of bins, at least 1. Default 15. */
  readonly bins?: number | undefined;
}

export interface CalibrationBin {
  /** Bounds of the probabilities in it: from (exclusive, but for the first bin) and to (inclusive). */
  readonly from: number;
  readonly to: number;
  readonly meanProbability: number;
  /** Share of its rows that came true. */
  readonly share: number;
  /** Rows in it, or the sum of their weights. */
  readonly mass: number;
}

/**
 * The bins that are not empty, for a reliability diagram.
 *
 * @param cameTrue 1 or true for a row whose event happened (the class was right), 0 or false otherwise
 * @param probabilities of that event, from 0 to 1
 */
export function calibrationCurve(
  cameTrue: ArrayLike<number | boolean>,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): CalibrationBin[] {
  return atOnce(calibrationSteps(cameTrue, probabilities, options));
}

export function* calibrationSteps(
  cameTrue: ArrayLike<number | boolean>,
  probabilities: ArrayLike<number>,
  { bins = 15, sampleWeights }: CalibrationOptions,
): Steps<CalibrationBin[]> {
  requireInteger('bins', bins, 1);
  const weightOf = weigh(cameTrue, probabilities, sampleWeights);
  const sums = Array.from({ length: bins }, () => ({ mass: 0, probability: 0, truth: 0 }));
  for (let row = 0; row < probabilities.length; row++) {
    const p = probabilities[row]!;
    if (!(p >= 0 && p <= 1)) reject('INVALID_DATA', `Probability ${row}`, 'a number from 0 to 1', p);
    const bin = sums[Math.max(0, Math.ceil(p * bins) - 1)]!;
    bin.mass += weightOf(row);
    bin.probability += weightOf(row) * p;
    bin.truth += weightOf(row) * Number(cameTrue[row]);
    if (endsStride(row)) yield;
  }
  return sums.flatMap(({ mass, probability, truth }, k) =>
    mass === 0
      ? []
      : [{ from: k / bins, to: (k + 1) / bins, meanProbability: probability / mass, share: truth / mass, mass }],
  );
}

/** Mean distance between what was predicted and what came true, over bins of equal width. */
export function calibrationError(
  cameTrue: ArrayLike<number | boolean>,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): number {
  return errorOf(calibrationCurve(cameTrue, probabilities, options));
}

/** The same of bins that are at hand. */
export function errorOf(curve: readonly CalibrationBin[]): number {
  const all = curve.reduce((sum, { mass }) => sum + mass, 0);
  return curve.reduce((sum, { mass, share, meanProbability }) => sum + (mass / all) * Math.abs(share - meanProbability), 0);
}
