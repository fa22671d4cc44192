/**
 * The loop: direction, span, search, commit, record, stop?
 *
 * Propose, validate, commit: a step rule proposes t, its value must be finite (and lower, under a safeguarded rule) before
 * the objective moves, so that a non-finite number never enters the accepted state. When the rule finds no step, the
 * direction forgets its history and the iteration falls back once to steepest descent with backtracking; when that fails
 * too the run has stalled. The result is the best accepted point.
 */
import { steepestDescent, type Direction } from '../directions/direction.js';
import { backtracking } from '../steps/backtracking.js';
import type { StepRule } from '../steps/step-rule.js';
import { reject, requireInteger } from './errors.js';
import { freezeRecord, type IterationRecord } from './iteration-record.js';
import type { Objective } from './objective.js';
import { blockOf } from './parameters.js';
import { columnNames, describeProposal, refused, validated, type Proposal } from './proposal.js';
import type { Stop, StopCriterion } from './stopping.js';

/** Called after every iteration, the start included. Returning `false` ends the run; a promise is awaited. */
export type Callback = (record: IterationRecord) => boolean | void | Promise<boolean | void>;

export interface TrainerOptions {
  readonly direction: Direction;
  readonly stepRule: StepRule;
  /** Past steps that join the subspace, 0 or more. */
  readonly memory: number;
  readonly stop: StopCriterion;
  readonly callbacks?: readonly Callback[];
  readonly signal?: AbortSignal | undefined;
  /**
   * Form the tracked product anew after every so many iterations, and when rounding may have spoiled it, at the price of one product;
   * 0 = never. Default 500.
   */
  readonly refreshEvery?: number;
}

export interface TrainingResult {
  /** The best accepted point. */
  readonly parameters: Float64Array;
  /** f there. */
  readonly objective: number;
  /** Gradient norm there. */
  readonly gradientNorm: number;
  readonly stop: Stop;
  /** One record per iteration; `history[0]` is the starting point. */
  readonly history: readonly IterationRecord[];
  /** Evaluations of phi in all. */
  readonly innerEvaluations: number;
}

export const DEFAULT_REFRESH = 500;

/**
 * Minimizes `objective` from `start`. When `signal` aborts, long kernels stop within milliseconds and the result is the best
 * point accepted so far with stop reason 'aborted'; a signal that is aborted before the first point is accepted throws its reason.
 */
export async function minimize(objective: Objective, start: Float64Array, options: TrainerOptions): Promise<TrainingResult> {
  checkCapabilities(options);
  const { signal } = options;
  signal?.throwIfAborted();
  const cancel = (): void => objective.cancel();
  signal?.addEventListener('abort', cancel);
  try {
    return await new Run(objective, options).run(start);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Capabilities are checked once, before the run. */
function checkCapabilities({ stepRule, memory }: TrainerOptions): void {
  requireInteger('memory', memory, 0);
  if (memory > stepRule.maxMemory) {
    reject('INCOMPATIBLE', 'memory', `at most ${stepRule.maxMemory} with the step rule '${stepRule.name}'`, memory);
  }
}

class Run {
  readonly #began = performance.now();
  readonly #fallbackRule = backtracking();
  readonly #history: IterationRecord[] = [];
  #directionState: unknown;
  #stepState: unknown;
  #best: { parameters: Float64Array; objective: number; gradientNorm: number } | null = null;

  constructor(readonly objective: Objective, readonly options: TrainerOptions) {
    this.#directionState = options.direction.start();
    this.#stepState = options.stepRule.start();
  }

  async run(start: Float64Array): Promise<TrainingResult> {
    let stop: Stop | null = null;
    try {
      await this.objective.start(start);
      if (!gradientIsFinite(this.objective)) {
        reject('INVALID_DATA', 'The objective and its gradient at the starting point', 'finite', this.objective.value);
      }
      stop = await this.#record({ steps: {}, innerEvaluations: 0, status: 'start', reason: 'starting point' });
      while (!stop) stop = await this.#iterate();
    } catch (error) {
      const { signal } = this.options;
      if (!signal?.aborted || !(error === signal.reason || (error as Error).name === 'AbortError')) throw error;
      if (!this.#best) throw signal.reason;
      stop = { reason: 'aborted', detail: `aborted after ${this.#history.length - 1} iterations`, converged: false };
    }
    const best = this.#best!;
    const innerEvaluations = this.#history.reduce((sum, record) => sum + record.innerEvaluations, 0);
    return { ...best, stop, history: this.#history, innerEvaluations };
  }

  async #iterate(): Promise<Stop | null> {
    const { objective, options } = this;
    const iteration = this.#history.length;
    let { choice, steps, evaluations } = await this.#propose(iteration - 1);
    let status: IterationRecord['status'] = 'step';
    if (!choice.accepted) {
      const refusal = choice.reason;
      const fallback = await this.#fallBack();
      choice = { ...fallback.choice, reason: `${options.stepRule.name}: ${refusal}; steepest descent: ${fallback.choice.reason}` };
      steps = fallback.steps;
      evaluations += fallback.evaluations;
      status = choice.accepted ? 'fallback' : 'stalled';
    }
    if (choice.accepted) {
      await objective.commit(choice.t);
      if (!gradientIsFinite(objective)) {
        return { reason: 'non-finite', detail: `the gradient after iteration ${iteration} is not finite`, converged: false };
      }
    }
    const drift = await this.#refreshWhenDue();
    return this.#record({ steps, innerEvaluations: evaluations, status, reason: choice.reason, ...(drift === null ? {} : { drift }) });
  }

  async #propose(iteration: number): Promise<Proposal> {
    const { objective } = this;
    const { direction, stepRule, memory } = this.options;
    const fresh = await direction.next(this.#directionState, objective);
    const phi = await objective.span(fresh, memory, stepRule.split);
    const choice = phi.norms.every(Number.isFinite)
      ? validated(await stepRule.choose(phi, this.#stepState, { iteration, unitStep: direction.unitStep }), phi, stepRule)
      : refused(phi, `the direction ${direction.name} proposed a vector that is not finite`);
    if (choice.modelRatio !== undefined) direction.learn?.(this.#directionState, choice.modelRatio);
    return describeProposal(objective, phi, choice, columnNames(direction.name, fresh.length, phi));
  }

  /** Steepest descent with backtracking, after the direction and the rule have forgotten their history. */
  async #fallBack(): Promise<Proposal> {
    this.#directionState = this.options.direction.start();
    this.#stepState = this.options.stepRule.start();
    const phi = await this.objective.span([steepestDescent(this.objective)], 0, 'joint');
    const choice = await this.#fallbackRule.choose(phi, this.#fallbackRule.start(), { iteration: 0, unitStep: false });
    return describeProposal(this.objective, phi, choice, ['gradient']);
  }

  async #refreshWhenDue(): Promise<number | null> {
    const every = this.options.refreshEvery ?? DEFAULT_REFRESH;
    const done = this.#history.length;
    return every > 0 && (done % every === 0 || this.objective.refreshDue) ? this.objective.refresh() : null;
  }

  async #record(partial: Pick<IterationRecord, 'steps' | 'innerEvaluations' | 'status' | 'reason' | 'drift'>): Promise<Stop | null> {
    const { objective, options } = this;
    const gradientNorm = Math.sqrt(objective.vectors.dot(objective.gradient, objective.gradient));
    const record = freezeRecord({
      iteration: this.#history.length, objective: objective.value, gradientNorm, layerNorms: layerNorms(objective),
      products: objective.products,
      seconds: (performance.now() - this.#began) / 1000, ...partial,
    });
    this.#history.push(record);
    if (!this.#best || record.objective <= this.#best.objective) {
      this.#best = { parameters: objective.parameters, objective: record.objective, gradientNorm };
    }
    let ended = false;
    for (const callback of options.callbacks ?? []) if ((await callback(record)) === false) ended = true;
    options.signal?.throwIfAborted();
    if (ended) return { reason: 'callback', detail: `a callback ended the run after iteration ${record.iteration}`, converged: false };
    return options.stop(this.#history);
  }
}

function layerNorms({ layout, vectors, parameters }: Objective): Record<string, number> {
  return Object.fromEntries(layout.blocks.filter((block) => block.penalized).map((block) => {
    const weights = blockOf(parameters, block);
    return [layout.layers[block.layer]!.name, Math.sqrt(vectors.dot(weights, weights))];
  }));
}

function gradientIsFinite({ gradient, vectors, value }: Objective): boolean {
  return Number.isFinite(value) && Number.isFinite(vectors.dot(gradient, gradient));
}
