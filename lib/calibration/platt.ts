/**
 * Platt scaling: a score s becomes the probability 1 / (1 + exp(a s + b)), with a and b that minimize the cross-entropy against softened targets,
 *
 *     t+ = (N+ + 1) / (N+ + 2)        t- = 1 / (N- + 2)
 *
 * (Platt 1999; Newton's method with backtracking as in Lin, Lin & Weng 2007, doi 10.1007/s10994-007-5018-6). Two parameters: right for few rows.
 */
import { PlanesearchError } from '../core/errors.js';
import { weigh, type MetricOptions } from '../metrics/rows.js';

export interface PlattScaling {
  readonly method: 'platt';
  readonly a: number;
  readonly b: number;
}

const MOST_ITERATIONS = 200;
/** Added to the diagonal of the Hessian: separated scores leave it singular. */
const RIDGE = 1e-12;

/**
 * @param scores outputs of a model that has not seen these rows
 * @param cameTrue 1 or true for rows of the positive class
 * @throws PlanesearchError INVALID_DATA unless there are rows of both kinds
 */
export function plattScaling(
  scores: ArrayLike<number>,
  cameTrue: ArrayLike<number | boolean>,
  { sampleWeights }: MetricOptions = {},
): PlattScaling {
  const weightOf = weigh(cameTrue, scores, sampleWeights);
  let [positives, negatives] = [0, 0];
  for (let row = 0; row < scores.length; row++) {
    if (cameTrue[row]) positives += weightOf(row);
    else negatives += weightOf(row);
  }
  if (!(positives > 0 && negatives > 0))
    throw new PlanesearchError('INVALID_DATA', 'A calibration must have rows of two classes, but all are of one.');
  const target = (row: number): number => (cameTrue[row] ? (positives + 1) / (positives + 2) : 1 / (negatives + 2));
  const loss = (a: number, b: number): number => {
    let sum = 0;
    for (let row = 0; row < scores.length; row++) {
      const z = a * scores[row]! + b;
      // t z + log(1 + exp(-z)), without an overflow.
      sum += weightOf(row) * (target(row) * z + Math.max(0, -z) + Math.log1p(Math.exp(-Math.abs(z))));
    }
    return sum;
  };
  let [a, b] = [0, Math.log((negatives + 1) / (positives + 1))];
  let value = loss(a, b);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const [stepA, stepB, slope] = newtonStep(scores, weightOf, target, a, b);
    let t = 1;
    let next = loss(a + stepA, b + stepB);
    while (!(next <= value + 1e-4 * t * slope) && t > 1e-10) next = loss(a + (t /= 2) * stepA, b + t * stepB);
    if (!(next < value)) break;
    [a, b, value] = [a + t * stepA, b + t * stepB, next];
  }
  return { method: 'platt', a, b };
}

/** The step -H^-1 g in (a, b), and the slope along it. */
function newtonStep(
  scores: ArrayLike<number>,
  weightOf: (row: number) => number,
  target: (row: number) => number,
  a: number,
  b: number,
): [number, number, number] {
  let [ga, gb, haa, hab, hbb] = [0, 0, RIDGE, 0, RIDGE];
  for (let row = 0; row < scores.length; row++) {
    const s = scores[row]!;
    const p = 1 / (1 + Math.exp(a * s + b));
    const weight = weightOf(row);
    const slope = weight * (target(row) - p);
    const curvature = weight * p * (1 - p);
    ga += slope * s;
    gb += slope;
    haa += curvature * s * s;
    hab += curvature * s;
    hbb += curvature;
  }
  const determinant = haa * hbb - hab * hab;
  const stepA = -(hbb * ga - hab * gb) / determinant;
  const stepB = -(haa * gb - hab * ga) / determinant;
  return [stepA, stepB, stepA * ga + stepB * gb];
}
