/**
 * A classifier with hidden layers:
 *
 *     H_1 = h(X W + b),  H_l = h(H_(l-1) V_l + b_l),  o = H V + c,   probabilities as those of LogisticRegression
 *
 *     min over all weights of  mean -log P(y | x)  +  (l2 / 2) (||W||^2 + sum ||V_l||^2 + ||V||^2)
 *
 * with W of the centered and scaled columns (`standardize`, default true for dense X). h is relu, l2 'noise' (`selection/noise.ts`; from 10000 rows on 'prior'), there are at most 200 iterations, and
 * early stopping from 10000 rows on, where nothing is said (`network-defaults.ts`).
 */
import { rowsOfTarget } from '../data/index.js';
import type { RawTarget } from '../data/table.js';
import type { TrainingData, TrainOptions } from '../train.js';
import { Classifier, type ClassifierOptions } from './classifier.js';
import type { Fitting } from './estimator.js';
import { withNetworkDefaults } from './network-defaults.js';

/** By default `hidden` is [100], `activation` 'relu', `l2` 'noise' ('prior' from 10000 rows on), `maxIterations` 200, `minDecrease` 0.002, `earlyStopping` true from 10000 rows on. */
export interface MLPClassifierOptions extends Omit<ClassifierOptions, 'network' | 'loss' | 'sharpness' | 'gates'> {}

/** A classifier with hidden layers, min mean -log P(y | x) + (l2/2) ||weights||^2. */
export class MLPClassifier extends Classifier<MLPClassifierOptions> {
  protected override fixed(): TrainOptions {
    return { ...super.fixed(), network: 'mlp', loss: 'auto' };
  }

  protected override prepare(data: TrainingData, target: RawTarget, options: TrainOptions): Fitting {
    return super.prepare(data, target, withNetworkDefaults(options, rowsOfTarget(target), data.x));
  }
}
