/**
 * Generalized linear regression, and the robust one:
 *
 *     min over w, b of  (1 / sum s) sum_i s_i loss(x_i w + b + offset_i, y_i)  +  (l2 / 2) ||w||^2
 *
 *     'poisson', 'gamma', 'tweedie'    mean exp(o), the loss half the unit deviance: counts, positive amounts, amounts with zeros
 *     'huber'                          mean o, 1/2 r^2 up to |r| = delta and linear beyond: rows far off pull no harder than delta
 *
 * Exposure goes in as an offset, log exposure. scikit-learn's `PoissonRegressor(alpha)`, `GammaRegressor`, `TweedieRegressor(power, alpha)` are
 * `{ l2: alpha, standardize: false }`; `l1` and `penalty` as for `LinearRegression`. `delta` is in the unit of y; when it is not given it is 1.35 robust spreads (1.4826 times the median of
 * |r|) of the residuals of a first fit, where scikit-learn's `HuberRegressor` estimates the spread along with the rest.
 */
import { reject } from '../core/errors.js';
import type { GivenTarget, MatrixData } from '../data/index.js';
import { rawTarget } from '../data/index.js';
import type { RawTarget } from '../data/table.js';
import type { TrainingData, TrainOptions } from '../train.js';
import { coefficientsOf, type Coefficients } from './coefficients.js';
import type { EstimatorOptions, Fitting, FitOptions } from './estimator.js';
import { Regressor } from './regressor.js';

const families = ['poisson', 'gamma', 'tweedie', 'huber'] as const;

export interface GeneralizedLinearRegressionOptions
  extends Omit<
    EstimatorOptions,
    'loss' | 'task' | 'network' | 'hidden' | 'activation' | 'sharpness' | 'gates' | 'initialScale'
  > {
  /** 'poisson' (default), 'gamma', 'tweedie' (with `power`) or 'huber' (with `delta`). */
  readonly loss?: (typeof families)[number];
}

/** Efficient to 95 % for normal noise (Huber 1981). */
const EFFICIENT = 1.35;
/** Median of |r| to standard deviation, for normal noise. */
const NORMAL = 1.4826;

/** Poisson, gamma and Tweedie regression with log link, or Huber's robust regression: min mean loss(x w + b, y) + (l2/2) ||w||^2. */
export class GeneralizedLinearRegression extends Regressor<GeneralizedLinearRegressionOptions> {
  constructor(options?: GeneralizedLinearRegressionOptions) {
    super(options);
    const { loss } = this.options;
    if (loss !== undefined && !families.includes(loss))
      reject('INVALID_OPTION', 'loss', `one of ${families.join(', ')}`, loss);
  }

  protected override fixed(): TrainOptions {
    return { ...super.fixed(), network: 'linear' };
  }

  protected override defaults(x: TrainingData['x']): TrainOptions {
    return { ...super.defaults(x), loss: 'poisson' };
  }

  /** With 'huber' and no delta twice: x must then stay as it is until the promise is fulfilled. */
  override async fit(x: TrainingData['x'], y: GivenTarget, given: FitOptions = {}): Promise<this> {
    if (this.options.loss !== 'huber' || this.options.delta !== undefined) return super.fit(x, y, given);
    const raw = ownNumbersOf(y);
    const median = raw.values.slice().sort()[raw.values.length >> 1]!;
    this.#delta = EFFICIENT * spreadOf(raw.values.map((value) => value - median));
    const first = await super.fit(x, raw, given);
    const { offsets } = given;
    const residuals = await first.decisionFunction(x as MatrixData, { offsets });
    residuals.forEach((output, row) => (residuals[row] = output - raw.values[row]!));
    this.#delta = EFFICIENT * spreadOf(residuals);
    return super.fit(x, raw, given);
  }

  /** What is taken for delta where none is given. */
  #delta: number | undefined;

  protected override prepare(data: TrainingData, _target: RawTarget, options: TrainOptions): Fitting {
    const robust = options.loss === 'huber' && options.delta === undefined && this.#delta !== undefined;
    return { data, options: robust ? { ...options, delta: this.#delta } : options };
  }

  /** In the units of the data as given; exp of a weight is a factor where the link is the logarithm. */
  coefficients(): Coefficients {
    return coefficientsOf(this.model, this.columnNames);
  }
}

function ownNumbersOf(y: GivenTarget): Extract<RawTarget, { kind: 'numbers' }> {
  const raw = rawTarget(y);
  if (raw.kind === 'numbers') return { ...raw, values: raw.values.slice() };
  return reject('INVALID_DATA', 'The target of a regression', 'numbers', raw.values);
}

/** 1.4826 times the median of |r|; where half of the residuals are 0 their root mean square, and 1 where all are. */
function spreadOf(residuals: Float64Array): number {
  const sizes = residuals.map(Math.abs).sort();
  const median = NORMAL * sizes[sizes.length >> 1]!;
  if (median > 0) return median;
  return Math.sqrt(sizes.reduce((sum, size) => sum + size * size, 0) / sizes.length) || 1;
}
