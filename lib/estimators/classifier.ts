/** What the classifiers share: classes, class weights, probabilities. */
import { PlanesearchError } from '../core/errors.js';
import type { RawTarget } from '../data/table.js';
import type { GivenRows, Model } from '../io/model.js';
import type { ClassLabel } from '../losses/coding.js';
import type { RankedLabel } from '../losses/probabilities.js';
import type { TrainingData, TrainOptions } from '../train.js';
import { weightsOfClasses, type ClassWeight } from './class-weights.js';
import { Estimator, type EstimatorOptions, type Fitting, type FitOptions } from './estimator.js';

export interface ClassifierOptions extends Omit<EstimatorOptions, 'task' | 'delta' | 'power'> {
  /** Multiplies the weight of a row by that of its class: 'balanced' for classes that weigh the same in all, or numbers by class. */
  readonly classWeight?: ClassWeight | undefined;
}

/** Any network with any loss of classes. */
export class Classifier<Options extends ClassifierOptions = ClassifierOptions> extends Estimator<Options> {
  protected override fixed(): TrainOptions {
    return { task: 'classification' };
  }

  protected override ownOptions(): readonly string[] {
    return ['classWeight'];
  }

  protected override prepare(data: TrainingData, target: RawTarget, options: TrainOptions): Fitting {
    const { classWeight } = this.options;
    if (classWeight === undefined) return { data, options };
    return { data: { ...data, sampleWeights: weightsOfClasses(target, classWeight, data.sampleWeights) }, options };
  }

  /** In the order of the columns of `predictProba`. */
  get classes(): readonly ClassLabel[] {
    return this.model.spec.task.classes!;
  }

  /** Probabilities, row-major rows x classes; of sets of labels each on its own. */
  async predictProba(x: GivenRows, { offsets }: Pick<FitOptions, 'offsets'> = {}): Promise<Float64Array> {
    return this.model.probabilities(x, undefined, offsets);
  }

  /** For every row the `k` most probable labels, with outputs and probabilities. */
  async topK(x: GivenRows, k: number, { offsets }: Pick<FitOptions, 'offsets'> = {}): Promise<RankedLabel[][]> {
    return this.model.topK(x, k, undefined, offsets);
  }

  protected override check(model: Model): void {
    super.check(model);
    if (model.spec.task.coding !== 'numbers') return;
    const sentence = `A ${this.constructor.name} must have a model of classes, but this one predicts numbers.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'classes', received: 'numbers' });
  }
}
