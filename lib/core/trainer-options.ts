/** What a run is made of besides its objective, and the checks that it fits together. */
import { needsOf, type Direction } from '../directions/direction.js';
import type { Sample } from '../sampling/sample.js';
import type { PathMember } from '../selection/penalty-path.js';
import { offersOfRule, type StepRule } from '../steps/step-rule.js';
import type { EarlyStoppingOptions } from './early-stopping.js';
import { PlanesearchError, reject, requireInteger, requireNumber } from './errors.js';
import type { IterationRecord, NewRecord } from './iteration-record.js';
import { checkNeeds } from './needs.js';
import type { Objective } from './objective.js';
import { refuseUnknown } from './option-names.js';
import { checkRestarts, type Restarts } from './restarts.js';
import type { StopCriterion } from './stopping.js';
import type { TrainerState } from './trainer-state.js';
import type { Validation } from './validation.js';

/** What a callback may ask of the run that calls it. */
export interface RunningTrainer {
  /** One record per iteration so far, the newest last; those before a resumption included. */
  readonly history: readonly IterationRecord[];
  /** All that the run needs to go on from here, as copies. */
  state(): Promise<TrainerState>;
  /** The accepted parameters in the caller's units; never changed in place. */
  readonly parameters: Float64Array;
  /** Those of the best point so far, which the run would return; also when it is over, however it ended. */
  readonly bestParameters: Float64Array;
}

/** Called after every iteration, the start included. Returning `false` ends the run; a promise is awaited. */
export interface Callback<Running = RunningTrainer> {
  (record: IterationRecord, trainer: Running): boolean | void | Promise<boolean | void>;
  /** Called by `train` for every penalty that it tries, where it is to choose one, before the run; a promise is awaited. */
  penalty?(tried: PathMember): void | Promise<void>;
  /** Called by `train` when the run is over, however it ended: what is open can be closed. */
  end?(): void | Promise<void>;
}

export interface TrainerOptions {
  readonly direction: Direction;
  readonly stepRule: StepRule;
  /** Past steps that join the subspace, 0 or more. */
  readonly memory: number;
  readonly stop: StopCriterion;
  readonly callbacks?: readonly Callback[];
  readonly signal?: AbortSignal | undefined;
  /** Which rows the run looks at; all of them when absent. */
  readonly sample?: Sample | undefined;
  /**
   * Form the tracked product anew after every so many iterations, and when rounding may have spoiled it, at the price of one
   * product; 0 = never. Default 500.
   */
  readonly refreshEvery?: number;
  /** What an iteration is where it is not one step of all layers together: a turn of each (`lib/layerwise/in-turn.ts`). */
  readonly sweep?: Sweep | undefined;
  /** Goes on from another point where the run has ended. */
  readonly restarts?: Restarts | undefined;
  /** Rows held out: every record tells how they are fitted. */
  readonly validation?: Validation | undefined;
  /** Ends the run by them, and returns the point that fits them best; needs `validation`. */
  readonly earlyStopping?: EarlyStoppingOptions | undefined;
}

/** Moves the accepted point of an objective, not up under a safeguarded rule, and tells what it did. */
export interface Sweep {
  readonly name: string;
  /** Refuses what does not go with it, before anything is computed. */
  check(objective: Objective, options: TrainerOptions): void;
  run(objective: Objective, options: TrainerOptions): Promise<NewRecord>;
}

/**
 * Parameters in the caller's units (`trained`: of a trained model, a warm start), a network's own starting point in the frame, the state of a
 * run to go on with, or the point that the objective has accepted already.
 */
export type TrainerStart =
  | Float64Array
  | { readonly trained: Float64Array }
  | { readonly inFrame: Float64Array }
  | { readonly state: TrainerState }
  | { readonly accepted: true };

const trainerOptions = [
  'direction',
  'stepRule',
  'memory',
  'stop',
  'callbacks',
  'signal',
  'refreshEvery',
  'sweep',
  'restarts',
  'validation',
  'earlyStopping',
  'sample',
] as const satisfies readonly (keyof TrainerOptions)[];

/**
 * Needs are compared once, before anything is computed.
 *
 * @throws PlanesearchError with one sentence for the first thing that does not fit
 */
export function checkParts(objective: Objective, options: TrainerOptions): void {
  refuseUnknown(options, trainerOptions, { what: 'The options of the trainer' });
  const { direction, stepRule, memory } = options;
  requireInteger('memory', memory, 0);
  if (memory > stepRule.maxMemory) {
    reject('INCOMPATIBLE', 'memory', `at most ${stepRule.maxMemory} with the step rule '${stepRule.name}'`, memory);
  }
  if (options.earlyStopping && !options.validation)
    throw new PlanesearchError('INCOMPATIBLE', 'earlyStopping needs validation, but there is none.');
  checkNeeds([
    { kind: 'direction', name: direction.name, needs: needsOf(direction) },
    { kind: 'step rule', name: stepRule.name, needs: stepRule.needs, offers: offersOfRule(stepRule) },
    ...objective.parts,
  ]);
  options.sweep?.check(objective, options);
  checkRestarts(objective.spec.loss, objective.layout.layers.length, options);
  checkDifference(options);
}

function checkDifference({ direction: { difference, name }, sample, sweep }: TrainerOptions): void {
  if (difference === undefined) return;
  if (sample || sweep) {
    const sentence = `The direction '${name}' must have all rows and move all layers together, since it knows no gradient.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  requireNumber('The difference of a direction', difference, Number.MIN_VALUE);
}
