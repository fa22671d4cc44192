/**
 * A pipeline: transformers one after the other, then an estimator; it is fitted, judged and searched as one.
 *
 * Whatever is learned from rows (means, categories) is learned from the training rows of each fold alone. Where every transformer is affine in
 * the columns, the saved model takes them in (`fold.ts`) and reads rows as they were before.
 */
import { PlanesearchError, requireFunctions } from '../core/errors.js';
import type { GivenTarget, MatrixData } from '../data/index.js';
import type { Estimator, FitOptions } from '../estimators/estimator.js';
import type { Model } from '../io/model.js';
import type { Label } from '../losses/coding.js';
import type { Evaluation, EvaluationOptions } from '../metrics/evaluation.js';
import { foldedAffine, foldedLinear } from './fold.js';
import type { Transformer } from './transformer.js';

export class Pipeline<Input, Final extends Estimator> {
  /** @param transformers each reads what the one before it makes; the last makes a matrix */
  constructor(
    readonly transformers: readonly Transformer<never, unknown>[],
    readonly estimator: Final,
  ) {}

  /** Another pipeline, nothing learned, with some options of the estimator changed. */
  with(changes: Partial<Final['options']>): Pipeline<Input, Final> {
    const transformers = this.transformers.map((transformer) => transformer.copy());
    return new Pipeline<Input, Final>(transformers, this.estimator.with(changes));
  }

  async fit(x: Input, y: GivenTarget, given?: FitOptions): Promise<this> {
    let rows: unknown = x;
    for (const transformer of this.transformers) {
      await transformer.fit(rows as never);
      rows = await transformer.transform(rows as never);
    }
    await this.estimator.fit(rows as MatrixData, y, given);
    return this;
  }

  /** What the estimator gets to see. */
  async transform(x: Input): Promise<MatrixData> {
    let rows: unknown = x;
    for (const transformer of this.transformers) rows = await transformer.transform(rows as never);
    return rows as MatrixData;
  }

  async predict(x: Input, options?: Pick<FitOptions, 'offsets'>): Promise<Label[]> {
    return this.estimator.predict(await this.transform(x), options);
  }

  async decisionFunction(x: Input, options?: Pick<FitOptions, 'offsets'>): Promise<Float64Array> {
    return this.estimator.decisionFunction(await this.transform(x), options);
  }

  /** Row-major, rows x classes. */
  async predictProba(x: Input, { offsets }: Pick<FitOptions, 'offsets'> = {}): Promise<Float64Array> {
    return this.model.probabilities(await this.transform(x), undefined, offsets);
  }

  async evaluate(x: Input, y: GivenTarget, options?: EvaluationOptions): Promise<Evaluation> {
    return this.estimator.evaluate(await this.transform(x), y, options);
  }

  async score(x: Input, y: GivenTarget, options?: EvaluationOptions): Promise<number> {
    return this.estimator.score(await this.transform(x), y, options);
  }

  /** The model of transformed rows. */
  get model(): Model {
    return this.estimator.model;
  }

  /**
   * The model of rows as the pipeline gets them, with the transformers in its first layer.
   *
   * @throws PlanesearchError INCOMPATIBLE where a transformer is no affine map of the columns (OneHotEncoder)
   */
  foldedModel(): Model {
    const odd = this.transformers.find(({ affine, linear }) => affine === undefined && linear === undefined);
    if (odd) {
      const sentence = `A model file must hold the whole pipeline, but ${odd.constructor.name} cannot be put into a layer: keep its state beside the model.`;
      throw new PlanesearchError('INCOMPATIBLE', sentence);
    }
    return this.transformers.reduceRight(
      (model, { affine, linear }) => (linear ? foldedLinear(model, linear) : foldedAffine(model, affine!)),
      this.model,
    );
  }

  /** Writes {@link foldedModel} as a model file. */
  async save(path: string): Promise<void> {
    await this.foldedModel().save(path);
  }
}

/** Transformers in the order in which they are applied, then the estimator: `pipeline(new MinMaxScaler(), new LogisticRegression())`. */
export function pipeline<Input, Final extends Estimator>(
  first: Transformer<Input, MatrixData>,
  estimator: Final,
): Pipeline<Input, Final>;
export function pipeline<Input, Middle, Final extends Estimator>(
  first: Transformer<Input, Middle>,
  second: Transformer<Middle, MatrixData>,
  estimator: Final,
): Pipeline<Input, Final>;
export function pipeline<Input, Middle, Late, Final extends Estimator>(
  first: Transformer<Input, Middle>,
  second: Transformer<Middle, Late>,
  third: Transformer<Late, MatrixData>,
  estimator: Final,
): Pipeline<Input, Final>;
export function pipeline(...parts: readonly unknown[]): Pipeline<unknown, Estimator> {
  const estimator = parts.at(-1);
  requireFunctions('The last part of a pipeline', 'an estimator', estimator, ['fit', 'predict', 'with']);
  const transformers = parts.slice(0, -1);
  for (const one of transformers)
    requireFunctions('A part of a pipeline', 'a transformer', one, ['fit', 'transform', 'copy']);
  return new Pipeline(transformers as Transformer<never, unknown>[], estimator as Estimator);
}
