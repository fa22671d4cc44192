/**
 * Mean deviance, twice the loss in likelihood against a model that predicts every row right, for positive predictions m:
 *
 *     poisson    2 (y log(y / m) - y + m)                                        y >= 0
 *     gamma      2 (log(m / y) + y / m - 1)                                      y > 0
 *     tweedie    2 (y^(2-p) / ((1-p)(2-p)) - y m^(1-p) / (1-p) + m^(2-p) / (2-p))    1 < p < 2, y >= 0
 */
import { reject, requireNumber } from '../core/errors.js';
import { meanOf, weigh, type MetricOptions } from './rows.js';

function meanDeviance(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  { sampleWeights }: MetricOptions,
  zeros: boolean,
  unit: (y: number, m: number) => number,
): number {
  const weightOf = weigh(truth, predicted, sampleWeights);
  return meanOf(truth.length, weightOf, (row) => {
    const [y, m] = [truth[row]!, predicted[row]!];
    if (!(m > 0 && m < Infinity)) reject('INVALID_DATA', `Prediction ${row}`, 'a positive finite number', m);
    if (!((y > 0 || (zeros && y === 0)) && y < Infinity))
      reject('INVALID_DATA', `Target ${row}`, zeros ? 'a finite number of at least 0' : 'a positive finite number', y);
    return unit(y, m);
  });
}

/** Mean Poisson deviance, 2 (y log(y / m) - y + m), with 0 log 0 = 0. */
export function poissonDeviance(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: MetricOptions = {},
): number {
  return meanDeviance(truth, predicted, options, true, (y, m) => 2 * ((y > 0 ? y * Math.log(y / m) : 0) - y + m));
}

/** Mean gamma deviance, 2 (log(m / y) + y / m - 1). */
export function gammaDeviance(truth: ArrayLike<number>, predicted: ArrayLike<number>, options: MetricOptions = {}): number {
  return meanDeviance(truth, predicted, options, false, (y, m) => 2 * (Math.log(m / y) + y / m - 1));
}

/**
 * Mean Tweedie deviance of a power between those of Poisson and gamma.
 *
 * @param power from 1 (Poisson) to 2 (gamma); default 1.5
 */
export function tweedieDeviance(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  { power = 1.5, ...options }: MetricOptions & { readonly power?: number | undefined } = {},
): number {
  const p = requireNumber('power', power, 1, 2);
  if (p === 1) return poissonDeviance(truth, predicted, options);
  if (p === 2) return gammaDeviance(truth, predicted, options);
  return meanDeviance(truth, predicted, options, true, (y, m) => {
    const whole = y ** (2 - p) / ((1 - p) * (2 - p));
    return 2 * (whole - (y * m ** (1 - p)) / (1 - p) + m ** (2 - p) / (2 - p));
  });
}
