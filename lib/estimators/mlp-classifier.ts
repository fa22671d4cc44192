/**
 * A classifier with hidden layers:
 *
 *     H_1 = h(X W + b),  H_l = h(H_(l-1) V_l + b_l),  o = H V + c,   probabilities as those of LogisticRegression
 *
 *     min over all weights of  mean -log P(y | x)  +  (l2 / 2) (||W||^2 + sum ||V_l||^2 + ||V||^2)
 *
 * with W of the centered and scaled columns (`standardize`, default true for dense X).
 */
import type { TrainOptions } from '../train.js';
import { Classifier, type ClassifierOptions } from './classifier.js';

/** `hidden` is [100] by default, `activation` 'tanh', `l2` 1 / rows. */
export interface MLPClassifierOptions extends Omit<ClassifierOptions, 'network' | 'loss' | 'sharpness' | 'gates'> {}

/** A classifier with hidden layers, min mean -log P(y | x) + (l2/2) ||weights||^2. */
export class MLPClassifier extends Classifier<MLPClassifierOptions> {
  protected override fixed(): TrainOptions {
    return { ...super.fixed(), network: 'mlp', loss: 'auto' };
  }
}
