/**
 * Logistic regression, by what the labels are:
 *
 *     two classes       P(second class) = 1 / (1 + exp(-o)),       o = x w + b
 *     several classes   P(class a) = exp(o_a) / sum_c exp(o_c),    o = x W + b
 *     sets of labels    P(label a) = 1 / (1 + exp(-o_a)), each on its own
 *
 *     min over W, b of  (1 / sum s) sum_i s_i (-log P(y_i | x_i))  +  (l2 / 2) ||W||^2
 *
 * with W of the centered and scaled columns (`standardize`, default true for dense X) or of the columns as given. scikit-learn's
 * `LogisticRegression(C)` is `{ l2: 1 / (C sum s), standardize: false }`. The default is `l2: 'prior'` (`selection/prior.ts`):
 * 1 / rows, its C = 1, up to 16 standardized columns, and d / (16 rows) for d of them, since the more weights there are the less each of them should
 * say; but 1 / rows with `standardize: false` for dense X. With `penalty: 'l1'` or
 * 'elastic-net', or `l1`, there is l1 ||W||_1 as well: scikit-learn's `penalty='elasticnet'` with `l1_ratio = r` is
 * `{ l1: r / (C sum s), l2: (1 - r) / (C sum s) }`.
 */
import type { TrainingData, TrainOptions } from '../train.js';
import { Classifier, type ClassifierOptions } from './classifier.js';
import { coefficientsOf, type Coefficients } from './coefficients.js';

/**
 * `l2` is 'prior' by default: max(1, d / 16) / rows for d standardized columns, max(1, d m^2 / 16) / rows for sparse ones of mean spread m; 1 / rows
 * with `standardize: false` for dense X. With `penalty: 'l1'` or 'elastic-net' it follows from that.
 */
export interface LogisticRegressionOptions
  extends Omit<ClassifierOptions, 'network' | 'loss' | 'hidden' | 'activation' | 'sharpness' | 'gates' | 'initialScale'> {}

/** Logistic and softmax regression, min mean -log P(y | x) + (l2/2) ||W||^2: two classes, several, or several labels at once. */
export class LogisticRegression extends Classifier<LogisticRegressionOptions> {
  protected override fixed(): TrainOptions {
    return { ...super.fixed(), network: 'linear', loss: 'auto' };
  }

  /** With `l1`, or a penalty that has one, l2 follows from that. Dense columns as they are may be in any units, which say nothing of weights. */
  protected override defaults(x: TrainingData['x']): TrainOptions {
    const { penalty = 'l2', l1 = 0, standardize } = this.options;
    const own = super.defaults(x);
    const alike = standardize !== false || own.standardize === false;
    return { ...own, ...(penalty === 'l2' && l1 === 0 && alike && { l2: 'prior' }) };
  }

  /** In the units of the data as given. */
  coefficients(): Coefficients {
    return coefficientsOf(this.model, this.columnNames);
  }
}
