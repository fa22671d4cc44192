/** What the regressors share: targets are numbers. */
import { PlanesearchError } from '../core/errors.js';
import type { Model } from '../io/model.js';
import type { TrainOptions } from '../train.js';
import { Estimator, type EstimatorOptions } from './estimator.js';

export interface RegressorOptions extends Omit<EstimatorOptions, 'loss' | 'task' | 'network' | 'delta' | 'power'> {}

export abstract class Regressor<Options extends EstimatorOptions = RegressorOptions> extends Estimator<Options> {
  protected override fixed(): TrainOptions {
    return { task: 'regression' };
  }

  protected override check(model: Model): void {
    super.check(model);
    if (model.spec.task.coding === 'numbers') return;
    const sentence = `A ${this.constructor.name} must have a model of numbers, but this one predicts classes.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'numbers', received: 'classes' });
  }
}
