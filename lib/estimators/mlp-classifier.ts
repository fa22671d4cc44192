/**
 * A classifier with hidden layers:
 *
 *     H_1 = h(X W + b),  H_l = h(H_(l-1) V_l + b_l),  o = H V + c,   probabilities as those of LogisticRegression
 *
 *     min over all weights of  mean -log P(y | x)  +  (l2 / 2) (||W||^2 + sum ||V_l||^2 + ||V||^2)
 *
 * with W of the centered and scaled columns (`standardize`, default true for dense X). l2 is 5 / rows by default: a network that is trained to
 * the end at 1 / rows is too sure of itself (test log loss of 100 units on australian 0.67, german 0.78, heart 0.58; at 5 / rows 0.40, 0.58, 0.40).
 */
import { rowsOfTarget } from '../data/index.js';
import type { RawTarget } from '../data/table.js';
import type { TrainingData, TrainOptions } from '../train.js';
import { Classifier, type ClassifierOptions } from './classifier.js';
import type { Fitting } from './estimator.js';

/** The default penalty weighs as much as so many rows. */
const PENALTY_IN_ROWS = 5;

/** `hidden` is [100] by default, `activation` 'tanh', `l2` 5 / rows. */
export interface MLPClassifierOptions extends Omit<ClassifierOptions, 'network' | 'loss' | 'sharpness' | 'gates'> {}

/** A classifier with hidden layers, min mean -log P(y | x) + (l2/2) ||weights||^2. */
export class MLPClassifier extends Classifier<MLPClassifierOptions> {
  protected override fixed(): TrainOptions {
    return { ...super.fixed(), network: 'mlp', loss: 'auto' };
  }

  protected override prepare(data: TrainingData, target: RawTarget, options: TrainOptions): Fitting {
    return super.prepare(data, target, { ...options, l2: options.l2 ?? PENALTY_IN_ROWS / rowsOfTarget(target) });
  }
}
