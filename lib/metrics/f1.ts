/**
 * Precision, recall and their harmonic mean F1 of every class, and the averages that are common:
 *
 *     precision = TP / (TP + FP)        recall = TP / (TP + FN)        F1 = 2 TP / (2 TP + FP + FN)
 *
 * each 0 where its denominator is 0. 'macro' is the mean over the classes, 'weighted' the mean by the rows of the true class, 'micro' takes
 * the counts of all classes together (of one label a row that is the accuracy), 'binary' looks at one class alone.
 */
import { describe, lookUp, PlanesearchError } from '../core/errors.js';
import { confusionMatrix, type ConfusionMatrix } from './confusion-matrix.js';
import type { Labels, MetricOptions } from './rows.js';

export type F1Average = 'binary' | 'macro' | 'micro' | 'weighted';

export interface F1Options extends MetricOptions {
  /** Default 'macro'. */
  readonly average?: F1Average | undefined;
  /** The class that 'binary' looks at. Default: the larger of two labels. */
  readonly positive?: string | number | undefined;
}

/** How one class fares. */
export interface ClassReport {
  readonly label: string | number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows of the class, or the sum of their weights. */
  readonly support: number;
}

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Precision, recall and F1 of every class that occurs. */
export function classReport(truth: Labels, predicted: Labels, options: MetricOptions = {}): ClassReport[] {
  return reportOf(confusionMatrix(truth, predicted, options));
}

export function reportOf({ labels, counts }: ConfusionMatrix): ClassReport[] {
  return labels.map((label, a) => {
    const hits = counts[a]![a]!;
    const support = counts[a]!.reduce((sum, count) => sum + count, 0);
    const predicted = counts.reduce((sum, row) => sum + row[a]!, 0);
    const f1 = ratio(2 * hits, predicted + support);
    return { label, precision: ratio(hits, predicted), recall: ratio(hits, support), f1, support };
  });
}

const averages: Readonly<Record<Exclude<F1Average, 'binary'>, (matrix: ConfusionMatrix) => number>> = {
  macro(matrix) {
    const reports = reportOf(matrix);
    return reports.reduce((sum, { f1 }) => sum + f1, 0) / reports.length;
  },
  weighted(matrix) {
    const reports = reportOf(matrix);
    const total = reports.reduce((sum, { support }) => sum + support, 0);
    return reports.reduce((sum, { f1, support }) => sum + f1 * support, 0) / total;
  },
  micro({ counts }) {
    const total = counts.flat().reduce((sum, count) => sum + count, 0);
    return counts.reduce((sum, row, a) => sum + row[a]!, 0) / total;
  },
};

/** F1, 2 TP / (2 TP + FP + FN), averaged over the classes as `average` says. */
export function f1(truth: Labels, predicted: Labels, options: F1Options = {}): number {
  return f1Of(confusionMatrix(truth, predicted, { sampleWeights: options.sampleWeights }), options);
}

export function f1Of(matrix: ConfusionMatrix, { average = 'macro', positive }: F1Options): number {
  if (average !== 'binary') return lookUp(averages, 'average', average)(matrix);
  const { labels } = matrix;
  if (positive === undefined && labels.length > 2) {
    const sentence = `The average 'binary' must have two classes or a positive one named, but there are ${labels.length} classes.`;
    throw new PlanesearchError('INVALID_OPTION', sentence);
  }
  const wanted = positive ?? labels.at(-1)!;
  const report = reportOf(matrix).find(({ label }) => label === wanted);
  if (report) return report.f1;
  throw new PlanesearchError('INVALID_OPTION', `positive must be a label that occurs, but ${describe(wanted)} does not.`);
}
