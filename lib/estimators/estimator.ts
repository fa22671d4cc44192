/**
 * An estimator: the options of `train` held until there is data, and afterwards the model. `fit` is one call of `train`, `predict`, `evaluate`
 * and `save` are those of the model; what an estimator adds is a name, the choices that go with the name, and a place to keep both.
 */
import { PlanesearchError, requireBoolean } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { rawTarget, type DataSchema, type GivenTarget, type MatrixData } from '../data/index.js';
import type { RawTarget } from '../data/table.js';
import { Model, type GivenRows } from '../io/model.js';
import type { Label } from '../losses/coding.js';
import { evaluation, type Evaluation, type EvaluationOptions } from '../metrics/evaluation.js';
import {
  train,
  type RunningTraining,
  type Training,
  type TrainingCallback,
  type TrainingData,
  type TrainOptions,
} from '../train.js';

/** The options of `train` that are not fixed by the estimator, and its own. */
export interface EstimatorOptions extends Omit<TrainOptions, 'signal' | 'callbacks' | 'start'> {
  /** Whether a further `fit` begins at the model of the last one. Default false. */
  readonly warmStart?: boolean;
}

/** What goes with the rows of one `fit`. */
export interface FitOptions extends Pick<TrainOptions, 'signal' | 'callbacks' | 'start'> {
  /** Importance of each row, at least 0. */
  readonly sampleWeights?: Float64Array | undefined;
  /** Added to the outputs, rows x outputs. */
  readonly offsets?: Float64Array | undefined;
  /** How the data was read, from `loadTable`; goes into the model. */
  readonly schema?: DataSchema | undefined;
}

/** A call of `train`, and what is made of the model that comes out. */
export interface Fitting {
  readonly data: TrainingData;
  readonly options: TrainOptions;
  readonly finish?: (model: Model) => Model;
}

/** Whatever has been trained, with the options of `train` as they are. */
export class Estimator<Options extends EstimatorOptions = EstimatorOptions> {
  readonly options: Options;
  #model: Model | null = null;
  #training: Training | null = null;
  #columnNames: readonly string[] | undefined;

  constructor(options?: Options) {
    refuseUnknown(options ?? {}, Object.keys(options ?? {}), { what: 'The options of an estimator' });
    this.options = { ...(options as Options) };
    requireBoolean('warmStart', this.options.warmStart);
    const fixed = Object.keys(this.fixed()).find((name) => this.options[name as keyof Options] !== undefined);
    if (fixed === undefined) return;
    const sentence = `${fixed} must be left out, because a ${this.constructor.name} decides it.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'no such option', received: fixed });
  }

  /** The options of `train` that the name decides. */
  protected fixed(): TrainOptions {
    return {};
  }

  /** Options of the estimator that are none of `train`. */
  protected ownOptions(): readonly string[] {
    return [];
  }

  /** What `train` is called with. Runs before the first await of `fit`. */
  protected prepare(data: TrainingData, _target: RawTarget, options: TrainOptions): Fitting {
    return { data, options };
  }

  /**
   * Trains on the rows given. What comes in is copied before this returns its promise.
   *
   * @param x rows x columns, dense or sparse
   * @param y labels or numbers, one or several a row
   * @returns this estimator
   * @throws what `train` does, what a callback throws, and the reason of the signal when that aborts the fit; the model then is that of the best
   *   point so far where the fit had one, and the one before otherwise
   */
  async fit(x: TrainingData['x'], y: GivenTarget, given: FitOptions = {}): Promise<this> {
    const { data, options: all, finish } = this.callOfTrain(x, y, given);
    const { columnNames } = x as Partial<MatrixData>;
    const finished = (model: Model): Model => (finish ? finish(model) : model);
    let running: RunningTraining | null = null;
    const watch: TrainingCallback = (_record, run) => {
      running = run;
    };
    const training = await train(data, { ...all, callbacks: [watch, ...(all.callbacks ?? [])] }).catch((error: unknown) => {
      if (running) {
        this.#model = finished(running.best());
        this.#training = null;
        this.#columnNames = columnNames;
      }
      throw error;
    });
    this.#model = finished(training.model);
    this.#training = { ...training, model: this.#model };
    this.#columnNames = columnNames;
    if (training.stop.reason === 'aborted') throw given.signal!.reason;
    return this;
  }

  /** @internal What `fit` calls `train` with. */
  callOfTrain(x: TrainingData['x'], y: GivenTarget, given: FitOptions = {}): Fitting {
    refuseUnknown(given, ['sampleWeights', 'offsets', 'schema', 'signal', 'callbacks', 'start'], {
      what: 'The third argument of fit',
    });
    const { sampleWeights, offsets, schema, ...run } = given;
    const start = run.start ?? (this.options.warmStart ? (this.#model ?? undefined) : undefined);
    const own = ['warmStart', ...this.ownOptions()];
    const chosen = Object.entries(this.options).filter(([name, value]) => value !== undefined && !own.includes(name));
    const options = {
      ...this.defaults(x),
      ...Object.fromEntries(chosen),
      ...this.fixed(),
      ...run,
      ...(start ? { start } : {}),
    };
    return this.prepare({ x, y, sampleWeights, offsets, schema }, rawTarget(y), options);
  }

  /** Choices where the options make none. */
  protected defaults(x: TrainingData['x']): TrainOptions {
    return { standardize: (x as Partial<MatrixData>).kind !== 'csr' };
  }

  /** Another estimator of this kind, not fitted, with some options changed. */
  with(changes: Partial<Options>): this {
    return new (this.constructor as new (options: Options) => this)({ ...this.options, ...changes });
  }

  /** @throws PlanesearchError NOT_FITTED before the first `fit` */
  get model(): Model {
    if (this.#model) return this.#model;
    throw new PlanesearchError('NOT_FITTED', `The ${this.constructor.name} must be fitted or loaded before it is used.`);
  }

  /** How the last `fit` went; null for a loaded one. */
  get training(): Training | null {
    return this.#training;
  }

  /** Names of the columns that were fitted, where they have any. */
  protected get columnNames(): readonly string[] | undefined {
    return this.#columnNames;
  }

  /** One label or number a row, several for several targets, a list for sets of labels. */
  async predict(x: GivenRows, { offsets }: Pick<FitOptions, 'offsets'> = {}): Promise<Label[]> {
    return this.model.predict(x, undefined, offsets);
  }

  /** Outputs of the network, row-major rows x outputs: log-odds, scores, numbers, logarithms of means. */
  async decisionFunction(x: GivenRows, { offsets }: Pick<FitOptions, 'offsets'> = {}): Promise<Float64Array> {
    return this.model.outputs(x, undefined, offsets);
  }

  /** Every metric that applies, on labelled rows. */
  async evaluate(x: GivenRows, y: GivenTarget, options: EvaluationOptions = {}): Promise<Evaluation> {
    return evaluation(this.model, x, y, options);
  }

  /** Accuracy for classes, d2 for log links, R2 for other numbers. */
  async score(x: GivenRows, y: GivenTarget, options: EvaluationOptions = {}): Promise<number> {
    const { metrics } = await this.evaluate(x, y, options);
    return metrics.accuracy ?? metrics.d2 ?? metrics.r2!;
  }

  /** Writes the model file, which the command line and `Model.load` read as well. */
  async save(path: string): Promise<void> {
    await this.model.save(path);
  }

  /** An estimator around a model: that of a file, or one that was trained elsewhere. */
  static of<Made extends Estimator>(this: new () => Made, model: Model): Made {
    const made = new this();
    made.check(model);
    (made as Estimator).#model = model;
    return made;
  }

  /** @throws PlanesearchError as `Model.load`; INCOMPATIBLE for a model of another kind */
  static async load<Made extends Estimator>(
    this: (new () => Made) & { of(model: Model): Made },
    path: string,
  ): Promise<Made> {
    // biome-ignore lint/complexity/noThisInStatic: the class on which it is called is the one that is made
    return this.of(await Model.load(path));
  }

  /** Refuses a model that is none of this kind. */
  protected check({ spec }: Model): void {
    const { network } = this.fixed();
    if (network === undefined || network === spec.network) return;
    const sentence = `A ${this.constructor.name} must have a model of the network '${String(network)}', but this is one of '${spec.network}'.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: String(network), received: spec.network });
  }
}
