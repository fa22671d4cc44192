/**
 * Linear regression, ridge regression, of one target or several:
 *
 *     min over W, b of  (1 / sum s) sum_i s_i 1/2 ||x_i W + b - y_i||^2  +  (l2 / 2) ||W||^2
 *
 * with W of the centered and scaled columns (`standardize`, default true for dense X) or of the columns as given. scikit-learn's `Ridge(alpha)`
 * is `{ l2: alpha / sum s, standardize: false }`, its `LinearRegression` the default, its `Lasso(alpha)`
 * `{ penalty: 'l1', l1: alpha, standardize: false }` and its `ElasticNet(alpha, l1_ratio = r)` `{ l1: alpha r, l2: alpha (1 - r) }`. Multiplying y by a number multiplies W and b by it,
 * whatever l2: targets need no scale.
 */
import type { TrainOptions } from '../train.js';
import { coefficientsOf, type Coefficients } from './coefficients.js';
import { Regressor, type RegressorOptions } from './regressor.js';

/** `l2` is 0 by default, which is least squares. */
export interface LinearRegressionOptions
  extends Omit<RegressorOptions, 'hidden' | 'activation' | 'sharpness' | 'gates' | 'initialScale'> {}

/** Least squares or ridge regression, min (1/2) mean ||x W + b - y||^2 + (l2/2) ||W||^2; one target or several. */
export class LinearRegression extends Regressor<LinearRegressionOptions> {
  protected override fixed(): TrainOptions {
    return { ...super.fixed(), network: 'linear', loss: 'squared' };
  }

  /** In the units of the data as given. */
  coefficients(): Coefficients {
    return coefficientsOf(this.model, this.columnNames);
  }
}
