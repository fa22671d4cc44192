/**
 * A regressor with hidden layers, of one target or several:
 *
 *     H_1 = h(X W + b),  H_l = h(H_(l-1) V_l + b_l),  o = H V + c
 *
 *     min over all weights of  mean 1/2 ||(o - y) / scale||^2  +  (l2 / 2) (||W||^2 + sum ||V_l||^2 + ||V / scale||^2)
 *
 * with W of the centered and scaled columns (`standardize`, default true for dense X), and `scale` the spread of each target: the network is
 * trained on targets of mean 0 and spread 1, so that no unit of y decides anything, and then speaks the unit of y. `training.objective` and the
 * losses of its records are those of the scaled targets. h is relu, l2 'noise' (`selection/noise.ts`; from 10000 rows on 'prior'), there are at most 200 iterations, and early stopping from
 * 10000 rows on, where nothing is said (`network-defaults.ts`).
 */
import { reject } from '../core/errors.js';
import { rowsOfTarget } from '../data/index.js';
import { Model } from '../io/model.js';
import type { RawTarget } from '../data/table.js';
import type { TrainingData, TrainOptions } from '../train.js';
import type { Fitting } from './estimator.js';
import { withNetworkDefaults } from './network-defaults.js';
import { Regressor, type RegressorOptions } from './regressor.js';
import { measureTargets, scaledModel, scaledTargets, scaledValidation, unscaledModel } from './target-scale.js';

/** By default `hidden` is [100], `activation` 'relu', `l2` 'noise' ('prior' from 10000 rows on), `maxIterations` 200, `minDecrease` 0.002, `earlyStopping` true from 10000 rows on. */
export interface MLPRegressorOptions extends Omit<RegressorOptions, 'sharpness' | 'gates'> {}

/** A regressor with hidden layers, min (1/2) mean ||(o - y) / scale||^2 + (l2/2) ||weights||^2; one target or several. */
export class MLPRegressor extends Regressor<MLPRegressorOptions> {
  protected override fixed(): TrainOptions {
    return { ...super.fixed(), network: 'mlp', loss: 'squared' };
  }

  protected override prepare(data: TrainingData, target: RawTarget, given: TrainOptions): Fitting {
    if (target.kind !== 'numbers') return reject('INVALID_DATA', 'The target of a regression', 'numbers', target.values);
    const scale = measureTargets(target, data.sampleWeights);
    const width = target.width ?? 1;
    const offsets = data.offsets?.map((offset, e) => offset / scale.scale[e % width]!);
    const options = withNetworkDefaults(given, rowsOfTarget(target), data.x);
    const { start } = options;
    // Of a file it is not known here whose unit its last layer speaks.
    if (typeof start === 'string')
      reject('INCOMPATIBLE', 'The start of an MLPRegressor', 'a model, or its parameters', start);
    return {
      data: { ...data, y: scaledTargets(target, scale), offsets },
      options: {
        ...scaledValidation(options, scale),
        ...(start instanceof Model ? { start: scaledModel(start, scale) } : {}),
      },
      finish: (model) => unscaledModel(model, scale),
    };
  }
}
