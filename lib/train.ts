/**
 * `train`: from a matrix and its labels to a model, with every choice made by name or by object, or left to the defaults.
 */
import { chooseAutomatically, pastSteps, type AutoChoice } from './auto.js';
import { selectBackend } from './backends/index.js';
import type { BackendName, ProductCounts } from './backends/backend.js';
import { lookUp, PlanesearchError, reject, requireInteger, requireNumber } from './core/errors.js';
import { Objective } from './core/objective.js';
import { blockOf, layoutOf, type LayerShape } from './core/parameters.js';
import { createRandom } from './core/random.js';
import * as stopping from './core/stopping.js';
import { minimize, type Callback, type TrainingResult } from './core/trainer.js';
import {
  checkDense, checkShape, chooseTask, encodeTarget, foldStandardization, measureStandardizationPaced, rawTarget,
  standardizedPaced, type DataSchema, type DenseData,
  type RawTarget,
} from './data/index.js';
import { directions, type Direction, type DirectionName } from './directions/index.js';
import { Model, type Scores } from './io/model.js';
import { losses, type LossName } from './losses/index.js';
import { checkLayers } from './networks/check-layers.js';
import { linear, mlp, networks, type MlpOptions, type Network, type NetworkName } from './networks/index.js';
import { schedules, type ScheduleFactory, type ScheduleName } from './schedules/index.js';
import { stepRules, type StepRule, type StepRuleName } from './steps/index.js';
import { solvers, type SolverName, type SubspaceSolver } from './subspace/index.js';

export interface TrainingData {
  /** Rows x columns, row-major; copied by the backend. */
  readonly x: DenseData;
  /** One label or number per row. */
  readonly y: RawTarget | readonly number[] | readonly string[] | Float64Array;
  /**
   * Importance of each row, at least 0; all equal when absent. A weight of 2 is the same as the row twice, given the same l2 (the default
   * counts rows) and no standardization (which does not weigh).
   */
  readonly sampleWeights?: Float64Array | undefined;
  /** How the data was read, from `loadTable`; goes into the model so that it can read files of the same kind. */
  readonly schema?: DataSchema | undefined;
}

export interface TrainOptions extends MlpOptions {
  /** 'linear' (default) or 'mlp' with `hidden` and `activation`, or a network of your own. */
  readonly network?: NetworkName | Network;
  /** 'auto' (default): logistic for two classes, softmax for more, squared for numbers. */
  readonly loss?: LossName | 'auto';
  /** Weight of the penalty (l2/2)||weights||^2, at least 0. Default 1 / rows. */
  readonly l2?: number;
  /** 'auto' (default) leaves the choice to `lib/auto.ts`. */
  readonly direction?: DirectionName | Direction | 'auto';
  /** Past steps that join the subspace; 'auto' (default): as `lib/auto.ts` says where the step rule can use them, 0 otherwise. */
  readonly memory?: number | 'auto';
  /** Default 'auto'. */
  readonly steps?: StepRuleName | StepRule | 'auto';
  /** Subspace solver of 'line', 'plane' and 'layerwise'. Default 'auto'. */
  readonly solver?: SolverName | SubspaceSolver | 'auto';
  /** Learning rate of 'fixed', first rate of 'schedule', above 0. Default 0.1. */
  readonly rate?: number;
  /** Shape of the rates of 'schedule' over `maxIterations`. Default 'cosine'. */
  readonly schedule?: ScheduleName;
  readonly backend?: BackendName | 'auto';
  /** Threads of the native backend, 1 to 256. Default: all processors. Any number gives the same bits. */
  readonly threads?: number;
  /** Seed of the starting point. Default 0. */
  readonly seed?: number;
  /** Scale the columns to mean 0 and standard deviation 1 for the training; folded into the model's weights. Default false. */
  readonly standardize?: boolean;
  /** Default 500. */
  readonly maxIterations?: number;
  /** Seconds; none by default. */
  readonly timeLimit?: number;
  /** Most products with X, both kinds together; none by default. */
  readonly maxProducts?: number;
  /** Relative tolerance on the gradient norm, 0 to 1; 0 runs to the iteration limit. Default 1e-6. See `lib/core/stopping.ts`. */
  readonly tolerance?: number;
  readonly callbacks?: readonly Callback[];
  readonly signal?: AbortSignal;
}

/** What was trained and how it went. */
export interface Training extends Omit<TrainingResult, 'parameters'> {
  readonly model: Model;
  readonly network: string;
  readonly loss: LossName;
  readonly l2: number;
  readonly direction: string;
  readonly memory: number;
  readonly steps: string;
  readonly solver: string;
  readonly backend: BackendName;
  /** Why native was not used although wanted; null otherwise. */
  readonly notice: string | null;
  readonly threads: number;
  readonly rows: number;
  readonly columns: number;
  readonly parameters: number;
  readonly iterations: number;
  readonly products: ProductCounts;
  /** Seconds of the training alone, the copy of X into the backend included. */
  readonly seconds: number;
  /** Fit on the training rows: the weighted mean loss; accuracy or r2 with every row counted the same. */
  readonly scores: Scores;
}

export const DEFAULTS = { direction: 'auto', steps: 'auto', solver: 'auto', memory: 'auto', maxIterations: 500, tolerance: 1e-6 } as const;

/**
 * Trains a model without a learning rate to choose.
 *
 * Minimizes f(theta) = (1/sum s) sum_i s_i loss(output(x_i), y_i) + (l2/2)||weights||^2; biases are never penalized.
 *
 * @throws PlanesearchError for misuse only (`code` says which kind); a run that makes no progress is a result with a reason
 */
export async function train(data: TrainingData, options: TrainOptions = {}): Promise<Training> {
  const network = chooseNetwork(options);
  const stop = chooseStop(options);
  // Without scaling the backend's own check, on its own copy, is enough.
  const x = options.standardize ? checkDense(data.x) : checkShape(data.x);
  if (data.schema && data.schema.columns !== x.columns) {
    reject('DIMENSION_MISMATCH', 'The schema', `of ${x.columns} columns, as x`, data.schema.columns);
  }
  const target = rawTarget(data.y);
  if (target.values.length !== x.rows) reject('DIMENSION_MISMATCH', 'The target y', `of length ${x.rows}, one per row of x`, target.values);
  const task = chooseTask(target, data.schema?.format ?? 'array', options.loss ?? 'auto');
  const targets = encodeTarget(target, task);
  const l2 = requireNumber('l2', options.l2 ?? 1 / x.rows, 0);
  const layers = network.layers(x.columns, task.loss === 'softmax' ? task.classes!.length : 1);
  checkLayers(layers);
  const { rule, direction, solver, memory } = chooseParts(options, layers);
  const { backend, notice } = selectBackend(options.backend, options.threads);
  const scaling = options.standardize ? await measureStandardizationPaced(x) : null;

  const began = performance.now();
  const matrix = backend.matrix((scaling ? await standardizedPaced(x, scaling) : x).values, x.rows, x.columns);
  let objective: Objective | null = null;
  try {
    objective = new Objective({ matrix, layers, loss: losses[task.loss], targets, sampleWeights: data.sampleWeights, l2, memory }, backend);
    const start = network.initialize(layers, createRandom(options.seed ?? 0));
    const { parameters, ...result } = await minimize(objective, start, {
      direction, stepRule: rule, memory, stop, callbacks: options.callbacks ?? [], signal: options.signal,
    });
    const seconds = (performance.now() - began) / 1000;
    const products = { ...matrix.counts };
    objective.dispose();
    const model = new Model({ network: network.name, layers, task, schema: data.schema, parameters });
    // The objective less its penalty: the weighted mean loss, whatever the sample weights.
    const scores = { ...(await model.evaluate(matrix, target)), loss: result.objective - penaltyOf(layers, parameters, l2) };
    if (scaling) foldStandardization(scaling, layers[0]!.outputs, parameters);
    return {
      ...result, model, network: network.name, loss: task.loss, l2, direction: direction.name, memory, steps: rule.name,
      solver: solver.name, backend: backend.name, notice, threads: backend.threads, rows: x.rows, columns: x.columns,
      parameters: layoutOf(layers).size, iterations: result.history.length - 1,
      products, seconds, scores,
    };
  } finally {
    objective?.dispose();
    matrix.dispose();
  }
}

/** (l2/2) ||weights||^2 */
function penaltyOf(layers: readonly LayerShape[], parameters: Float64Array, l2: number): number {
  let sum = 0;
  for (const block of layoutOf(layers).blocks) if (block.penalized) for (const w of blockOf(parameters, block)) sum += w * w;
  return 0.5 * l2 * sum;
}

interface Parts {
  readonly direction: Direction;
  readonly rule: StepRule;
  readonly solver: SubspaceSolver;
  readonly memory: number;
}

/** Turns names into objects and checks that they fit together, before anything is computed. */
function chooseParts(options: TrainOptions, layers: readonly LayerShape[]): Parts {
  const automatic = chooseAutomatically(layers);
  const { direction: chosen, steps, solver } = withoutAuto(options, automatic);
  const direction = typeof chosen === 'string' ? lookUp<() => Direction>(directions, 'direction', chosen)() : chosen;
  const chosenSolver = typeof solver === 'string' ? lookUp(solvers, 'solver', solver)() : solver;
  const parts = {
    solver: chosenSolver, iterations: options.maxIterations ?? DEFAULTS.maxIterations,
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    schedule: lookUp<ScheduleFactory>(schedules, 'schedule', options.schedule ?? 'cosine'),
  };
  const rule = typeof steps === 'string' ? lookUp(stepRules, 'steps', steps)(parts) : steps;
  if (options.rate !== undefined && rule.name !== 'fixed' && rule.name !== 'schedule') {
    throw new PlanesearchError('INCOMPATIBLE', `rate is for the step rules 'fixed' and 'schedule', but '${rule.name}' finds its own.`);
  }
  if (options.schedule !== undefined && rule.name !== 'schedule') {
    throw new PlanesearchError('INCOMPATIBLE', `schedule is for the step rule 'schedule', but '${rule.name}' was chosen.`);
  }
  const wanted = options.memory ?? DEFAULTS.memory;
  const fitting = rule.maxMemory > 1 ? pastSteps(direction.name) : 0;
  const memory = wanted === 'auto' ? fitting : requireInteger('memory', wanted, 0);
  if (memory > rule.maxMemory) reject('INCOMPATIBLE', 'memory', `at most ${rule.maxMemory} with the step rule '${rule.name}'`, memory);
  return { direction, rule, solver: chosenSolver, memory };
}

/** The user's choices with every 'auto' replaced by the choice made for this problem. */
function withoutAuto({ direction = 'auto', steps = 'auto', solver = 'auto' }: TrainOptions, automatic: AutoChoice) {
  return {
    direction: direction === 'auto' ? automatic.direction : direction,
    steps: steps === 'auto' ? automatic.steps : steps,
    solver: solver === 'auto' ? automatic.solver : solver,
  };
}

function chooseNetwork(options: TrainOptions): Network {
  const { network = 'linear' } = options;
  if (typeof network !== 'string') return network;
  lookUp(networks, 'network', network);
  if (network === 'mlp') return mlp(options);
  if (options.hidden !== undefined || options.activation !== undefined) {
    throw new PlanesearchError('INCOMPATIBLE', "hidden and activation are for the network 'mlp', but 'linear' has no hidden layer.");
  }
  return linear();
}

function chooseStop(options: TrainOptions): stopping.StopCriterion {
  const tolerance = requireNumber('tolerance', options.tolerance ?? DEFAULTS.tolerance, 0, 1);
  const criteria = [
    stopping.gradientBelow(tolerance), stopping.decreaseBelow(tolerance), stopping.stalled(tolerance),
    stopping.iterationLimit(requireInteger('maxIterations', options.maxIterations ?? DEFAULTS.maxIterations, 0)),
  ];
  if (options.timeLimit !== undefined) criteria.push(stopping.timeLimit(requireNumber('timeLimit', options.timeLimit, 0)));
  if (options.maxProducts !== undefined) criteria.push(stopping.productLimit(requireInteger('maxProducts', options.maxProducts, 1)));
  return stopping.firstOf(criteria);
}
