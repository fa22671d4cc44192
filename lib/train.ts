/**
 * `train`: from a matrix and its labels to a model, with every choice made by name or by object, or left to the defaults.
 */
import type { AnnealedRestartOptions } from './annealing/restarts.js';
import { checkpointOf, minimizeKept, type CheckpointOptions } from './checkpoint/index.js';
import { checkArray, ownNumbers } from './backends/arguments.js';
import { selectBackend } from './backends/index.js';
import type { Backend, BackendName, DataMatrix, FileSource, Precision, ProductCounts } from './backends/backend.js';
import { isFile } from './backends/file-source.js';
import type { EarlyStoppingOptions } from './core/early-stopping.js';
import { describe, PlanesearchError, reject } from './core/errors.js';
import { offersOfLoss, type ObjectiveSpec } from './core/objective-spec.js';
import { outOfMemory } from './core/out-of-memory.js';
import { paced } from './core/pace.js';
import type { ParameterLayout } from './core/parameters.js';
import { requireSeed } from './core/random.js';
import type { Validation } from './core/validation.js';
import { checkLayerPenalties, type Penalized } from './core/penalty.js';
import type { Callback, TrainerState, TrainingResult } from './core/trainer.js';
import {
  encodeSteps,
  isSparse,
  isStoredSparse,
  storedNumbers,
  matrixAtOnce,
  readMatrix,
  readTarget,
  recognizeTraining,
  type DataSchema,
  type RawTarget,
  sourceOf,
  type GivenMatrix,
  type GivenTarget,
  type TrainingMatrix,
  type TaskKind,
} from './data/index.js';
import type { DirectionOptions } from './directions/by-name.js';
import type { Direction, DirectionName } from './directions/index.js';
import { holdOut, validationOf, wantedValidation, type RowNumbers, type ValidationData } from './held-out.js';
import { Model } from './io/model.js';
import { agreement, type Scores } from './io/scores.js';
import { resolvePenalties } from './l1/choose.js';
import { wantedPenalties, withL1Defaults, type L1Choice, type PenaltyName, type WantedPenalties } from './l1/options.js';
import { l1Parts, objectiveOf, sweepFor } from './l1/run.js';
import { summaryOf } from './io/training-summary.js';
import type { LossName, LossOptions } from './losses/index.js';
import type { Loss } from './losses/loss.js';
import type { Network, NetworkName, NetworkOptions } from './networks/index.js';
import { programOf } from './networks/program.js';
import { firstSample, judgedSample, meetingSteps, type FirstSample } from './sampling/first-sample.js';
import { growing } from './sampling/growing.js';
import type { SolveOn } from './sampling/mini-batches.js';
import { batchOptions, epochs, type BatchChoice, type EpochParts } from './sampling/batch-options.js';
import type { ScheduleName } from './schedules/index.js';
import { widenedModel, withoutEmptyColumns, type PresentColumns } from './present-columns.js';
import type { PcaOptions } from './preprocessing/pca.js';
import { withModels, type RunningTraining, type TrainingCallback } from './running-training.js';
import type { StepRule, StepRuleName } from './steps/index.js';
import type { SolverName, SubspaceSolver } from './subspace/index.js';
import { isChosen, type PenaltyReport, type PenaltyWord } from './selection/choose-penalty.js';
import type { PathMember } from './selection/penalty-path.js';
import { trainOnComponents, type ComponentsReport } from './train-components.js';
import {
  checkCall,
  checkSchemaOf,
  chooseLayers,
  chooseLoss,
  chooseNetwork,
  chooseRestarts,
  chooseStop,
  defaultPenalty,
  partsOf,
  runSettings,
} from './train-parts.js';
import { ALL_ROWS, inOrder, planRows } from './train-rows.js';
import { chooseStart, ownStart, startOfFile } from './train-start.js';

export { DEFAULTS } from './train-parts.js';

export interface TrainingData {
  /**
   * Rows x columns, in any of the forms of `GivenMatrix`, float64 or float32; copied by the backend. Lists of rows and the like with more than 65536 numbers
   * are read in pieces: they, and what comes with them, must stay as they are until the first iteration. Or in a file (`FileSource`, `npyFile`, `npzFile`), which
   * must stay as it is until the end: all its rows are looked at from the start.
   */
  readonly x: GivenMatrix | FileSource;
  /** One label or number per row; k numbers a row (several targets); any number of labels a row. */
  readonly y: GivenTarget;
  /** Added to the outputs, rows x outputs: a column with the fixed weight 1, such as the log exposure of a count model. */
  readonly offsets?: Float64Array | undefined;
  /**
   * Importance of each row, at least 0; all equal when absent. A weight of 2 is the same as the row twice, given the same l2
   * (the default counts rows) and no standardization (which does not weigh).
   */
  readonly sampleWeights?: Float64Array | undefined;
  /** How the data was read, from `loadTable`; goes into the model so that it can read files of the same kind. */
  readonly schema?: DataSchema | undefined;
}

export type { RunningTraining, TrainingCallback };

/** Options of networks (`hidden`, `activation`, ...) and losses (`delta`, `power`) stand beside the others. */
export interface TrainOptions extends NetworkOptions, LossOptions {
  /** 'linear' (default), 'mlp', 'gated', 'linearly-gated', 'skip', or a network of your own. */
  readonly network?: NetworkName | Network;
  /**
   * 'auto' (default): logistic for two classes and for sets of labels, softmax for more classes, squared for numbers; or
   * your own.
   */
  readonly loss?: LossName | Loss | 'auto';
  /** What the target is taken for: 'auto' (default) as the loss says, or by the rule of `chooseTask`. */
  readonly task?: TaskKind;
  /**
   * Weight of the penalty (l2/2)||weights||^2, at least 0. Default 0 for the squared loss on a linear network, which is plain
   * least squares, and 1 / rows otherwise; but 'auto' for a network with `earlyStopping` whose run begins with a sample of its rows, 16384 or
   * more, and whose products with X take 2^28 multiplications or more. 'auto' chooses it by the loss of rows left out, in the way that suits the problem; 'leave-one-out', 'folds', 'held-out' and 'gradient' in the way
   * they say; 'layerwise' of a network one for each layer (`layerPenalties`), along the gradient; 'prior' is max(1, d m^2 / 16) / rows for a linear network, d columns and their mean spread m, as the penalty sees it; networks: `docs/penalty.md`. Callbacks and limits see the run at the l2 chosen.
   */
  readonly l2?: number | PenaltyWord;
  /**
   * How many times as strong as `l2` the penalty of each layer is, in the order of the layers: (l2/2) sum_l c_l ||W_l||^2. One finite number c_l of at
   * least 0 for each layer; of a network with one layer l2 becomes l2 c, unless rows left out choose l2. Default 1 each, with l2 'layerwise' as that finds.
   */
  readonly layerPenalties?: readonly number[] | undefined;
  /**
   * Weight of the penalty l1 ||weights||_1 beside it, at least 0, for linear networks: weights that do not earn it are 0 exactly. 'auto' chooses
   * it by the loss of rows left out, 'path' and 'gradient' in the way they say. l2 is 0 then unless it is given. Default 0. See
   * `docs/sparse-models.md`.
   */
  readonly l1?: number | L1Choice;
  /**
   * 'l2' (default), 'l1' (l2 is 0, l1 'auto' unless given) or 'elastic-net' (both; of `l1`, `l2` and `l1Ratio` any two are enough).
   */
  readonly penalty?: PenaltyName;
  /** With penalty 'elastic-net': l1 / (l1 + l2), above 0, at most 1. Default 0.5. */
  readonly l1Ratio?: number;
  /** 'auto' (default) leaves the choice to `lib/auto.ts`. */
  readonly direction?: DirectionName | Direction | 'auto';
  /** Of a direction chosen by its name, by their names: `{ pairs: 5 }` is `lbfgs({ pairs: 5 })`. Lists of names also as `hidden+output`. */
  readonly directionOptions?: DirectionOptions | undefined;
  /**
   * Past steps that join the subspace; 'auto' (default): as the direction recommends where the step rule can use them, 0
   * otherwise.
   */
  readonly memory?: number | 'auto';
  /** Default 'auto'. */
  readonly steps?: StepRuleName | StepRule | 'auto';
  /** Subspace solver of 'line', 'plane' and 'layerwise'. Default 'auto'. */
  readonly solver?: SolverName | SubspaceSolver | 'auto';
  /** Learning rate of 'fixed', first rate of 'schedule', above 0; in the frame. Default 0.1. */
  readonly rate?: number;
  /** Shape of the rates of 'schedule' over `maxIterations`. Default 'cosine'. */
  readonly schedule?: ScheduleName;
  /**
   * In which X is stored and multiplied: 'auto' (default) as its values come, 'float32' for half the memory and about 1.7 times the
   * speed, with an objective right to about 1e-6. Sums, losses, slopes and curvature are float64 always.
   */
  readonly precision?: Precision | 'auto';
  /**
   * Rows that the run looks at first, drawn at random, until they stop telling the truth and others join: `docs/sampling.md`. 'auto'
   * (default) begins with a sample of large data where direction and step rule are left to it; 'all' is every row from the start. Until all
   * n rows are looked at, the penalty on m of them has the weight min(l2 n / m, max(l2, 1 / m)).
   */
  readonly sample?: number | 'auto' | 'all';
  /**
   * Rows of a mini-batch, 1 to half of all; none by default. Every iteration is then an epoch of steps, each from the gradient of one batch:
   * `docs/mini-batches.md`. Direction 'gradient' (default), 'adam' or 'adam-pair', `memory` 0 or 1.
   */
  readonly batch?: number;
  /** Over which rows the step of a batch is solved: of the 'same' batch as its gradient, of the 'next' one, or of 'both' (default). */
  readonly solveOn?: SolveOn;
  /** 'auto' (default) is native where its binary loads; or a backend, such as that of several ranks (`docs/scale.md`). */
  readonly backend?: BackendName | 'auto' | Backend;
  /** Threads of the native backend, 1 to 256. Default: all processors. Any number gives the same bits. */
  readonly threads?: number;
  /** Seed of the starting point. Default 0. */
  readonly seed?: number;
  /**
   * Whether the penalty is on the weights of the columns scaled to standard deviation 1, and not of the columns as given.
   * All else is the same, since training sees centered and scaled columns anyway. Default false.
   */
  readonly standardize?: boolean;
  /**
   * Trains on so many principal components of X, 1 to the smaller of rows and columns, or on those that `PCA` finds with these options. The model
   * takes columns as given; penalty, `standardize` and metrics are about components. Default none. See `docs/svd.md`.
   */
  readonly pca?: number | Omit<PcaOptions, 'precision' | 'backend' | 'threads'> | undefined;
  /**
   * Where to begin: a model or its parameters (warm start: the run ends at once when they are the optimum), the file of either (a model of
   * ours; safetensors, NPZ or NPY as {@link readWeights} takes them), or the state of a run of the same data and options, which is then
   * gone on with. Default: where the network begins.
   */
  readonly start?: Model | Float64Array | string | { readonly state: TrainerState };
  /**
   * Whether an iteration moves all layers 'together' (default), or is a turn of each, one after the other, the others held: 'in turn', for
   * networks of several layers and step rules that never raise the objective. When which: `docs/plane-search.md`, "Deep networks".
   */
  readonly layers?: Layers;
  /**
   * What happens where the run has ended, converged or stalled: 'annealing' goes back to its best point, anneals the weights there and goes on, at most 8
   * times, or as these options say; for networks with hidden units. `maxIterations` and other limits are of all rounds together. Default: it ends. See
   * `docs/scaled-conjugate-gradient.md`.
   */
  readonly restarts?: 'annealing' | AnnealedRestartOptions | undefined;
  /** Default 500. */
  readonly maxIterations?: number;
  /** Seconds, without those of the choice of a penalty; none by default. */
  readonly timeLimit?: number;
  /** Most products with X, both kinds together; none by default. */
  readonly maxProducts?: number;
  /**
   * Relative tolerance on the gradient norm, 0 to 1; 0 runs to the iteration limit. Default 1e-6. See
   * `lib/core/stopping.ts`.
   */
  readonly tolerance?: number;
  /** Share of the objective by which ten iterations must lower it, 0 to 1, or the run ends as slow; 0 asks nothing. Default tolerance^2. */
  readonly minDecrease?: number;
  /**
   * Keeps the run in a folder as it goes, so that one that is interrupted can be gone on with: `docs/checkpoints.md`. The choice of a penalty, which
   * comes before the run, is made again then.
   */
  readonly checkpoint?: CheckpointOptions | undefined;
  readonly callbacks?: readonly TrainingCallback[];
  readonly signal?: AbortSignal;
  /**
   * Rows that are not trained on and show in every record how well they are fitted: a share of those given, above 0 and below 1, split off at
   * random by `seed` with every label's share of it, or data of their own. Default none, 0.1 with `earlyStopping`. See
   * `docs/choosing-nothing.md`.
   */
  readonly validation?: number | ValidationData;
  /**
   * Whether the run ends when the validation rows have not been fitted better for a while, and returns the point that fits them best; or how.
   * Default false.
   */
  readonly earlyStopping?: boolean | EarlyStoppingOptions;
}

/** How the layers of a network are trained. */
export type Layers = 'together' | 'in turn';

/** What was trained and how it went. */
export interface Training extends Omit<TrainingResult, 'parameters' | 'penalty' | 'validation'> {
  readonly model: Model;
  readonly network: string;
  readonly loss: string;
  readonly l2: number;
  /** How many times as strong as `l2` the penalty of each layer was: given, chosen, or 1 each. */
  readonly layerPenalties: readonly number[];
  /** 0 without. */
  readonly l1: number;
  /** How l2, or l1, was chosen; null where it was given or is the default. */
  readonly penalty: PenaltyReport | null;
  readonly direction: string;
  /** Which direction `auto` chose and why, in a clause; null when one was asked for. */
  readonly automatic: string | null;
  readonly memory: number;
  readonly steps: string;
  readonly layers: Layers;
  readonly solver: string;
  readonly backend: BackendName;
  readonly precision: Precision;
  /** 'file' where X stayed in its file. */
  readonly storage: 'dense' | 'sparse' | 'file';
  /** Why native was not used although wanted; null otherwise. */
  readonly notice: string | null;
  readonly threads: number;
  readonly rows: number;
  /** Rows of the first sample and why so many, in a clause; all rows where there was none. */
  readonly sample: FirstSample;
  /** With mini-batches: the rows asked of one, and over which rows its steps were solved; null without. */
  readonly batch: BatchChoice | null;
  readonly columns: number;
  /** With `pca`. */
  readonly pca?: ComponentsReport;
  readonly parameters: number;
  readonly iterations: number;
  readonly products: ProductCounts;
  /** Seconds of the training alone, the copy of X into the backend included. */
  readonly seconds: number;
  /** Fit on the training rows: the weighted mean loss; accuracy or r2 with every row counted the same. */
  readonly scores: Scores;
  /** Fit on the validation rows, and how many they are; null without. Theirs are not among `rows`. */
  readonly validation: (Scores & { readonly rows: number }) | null;
}

/**
 * Trains a model without a learning rate to choose.
 *
 * Minimizes f(theta) = (1/sum s) sum_i s_i loss(output(x_i), y_i) + (l2/2)||weights||^2; biases are never penalized. With
 * `layerPenalties` every layer has a part of its own in that sum.
 *
 * @throws PlanesearchError for misuse only (`code` says which kind); a run that makes no progress is a result with a reason
 */
export async function train(data: TrainingData, options: TrainOptions = {}): Promise<Training> {
  checkCall(data, options);
  const open = [...(options.callbacks ?? [])];
  try {
    const completed = withL1Defaults(options);
    const training = await (options.pca === undefined ? run(data, completed) : trainOnComponents(data, completed, run));
    training.model.training = summaryOf(training, options);
    while (open.length > 0) await open.shift()!.end?.();
    return training;
  } catch (error) {
    // The first error is what is to be told; every callback can close what it has open, once.
    for (const callback of open) await (async () => callback.end?.())().catch(() => undefined);
    throw outOfMemory(error) ?? error;
  }
}

/** What comes in is copied before the first await: the caller may change it as soon as `train` has returned its promise. */
async function run(data: TrainingData, options: TrainOptions): Promise<Training> {
  const choices = choose(options);
  const given = recognizeTraining(data.x);
  const taken = takeIn(matrixAtOnce(given) ?? (await readMatrix(given)), data, options, choices.seed);
  const { x, whole, held, present } = taken;
  const { backend, notice } = selectBackend(options.backend, options.threads);
  const began = performance.now();
  const { order, ...rows } = planRows(x, options, choices.seed);
  const kept = { columnNames: x.columnNames, precision: options.precision, order };
  const copied = Promise.resolve(held ? held.matrix(x, backend, kept) : backend.matrix(sourceOf(x), kept));
  const reading = readTarget(data.y, whole.rows);
  // Whoever waits for them below is told; until then nobody may be waiting.
  for (const promise of [copied, reading]) promise.catch(() => undefined);
  let validation: Validation | null = null;
  try {
    const posed = await pose({ data, options, taken, order, backend, copied, reading, ...choices });
    const { loss, task, spec, layout, numbers, matrix } = posed;
    if (held) validation = await validationOf(held, posed.all, matrix, { ...spec, loss }, backend);
    const callbacks = withModels(options.callbacks, spec, loss, present, whole.columns);
    const solved = await solve(posed, { options, backend, validation, callbacks, ...rows, ...choices });
    const { result, first, report, l1, l2, layerPenalties, rule, direction, solver, memory, automatic, products } = solved;
    const seconds = (performance.now() - began) / 1000;
    const { parameters, penalty, ...course } = result;
    checkParameters(parameters, layout, x.columnNames, present);
    const model = new Model({ ...spec, parameters }, loss);
    // The objective less its penalty: the weighted mean loss, whatever the sample weights.
    const fitted = await model.outputs(matrix, backend, numbers.offsets);
    const scores = { loss: course.objective - penalty, ...(await paced(agreement(fitted, numbers.targets, task, loss))) };
    return {
      ...course,
      ...{ direction: direction.name, steps: rule.name, solver: solver.name, memory, automatic, layers: choices.layers },
      model: widenedModel(model, present, whole.columns),
      network: spec.network,
      loss: task.loss,
      ...{ l1, l2, layerPenalties, penalty: report },
      backend: backend.name,
      precision: matrix.precision,
      storage: storageOf(x),
      notice,
      threads: backend.threads,
      rows: x.rows,
      sample: first,
      batch: rows.batch,
      columns: whole.columns,
      parameters: layout.size + (whole.columns - x.columns) * task.outputs,
      iterations: course.history.length - 1,
      products,
      seconds,
      scores,
      validation: course.validation && validation && { rows: validation.rows, ...course.validation },
    };
  } finally {
    validation?.dispose();
    await disposed(copied);
  }
}

/** What the options say without the data. */
function choose(options: TrainOptions) {
  const seed = requireSeed(options.seed ?? 0);
  return {
    network: chooseNetwork(options),
    stop: chooseStop(options),
    wanted: wantedPenalty(options),
    layerPenalties: checkLayerPenalties(options.layerPenalties),
    ...chooseLayers(options),
    restarts: chooseRestarts(options, seed),
    seed,
  };
}

type Choices = ReturnType<typeof choose>;

interface Posing extends Choices {
  readonly data: TrainingData;
  readonly options: TrainOptions;
  readonly taken: ReturnType<typeof takeIn>;
  readonly order: Uint32Array | undefined;
  readonly backend: Backend;
  readonly copied: Promise<DataMatrix>;
  readonly reading: Promise<RawTarget>;
}

/** From data and options to the problem: what is fitted to what, and where it begins. */
async function pose({ data, options, taken, order, backend, copied, reading, ...choices }: Posing) {
  const { network, seed } = choices;
  const { x, whole, held, givenWeights, givenOffsets, givenStart } = taken;
  const target = await reading;
  const { loss, task } = await chooseLoss(target, data.schema?.format ?? 'array', options);
  const encoded = await paced(encodeSteps(target, task, loss));
  const architecture = network.architecture(x.columns, task.outputs);
  const { layout, outputs } = programOf(architecture);
  if (outputs !== task.outputs)
    reject('INCOMPATIBLE', `The network '${network.name}'`, `${task.outputs} outputs wide`, outputs);
  const spec = { network: network.name, architecture, task, schema: data.schema };
  const added = copyOf('The offsets', givenOffsets, whole.rows * outputs, `${whole.rows} rows x ${outputs}`);
  const all: RowNumbers = { targets: encoded, offsets: added, sampleWeights: givenWeights };
  const numbers = inOrder(held?.own(all) ?? all, order, x.rows);
  const start = chooseStart(await startOfFile(givenStart, layout), seed, spec, network);
  const matrix = await copied;
  const penalize: Penalized = options.standardize ? 'standardized' : 'given';
  const offers = [...offersOfLoss(loss, outputs), ...matrix.offers, ...backend.offers];
  const partsAt = partsOf(layout.layers, offers, matrix.frame, penalize, isStoredSparse(x));
  const layerPenalties = checkLayerPenalties(choices.layerPenalties, layout.layers.length);
  const problem = { matrix, architecture, network, loss, ...numbers, penalize, layerPenalties };
  return { loss, task, layout, spec, all, numbers, stored: storedNumbers(x), start, matrix, partsAt, problem };
}

interface Solving extends Choices {
  readonly options: TrainOptions;
  readonly backend: Backend;
  readonly validation: Validation | null;
  readonly callbacks: readonly Callback[];
  readonly batch: BatchChoice | null;
  readonly sampling: ReturnType<typeof planRows>['sampling'];
}

/** Chooses the penalty and the parts of the run, and runs. */
async function solve(posed: Awaited<ReturnType<typeof pose>>, solving: Solving) {
  const { loss, task, numbers, start, matrix, partsAt, problem } = posed;
  const { options, backend, wanted, seed, moving, stop, sweep, restarts, batch, sampling } = solving;
  const { rows } = matrix;
  const classes = task.classes ? { targets: numbers.targets, width: numbers.targets.length / rows } : null;
  const met = sampling ? await paced(meetingSteps(rows, classes, numbers.sampleWeights)) : rows;
  const judged = sampling && judgedSample(problem.architecture, posed.stored, rows, met);
  const sample = judged ?? undefined;
  const tried = async (member: PathMember): Promise<void> => {
    for (const callback of options.callbacks ?? []) await callback.penalty?.(member);
  };
  const choosing = { ...problem, sample, backend, start, seed, signal: options.signal, tried, parts: partsAt };
  const choosesL2 = judged !== null && options.earlyStopping && wanted.l1 === 0 && wanted.l2 === undefined;
  if (choosesL2) refuseChoice('l2', options);
  const byDefault = choosesL2 ? 'auto' : defaultPenalty(loss, problem.architecture, rows);
  const { l1, l2, layerPenalties, ...chosen } = await resolvePenalties(choosing, wanted, byDefault);
  const parts = l1 > 0 ? l1Parts() : partsAt(l2, batchOptions(options));
  const { rule, direction, solver, memory } = parts;
  // A start that has seen all rows is followed by all rows; early stopping wants to see the way there.
  const from = chosen.start && !options.earlyStopping ? { trained: chosen.start } : start;
  const first = sampling && from === start ? firstSample(sampling, rows, met) : ALL_ROWS(rows);
  const own = { direction, stepRule: rule, memory, seed, signal: epochSignal(options) };
  const spec = { ...problem, l2, layerPenalties };
  const outer = outerParts({ ...spec, memory }, backend, batch, own);
  const grows = first.rows < rows;
  const objective = objectiveOf({ ...spec, l1, memory: outer.memory, moving, sample: first.rows, grows }, backend);
  try {
    const settings = {
      ...outer,
      stop,
      sample: grows ? growing() : undefined,
      callbacks: solving.callbacks,
      signal: options.signal,
      sweep: sweepFor(l1, sweep),
      restarts,
      validation: solving.validation ?? undefined,
      earlyStopping: options.earlyStopping === true ? {} : options.earlyStopping || undefined,
    };
    const shape = runSettings(options, rule, solver);
    const result = await minimizeKept(objective, from, settings, checkpointOf(options), shape);
    const penalties = { l1, l2, layerPenalties, report: chosen.report };
    return { ...parts, ...penalties, result, first, products: objective.products };
  } finally {
    objective.dispose();
  }
}

async function disposed(matrix: Promise<DataMatrix>): Promise<void> {
  await matrix.then(
    (made) => made.dispose(),
    () => undefined,
  );
}

function wantedPenalty(options: TrainOptions): WantedPenalties {
  const wanted = wantedPenalties(options);
  if (wanted.l2 === 'layerwise' && options.layerPenalties !== undefined) {
    const sentence = "With l2: 'layerwise' the penalties of the layers are chosen: layerPenalties must be left out.";
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  const chosen = isChosen(wanted.l2) ? 'l2' : typeof wanted.l1 === 'string' ? 'l1' : null;
  if (chosen !== null) refuseChoice(wanted.l2 === 'layerwise' ? 'l2 and layerPenalties' : chosen, options);
  return wanted;
}

/** A run that is gone on with has its penalty already. */
function refuseChoice(chosen: 'l2' | 'l1' | 'l2 and layerPenalties', { start }: TrainOptions): void {
  if (!(typeof start === 'object' && start !== null && 'state' in start)) return;
  const number = chosen === 'l2 and layerPenalties' ? 'those' : 'the number';
  const sentence = `With the state of a run to start from, ${chosen} must be ${number} of that run.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence);
}

/** What is as long as the data, as copies that the caller cannot reach; X is copied by the backend. */
function takeIn(whole: TrainingMatrix, data: TrainingData, options: TrainOptions, seed: number) {
  checkSchemaOf(data, whole.columns);
  const givenWeights = copyOf('The sample weights', data.sampleWeights, whole.rows, 'one per row');
  const held = holdOut(whole, data.y, wantedValidation(options), seed);
  const givenOffsets = data.offsets === undefined ? undefined : ownNumbers('The offsets', data.offsets);
  const givenStart = ownStart(options.start);
  return { ...withoutEmptyColumns(held?.x ?? whole, held, options), whole, givenWeights, givenOffsets, givenStart };
}

function storageOf(x: TrainingMatrix): Training['storage'] {
  return isFile(x) ? 'file' : isSparse(x) ? 'sparse' : 'dense';
}

/** With a checkpoint an abort lets the iteration, which is an epoch, come to its end. */
function epochSignal({ checkpoint, signal }: TrainOptions): AbortSignal | undefined {
  return checkpoint === undefined ? signal : undefined;
}

/** What the trainer iterates: the parts as chosen, or epochs of them. */
function outerParts(
  spec: ObjectiveSpec,
  backend: Backend,
  batch: BatchChoice | null,
  own: Omit<EpochParts, keyof BatchChoice>,
) {
  if (batch) return epochs(spec, backend, { ...batch, ...own });
  const { direction, stepRule, memory } = own;
  return { direction, stepRule, memory };
}

function copyOf(what: string, values: Float64Array | undefined, length: number, shape: string): Float64Array | undefined {
  if (values === undefined) return undefined;
  checkArray(what, values, length, shape);
  return values.slice();
}

/** A model whose numbers overflow in the caller's units never leaves. */
function checkParameters(
  parameters: Float64Array,
  { blocks }: ParameterLayout,
  names: readonly string[] | undefined,
  present: PresentColumns | null,
): void {
  const bad = parameters.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const b = blocks.findIndex(({ offset, size }) => bad < offset + size);
  const { name, offset, columns } = blocks[b]!;
  const column = Math.floor((bad - offset) / columns);
  const place =
    b === 0
      ? `the weights of column ${present?.[column] ?? column}${names ? ` (${describe(names[column])})` : ''}`
      : `the block '${name}'`;
  const sentence = `In the units given, ${place} would not be finite (${parameters[bad]}): scale the columns of X or the target.`;
  throw new PlanesearchError('INVALID_DATA', sentence, { expected: 'finite parameters', received: String(parameters[bad]) });
}
