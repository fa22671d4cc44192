/** From the options of `train` to the parts of a run: names become objects, and what does not fit together is refused. */
import { annealedRestarts } from './annealing/restarts.js';
import { chooseAutomatically, pastSteps, type AutoChoice, type DataTraits } from './auto.js';
import { checkEarlyStopping } from './core/early-stopping.js';
import {
  lookUp,
  PlanesearchError,
  reject,
  requireBoolean,
  requireFunctions,
  requireInteger,
  requireNumber,
} from './core/errors.js';
import type { Frame } from './backends/frame.js';
import { conditionedByPenalty } from './core/held-columns.js';
import type { Penalized } from './core/penalty.js';
import { checkCheckpointOptions } from './checkpoint/index.js';
import type { Identity } from './core/identity.js';
import type { Need } from './core/needs.js';
import type { Configurable } from './core/option.js';
import { refuseUnknown } from './core/option-names.js';
import { paced } from './core/pace.js';
import type { LayerShape } from './core/parameters.js';
import type { Moving } from './core/objective-spec.js';
import * as stopping from './core/stopping.js';
import type { Restarts } from './core/restarts.js';
import type { Sweep } from './core/trainer.js';
import { inTurn } from './layerwise/in-turn.js';
import { checkSchema, lossSteps, type DataOrigin, type RawTarget, type Task } from './data/index.js';
import { directionByName } from './directions/by-name.js';
import type { Direction } from './directions/index.js';
import { lossByName, losses } from './losses/index.js';
import type { Loss } from './losses/loss.js';
import { taskSteps } from './losses/task.js';
import { networkByName, networks, type Architecture, type Network } from './networks/index.js';
import { schedules, type ScheduleFactory } from './schedules/index.js';
import { stepRuleOptions, stepRules, type StepRule } from './steps/index.js';
import { solvers, type SubspaceSolver } from './subspace/index.js';
import type { Layers, TrainingData, TrainOptions } from './train-options.js';

export const DEFAULTS = {
  direction: 'auto',
  steps: 'auto',
  solver: 'auto',
  memory: 'auto',
  maxIterations: 500,
  tolerance: 1e-6,
} as const;

const ownOptions = [
  'network',
  'loss',
  'task',
  'l2',
  'layerPenalties',
  'l1',
  'penalty',
  'l1Ratio',
  'direction',
  'directionOptions',
  'memory',
  'steps',
  'solver',
  'rate',
  'schedule',
  'precision',
  'backend',
  'threads',
  'sample',
  'batch',
  'solveOn',
  'seed',
  'standardize',
  'pca',
  'start',
  'layers',
  'restarts',
  'maxIterations',
  'timeLimit',
  'maxProducts',
  'tolerance',
  'minDecrease',
  'checkpoint',
  'callbacks',
  'signal',
  'validation',
  'earlyStopping',
] as const satisfies readonly (keyof TrainOptions)[];

/** Names of the options that the entries of a registry understand. */
export function optionsOf(registry: Readonly<Record<string, Configurable>>): string[] {
  return [...new Set(Object.values(registry).flatMap(({ options }) => Object.keys(options)))];
}

export const networkOptions = optionsOf(networks);
export const lossOptions = optionsOf(losses);
const allOptions = [...ownOptions, ...networkOptions, ...lossOptions];

export const besideTheData = {
  sampleWeights: 'beside x and y',
  offsets: 'beside x and y',
  schema: 'beside x and y',
} as const;

/** The shape of a call: what is misplaced or misspelt would otherwise be ignored. */
export function checkCall(data: TrainingData, options: TrainOptions): void {
  refuseUnknown(options, allOptions, { what: 'The options of train', elsewhere: besideTheData });
  checkDataParts(data, 'train', allOptions);
  const { callbacks, checkpoint, signal, standardize, earlyStopping } = options;
  requireBoolean('standardize', standardize);
  if (typeof earlyStopping === 'object') checkEarlyStopping(earlyStopping);
  else requireBoolean('earlyStopping', earlyStopping);
  if (checkpoint !== undefined) checkCheckpointOptions(checkpoint);
  if (
    callbacks !== undefined &&
    !(Array.isArray(callbacks) && callbacks.findIndex((callback) => typeof callback !== 'function') < 0)
  )
    reject('INVALID_OPTION', 'callbacks', 'a list of functions', callbacks);
  // Any realm's, and any stand-in that does the same.
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== 'function')
    reject('INVALID_OPTION', 'signal', 'an AbortSignal', signal);
}

/** The first argument of `whose`, in which options may stand by mistake. */
export function checkDataParts(data: TrainingData, whose: string, options: readonly string[]): void {
  const elsewhere = Object.fromEntries(options.map((name) => [name, 'into the options, the second argument']));
  const what = `The first argument of ${whose}`;
  refuseUnknown(data, ['x', 'y', 'offsets', 'sampleWeights', 'schema'], {
    what,
    noun: 'part of the training data',
    elsewhere,
  });
}

/** Of as many columns as X. */
export function checkSchemaOf({ schema }: Pick<TrainingData, 'schema'>, columns: number): void {
  if (schema !== undefined && checkSchema(schema).columns !== columns)
    reject('DIMENSION_MISMATCH', 'The schema', `of ${columns} columns, as x`, schema.columns);
}

/** The options among `names` that were given. */
function given(options: TrainOptions, names: readonly string[]): Record<string, never> {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined),
  ) as never;
}

export function chooseNetwork(options: TrainOptions): Network {
  const { network = 'linear' } = options;
  const own = given(options, networkOptions);
  if (typeof network === 'string') return networkByName(network, own);
  requireFunctions('network', 'the name of a network or a network', network, ['architecture', 'initialize']);
  refuseForObject('network', network.name, own);
  return network;
}

/** The loss and what is learned with it. */
export async function chooseLoss(
  target: RawTarget,
  format: DataOrigin,
  options: TrainOptions,
): Promise<{ loss: Loss; task: Task }> {
  const { loss = 'auto', task: kind = 'auto' } = options;
  const own = given(options, lossOptions);
  if (typeof loss !== 'string') {
    requireFunctions('loss', "'auto', the name of a loss or a loss", loss, ['row', 'targetWidth', 'targetProblem']);
    if (!Array.isArray(loss.codings)) reject('INVALID_OPTION', 'The codings of the loss', 'a list of names', loss.codings);
    refuseForObject('loss', loss.name, own);
    return { loss, task: await paced(taskSteps(target, loss, kind)) };
  }
  const name = loss === 'auto' ? (await paced(lossSteps(target, format, kind))).name : loss;
  const chosen = lossByName(name, own);
  return { loss: chosen, task: await paced(taskSteps(target, chosen, kind)) };
}

/** For a loss that is given whole from here on. */
export function withoutLossOptions(options: TrainOptions): TrainOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !lossOptions.includes(name)));
}

function refuseForObject(what: string, name: string, own: object): void {
  const [option] = Object.keys(own);
  if (option === undefined) return;
  throw new PlanesearchError(
    'INCOMPATIBLE',
    `${option} is for a ${what} chosen by its name, but the ${what} '${name}' was given whole.`,
  );
}

/**
 * The weight of the penalty when none is asked for: 0 for least squares (a squared loss on a linear network), so that a plain
 * line comes out as a plain line in every unit; 1 / rows where there is something to hold back, as separable classes and
 * networks have.
 */
export function defaultPenalty({ leastSquares = false }: Loss, { steps }: Architecture, rows: number): number {
  return leastSquares && steps.length === 0 ? 0 : 1 / rows;
}

export interface Parts {
  readonly direction: Direction;
  readonly rule: StepRule;
  readonly solver: SubspaceSolver;
  readonly memory: number;
  /** What `auto` chose and why; null when nothing was left to it. */
  readonly automatic: string | null;
}

/** @param offers what loss, matrix and backend have for others; everything when absent */
export function chooseParts(
  options: TrainOptions,
  layers: readonly LayerShape[],
  offers?: readonly Need[],
  traits?: DataTraits,
): Parts {
  const auto = chooseAutomatically(layers, offers, traits);
  const { direction: chosen, steps, solver: chosenSolver } = withoutAuto(options, auto);
  checkDirectionOptions(options);
  const direction = typeof chosen === 'string' ? directionByName(chosen, options.directionOptions) : chosen;
  const solver = typeof chosenSolver === 'string' ? lookUp(solvers, 'solver', chosenSolver)() : chosenSolver;
  requireFunctions('direction', "'auto', the name of a direction or a direction", direction, ['start', 'next']);
  requireFunctions('solver', "'auto', the name of a solver or a solver", solver, ['minimize']);
  const ruleParts = {
    solver,
    iterations: options.maxIterations ?? DEFAULTS.maxIterations,
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    schedule: lookUp<ScheduleFactory>(schedules, 'schedule', options.schedule ?? 'cosine'),
  };
  const rule = typeof steps === 'string' ? lookUp(stepRules, 'steps', steps)(ruleParts) : steps;
  requireFunctions('steps', "'auto', the name of a step rule or a step rule", rule, ['start', 'choose']);
  checkRuleOptions(options, rule);
  const wanted = options.memory ?? DEFAULTS.memory;
  const memory = wanted === 'auto' ? (rule.maxMemory > 1 ? pastSteps(direction) : 0) : requireInteger('memory', wanted, 0);
  if (memory > rule.maxMemory)
    reject('INCOMPATIBLE', 'memory', `at most ${rule.maxMemory} with the step rule '${rule.name}'`, memory);
  const automatic = (options.direction ?? 'auto') === 'auto' ? `auto chose ${auto.direction}: ${auto.reason}` : null;
  return { direction, rule, solver, memory, automatic };
}

/** The parts of a run at an l2; as auto has them where no options are given. */
export function partsOf(
  layers: readonly LayerShape[],
  offers: readonly Need[],
  frame: Frame,
  penalize: Penalized,
  sparse: boolean,
): (l2: number, options?: TrainOptions) => Parts {
  return (l2, options = {}) =>
    chooseParts(options, layers, offers, { sparse, conditioned: conditionedByPenalty(frame, l2, penalize) });
}

function checkDirectionOptions({ direction = 'auto', directionOptions }: TrainOptions): void {
  if (directionOptions === undefined || (typeof direction === 'string' && direction !== 'auto')) return;
  const received = direction === 'auto' ? 'auto' : direction.name;
  const sentence = `directionOptions are for a direction chosen by its name, but it was ${direction === 'auto' ? 'left to auto' : `'${received}', given whole`}.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'the name of a direction', received });
}

function checkRuleOptions(options: TrainOptions, { name }: StepRule): void {
  if (options.rate !== undefined && !stepRuleOptions.rate.some((rule) => rule === name)) {
    throw new PlanesearchError(
      'INCOMPATIBLE',
      `rate is for the step rules 'fixed' and 'schedule', but '${name}' finds its own.`,
    );
  }
  if (options.schedule !== undefined && !stepRuleOptions.schedule.some((rule) => rule === name)) {
    throw new PlanesearchError('INCOMPATIBLE', `schedule is for the step rule 'schedule', but '${name}' was chosen.`);
  }
}

/** The user's choices with every 'auto' replaced by the choice made for this problem. */
function withoutAuto({ direction = 'auto', steps = 'auto', solver = 'auto' }: TrainOptions, automatic: AutoChoice) {
  return {
    direction: direction === 'auto' ? automatic.direction : direction,
    steps: steps === 'auto' ? automatic.steps : steps,
    solver: solver === 'auto' ? automatic.solver : solver,
  };
}

const LAYERS = ['together', 'in turn'] as const satisfies readonly Layers[];

export function chooseLayers({ layers = 'together' }: TrainOptions): {
  readonly layers: Layers;
  readonly sweep: Sweep | undefined;
  readonly moving: Moving;
} {
  if (!LAYERS.includes(layers)) reject('INVALID_OPTION', 'layers', "'together' or 'in turn'", layers);
  return layers === 'in turn' ? { layers, sweep: inTurn(), moving: 'first' } : { layers, sweep: undefined, moving: 'all' };
}

export function chooseRestarts(
  { restarts, batch }: Pick<TrainOptions, 'restarts' | 'batch'>,
  seed: number,
): Restarts | undefined {
  if (restarts === undefined) return undefined;
  if (restarts !== 'annealing' && (typeof restarts !== 'object' || restarts === null))
    reject('INVALID_OPTION', 'restarts', "'annealing' or its options", restarts);
  if (batch !== undefined)
    throw new PlanesearchError(
      'INCOMPATIBLE',
      'restarts and batch exclude each other: a run over batches never knows its end.',
    );
  return annealedRestarts(restarts, seed) as Restarts;
}

/** What a run has to be equal in, besides the data, the network, the loss and the names of its parts, to be gone on with. */
export function runSettings(options: TrainOptions, rule: StepRule, solver: SubspaceSolver): Identity {
  const { rate, schedule = 'cosine', seed = 0, maxIterations = DEFAULTS.maxIterations, validation } = options;
  return {
    seed: String(seed),
    solver: solver.name,
    rate: String(rate),
    validation: typeof validation === 'object' ? 'rows of their own' : String(validation),
    ...(rule.name === 'schedule' && { schedule: `${schedule} over ${maxIterations} iterations` }),
  };
}

export function chooseStop(options: TrainOptions): stopping.StopCriterion {
  const tolerance = requireNumber('tolerance', options.tolerance ?? DEFAULTS.tolerance, 0, 1);
  const share = requireNumber('minDecrease', options.minDecrease ?? tolerance ** 2, 0, 1);
  const criteria = [
    stopping.gradientBelow(tolerance),
    stopping.decreaseBelow(tolerance, share),
    stopping.stalled(tolerance),
    stopping.iterationLimit(requireInteger('maxIterations', options.maxIterations ?? DEFAULTS.maxIterations, 0)),
  ];
  if (options.timeLimit !== undefined) criteria.push(stopping.timeLimit(requireNumber('timeLimit', options.timeLimit, 0)));
  if (options.maxProducts !== undefined)
    criteria.push(stopping.productLimit(requireInteger('maxProducts', options.maxProducts, 1)));
  return stopping.firstOf(criteria);
}
