/**
 * `train`: from a matrix and its labels to a model, with every choice made by name or by object, or left to the defaults.
 */
import { checkpointOf, minimizeKept } from './checkpoint/index.js';
import { checkArray, ownNumbers } from './backends/arguments.js';
import { selectBackend } from './backends/index.js';
import type { Backend, DataMatrix } from './backends/backend.js';
import { isFile } from './backends/file-source.js';
import { describe, PlanesearchError, reject } from './core/errors.js';
import { offersOfLoss, type ObjectiveSpec } from './core/objective-spec.js';
import { outOfMemory } from './core/out-of-memory.js';
import { paced } from './core/pace.js';
import type { ParameterLayout } from './core/parameters.js';
import { requireSeed } from './core/random.js';
import type { Validation } from './core/validation.js';
import { checkLayerPenalties, type Penalized } from './core/penalty.js';
import type { Callback } from './core/trainer.js';
import {
  encodeSteps,
  isSparse,
  isStoredSparse,
  storedNumbers,
  matrixAtOnce,
  readMatrix,
  readTarget,
  recognizeTraining,
  type RawTarget,
  sourceOf,
  type TrainingMatrix,
} from './data/index.js';
import { holdOut, validationOf, wantedValidation, type RowNumbers } from './held-out.js';
import { Model } from './io/model.js';
import { agreement } from './metrics/scores.js';
import { resolvePenalties } from './l1/choose.js';
import { wantedPenalties, withL1Defaults, type WantedPenalties } from './l1/options.js';
import { l1Parts, objectiveOf, sweepFor } from './l1/run.js';
import { summaryOf } from './io/training-summary.js';
import { programOf } from './networks/program.js';
import { firstSample, judgedSample, meetingSteps } from './sampling/first-sample.js';
import { growing } from './sampling/growing.js';
import { batchOptions, epochs, type BatchChoice, type EpochParts } from './sampling/batch-options.js';
import { widenedModel, withoutEmptyColumns, type PresentColumns } from './present-columns.js';
import { withModels } from './running-training.js';
import { isChosen } from './selection/choose-penalty.js';
import type { PathMember } from './selection/penalty-path.js';
import { trainOnComponents } from './train-components.js';
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
import type { Training, TrainingData, TrainOptions } from './train-options.js';

export type { RunningTraining, TrainingCallback } from './running-training.js';
export type { Layers, Training, TrainingData, TrainOptions } from './train-options.js';
export { DEFAULTS } from './train-parts.js';

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
