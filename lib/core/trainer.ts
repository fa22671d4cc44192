/**
 * The loop: direction, span, search, commit, record, stop?
 *
 * Propose, validate, commit: a step rule proposes t, its value must be finite (and lower, under a safeguarded rule) before
 * the objective moves, so that a non-finite number never enters the accepted state. When the rule finds no step, the
 * direction forgets its history and the iteration falls back once to steepest descent (`fallback.ts`); when that fails
 * too the run has stalled. The result is the best accepted point.
 *
 * Everything that evolves is a value: `state()` gives it, `{ state }` as a start takes it, and the run goes on with the same
 * bits as if it had never stopped.
 */
import type { Scores } from '../metrics/scores.js';
import { checkTrainerState } from './check-state.js';
import { EARLY_STOPPING, EarlyStopping } from './early-stopping.js';
import { reject } from './errors.js';
import { fallBack } from './fallback.js';
import { checkIdentity, withSettings, type Identity } from './identity.js';
import { freezeRecord, type IterationRecord, type NewRecord } from './iteration-record.js';
import type { Objective } from './objective.js';
import { columnNames, describeProposal, refused, validated, type Proposal } from './proposal.js';
import { recordOf } from './record-of.js';
import { roundEnded, stopOfBestRound, type Restarts } from './restarts.js';
import { doneWithSample, tellAllRight, type Stop } from './stopping.js';
import { checkParts, type RunningTrainer, type Sweep, type TrainerOptions, type TrainerStart } from './trainer-options.js';
import type { BestPoint, TrainerState, TrainingResult } from './trainer-state.js';

const DEFAULT_REFRESH = 500;

const VALIDATION = 'validation data';

/** Parts of a run that only look at it. */
const WATCHING: readonly string[] = ['monitor', VALIDATION];

/**
 * Minimizes `objective` from `start`. When `signal` aborts, long kernels stop within milliseconds and the result is the best
 * point accepted so far with stop reason 'aborted'; a signal that is aborted before the first point is accepted throws its
 * reason.
 */
export async function minimize(objective: Objective, start: TrainerStart, options: TrainerOptions): Promise<TrainingResult> {
  const trainer = await createTrainer(objective, start, options);
  while (!trainer.stop) await trainer.step();
  return trainer.finish();
}

/** A run to be taken step by step: the start is accepted and recorded. */
export async function createTrainer(objective: Objective, start: TrainerStart, options: TrainerOptions): Promise<Trainer> {
  checkParts(objective, options);
  const { difference = null, recycles = false } = options.direction;
  objective.difference = difference;
  objective.recycles = recycles;
  options.signal?.throwIfAborted();
  const trainer = new Trainer(objective, options);
  await trainer.begin(start);
  return trainer;
}

/** Made by `createTrainer`. */
export class Trainer implements RunningTrainer {
  readonly #objective: Objective;
  readonly #options: TrainerOptions;
  #began = performance.now();
  #history: IterationRecord[] = [];
  #directionState: unknown;
  #stepState: unknown;
  #sampleState: unknown;
  #restartState: unknown;
  #grown: IterationRecord['grown'];
  #best: BestPoint | null = null;
  readonly #early: EarlyStopping | null;
  #validated: BestPoint | null = null;
  #stop: Stop | null = null;

  constructor(objective: Objective, options: TrainerOptions) {
    this.#objective = objective;
    this.#options = options;
    this.#directionState = options.direction.start();
    this.#stepState = options.stepRule.start();
    this.#early = options.earlyStopping ? new EarlyStopping(options.earlyStopping) : null;
    this.#sampleState = options.sample?.start();
    this.#restartState = options.restarts?.start();
  }

  /** Why the run has ended; null while it goes on. */
  get stop(): Stop | null {
    return this.#stop;
  }

  get parameters(): Float64Array {
    return this.#objective.parameters;
  }

  get bestParameters(): Float64Array {
    return this.#objective.toCaller((this.#validated ?? this.#best!).point);
  }

  get history(): readonly IterationRecord[] {
    return this.#history;
  }

  /** Accepts the start and records it, or takes up the state of another run. */
  begin(start: TrainerStart): Promise<void> {
    return this.#abortable(async () => {
      if ('state' in start) return this.#resume(start.state);
      const objective = this.#objective;
      const warm = 'trained' in start;
      if ('inFrame' in start) await objective.startInFrame(start.inFrame);
      else if (!('accepted' in start)) await objective.start(warm ? start.trained : start);
      if (!gradientIsFinite(objective)) {
        reject('INVALID_DATA', 'The objective and its gradient at the starting point', 'finite', objective.value);
      }
      return this.#record({
        steps: {},
        innerEvaluations: 0,
        status: 'start',
        reason: 'starting point',
        ...(warm && { warm }),
      });
    });
  }

  /** One iteration; returns why the run ends with it, null to go on. */
  async step(): Promise<Stop | null> {
    if (!this.#stop)
      await this.#abortable(async () => {
        await this.#growWhenDue();
        if (this.#restartLeft && roundEnded(this.#history, this.#options.stop, this.#options.restarts!.iterations))
          await this.#restart(this.#options.restarts!);
        else await this.#iterate();
      });
    return this.#stop;
  }

  async state(): Promise<TrainerState> {
    const parts = await this.#parts();
    const objective = await this.#objective.state();
    return {
      objective,
      parts,
      ...structuredClone({
        direction: this.#directionState,
        stepRule: this.#stepState,
        sample: this.#sampleState,
        ...(this.#options.restarts && { restarts: this.#restartState }),
        best: this.#best!,
        validated: this.#validated,
        history: this.#history,
        seconds: this.#seconds(),
      }),
    };
  }

  /** The result; the objective is not at the accepted point any more when its value had to be formed anew. */
  async finish(): Promise<TrainingResult> {
    const ended = this.#stop ?? { reason: 'callback', detail: 'the run was ended from outside', converged: false };
    const told = tellAllRight(ended, this.#history, this.#best!.objective);
    const stop = stopOfBestRound(told, this.#history, this.#best!.objective, this.#options.stop) ?? this.#honest(told);
    const { point, gradientNorm, objective: tracked, rows, validation } = this.#validated ?? this.#best!;
    // An abort has to end soon, and has left the objective in need of a restart. What is said of all rows is formed over all.
    const onSample = rows < this.#objective.allRows && this.#options.sample !== undefined;
    const doubt = onSample || (stop.reason !== 'aborted' && this.#objective.valueInDoubt);
    const objective = doubt ? await this.#objective.valueAnew(point) : tracked;
    const innerEvaluations = this.#history.reduce((sum, record) => sum + record.innerEvaluations, 0);
    return {
      parameters: this.#objective.toCaller(point),
      objective,
      penalty: this.#objective.penaltyAt(point),
      gradientNorm,
      validation: validation ?? null,
      stop,
      history: this.#history,
      innerEvaluations,
    };
  }

  /**
   * What was said of the last point has to hold of the one returned. Without a safeguard a run may leave its lowest point and end, flat,
   * elsewhere; where the two differ by rounding only, the last one is returned.
   */
  #honest(stop: Stop): Stop {
    const last = this.#history.at(-1)!;
    if (this.#early && this.#validated) return this.#early.told(stop, last.iteration);
    const { objective, gradientNorm } = this.#best!;
    if (!stop.converged || gradientNorm <= last.gradientNorm) return stop;
    if (last.objective - objective <= this.#objective.rounding) {
      this.#best = pointOf(this.#objective.point, last);
      return stop;
    }
    const detail = `${stop.detail}; but the lowest point, which is returned, was met before, with a gradient norm of ${gradientNorm.toPrecision(4)}`;
    return { ...stop, detail, converged: false };
  }

  async #parts(): Promise<Identity> {
    const { direction, stepRule, sample, sweep, restarts, earlyStopping, validation } = this.#options;
    const rule = withSettings(stepRule);
    return {
      direction: withSettings(direction),
      'step rule': sweep ? `${rule}, ${sweep.name}` : rule,
      sample: sample?.name ?? 'all',
      ...(restarts && { restarts: withSettings(restarts) }),
      ...(earlyStopping && { monitor: earlyStopping.monitor ?? EARLY_STOPPING.monitor }),
      ...(validation && { [VALIDATION]: await validation.identity() }),
    };
  }

  async #resume(state: TrainerState): Promise<void> {
    checkTrainerState(state);
    const { objective, parts, direction, stepRule, sample, restarts, best, validated = null, history, seconds } = state;
    // Validation and early stopping may be turned on and off on the way, but what they have watched stays.
    const own = Object.entries(await this.#parts());
    checkIdentity(Object.fromEntries(own.filter(([part]) => part in parts || !WATCHING.includes(part))), parts);
    await this.#objective.resume(objective);
    const copies = structuredClone({ direction, stepRule, sample, restarts, best, validated, history });
    this.#directionState = copies.direction;
    this.#stepState = copies.stepRule;
    this.#sampleState = copies.sample;
    this.#restartState = copies.restarts ?? this.#restartState;
    this.#best = copies.best;
    this.#history = copies.history.map(freezeRecord);
    this.#began = performance.now() - 1000 * seconds;
    // Of a run without early stopping the points are gone that its records tell of.
    if (this.#early && copies.validated) {
      this.#validated = copies.validated;
      for (const record of this.#history) this.#seesBest(record);
    }
    this.#stop = this.#judge();
  }

  /** `work` with the signal listened to; an abort becomes a stop when there is a point to return. */
  async #abortable(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#options;
    const cancel = (): void => {
      this.#objective.cancel();
      this.#options.validation?.cancel();
    };
    signal?.addEventListener('abort', cancel);
    try {
      await work();
    } catch (error) {
      if (!signal?.aborted || !(error === signal.reason || (error as Error).name === 'AbortError')) throw error;
      if (!this.#best) throw signal.reason;
      this.#stop = { reason: 'aborted', detail: `aborted after ${this.#history.length - 1} iterations`, converged: false };
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Whether other rows are to join; where nothing says when, the objective is that of its sample to the end. */
  get #onSample(): boolean {
    return this.#options.sample !== undefined && this.#objective.rows < this.#objective.allRows;
  }

  get #restartLeft(): boolean {
    return !this.#onSample && this.#options.restarts?.left(this.#restartState) === true;
  }

  /** Why the run ends here; null to go on, and where it is only done with the sample, or with a round. */
  #judge(): Stop | null {
    const passed = this.#onSample || this.#restartLeft ? doneWithSample : undefined;
    const stop = this.#options.stop(this.#history, passed) ?? this.#early?.stop ?? null;
    return stop && passed?.(stop) ? null : stop;
  }

  async #growWhenDue(): Promise<void> {
    const { sample, stop } = this.#options;
    this.#grown = undefined;
    if (!sample) return;
    const objective = this.#objective;
    let ended = this.#history.at(-1)!.status === 'stalled' || stop(this.#history) !== null;
    while (this.#onSample) {
      const { rows } = objective;
      const next = await sample.next(this.#sampleState, objective, this.#history, ended);
      if (next <= rows) return;
      await objective.grow(Math.min(next, objective.allRows));
      ended = false;
      const { value, point } = objective;
      this.#grown = { from: rows, objective: value };
      const { validation } = this.#history.at(-1)!;
      const { gradientNorm } = objective;
      this.#best = { point, objective: value, gradientNorm, rows: objective.rows, ...(validation && { validation }) };
    }
  }

  async #iterate(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    if (this.#options.sweep) return this.#sweep(this.#options.sweep);
    const iteration = this.#history.length;
    let { choice, steps, evaluations } = await this.#propose(iteration - 1);
    let status: IterationRecord['status'] = 'step';
    let limit: IterationRecord['limit'];
    if (!choice.accepted && this.#options.direction.difference !== undefined) status = 'stayed';
    else if (!choice.accepted) {
      const refusal = choice.reason;
      this.#directionState = this.#options.direction.start();
      this.#stepState = this.#options.stepRule.start();
      const fallback = await fallBack(this.#objective);
      choice = {
        ...fallback.choice,
        reason: `${this.#options.stepRule.name}: ${refusal}; steepest descent: ${fallback.choice.reason}`,
      };
      steps = fallback.steps;
      evaluations += fallback.evaluations;
      status = choice.accepted ? 'fallback' : 'stalled';
      if (!choice.accepted) limit = { promised: fallback.promised, rounding: this.#objective.rounding };
    }
    if (choice.accepted) {
      await this.#objective.commit(choice.t);
      if (this.#stopWhenNotFinite()) return;
    }
    const drift = await this.#refreshWhenDue();
    await this.#record({
      steps,
      innerEvaluations: evaluations,
      status,
      reason: choice.reason,
      ...(limit && { limit }),
      ...(drift !== null && { drift }),
    });
  }

  async #restart(restarts: Restarts): Promise<void> {
    const { direction, stepRule, signal } = this.#options;
    const { evaluations, reason } = await restarts.run(this.#restartState, this.#objective, this.#best!.point, signal);
    signal?.throwIfAborted();
    this.#directionState = direction.start();
    this.#stepState = stepRule.start();
    if (this.#stopWhenNotFinite()) return;
    await this.#record({ steps: {}, innerEvaluations: evaluations, status: 'restart', reason });
  }

  async #sweep(sweep: Sweep): Promise<void> {
    const told = await sweep.run(this.#objective, this.#options);
    this.#options.signal?.throwIfAborted();
    if (this.#stopWhenNotFinite()) return;
    const drift = await this.#refreshWhenDue();
    await this.#record({ ...told, ...(drift !== null && { drift }) });
  }

  #stopWhenNotFinite(): boolean {
    if (gradientIsFinite(this.#objective)) return false;
    const detail = `the gradient after iteration ${this.#history.length} is not finite`;
    this.#stop = { reason: 'non-finite', detail, converged: false };
    return true;
  }

  async #propose(iteration: number): Promise<Proposal> {
    const objective = this.#objective;
    const { direction, stepRule, memory } = this.#options;
    const fresh = await direction.next(this.#directionState, objective);
    const phi = await objective.span(fresh, memory, stepRule.split);
    const finite = phi.norms.every(Number.isFinite);
    if (finite && direction.unit) phi.lengthen(await direction.unit(this.#directionState, phi));
    const choice = finite
      ? validated(await stepRule.choose(phi, this.#stepState, { iteration, unitStep: direction.unitStep }), phi, stepRule)
      : refused(phi, `the direction ${direction.name} proposed a vector that is not finite`);
    if (choice.modelRatio !== undefined) direction.learn?.(this.#directionState, choice.modelRatio);
    return describeProposal(objective, phi, choice, columnNames(direction.name, fresh.length, phi));
  }

  async #refreshWhenDue(): Promise<number | null> {
    const every = this.#options.refreshEvery ?? DEFAULT_REFRESH;
    const done = this.#history.length;
    return every > 0 && (done % every === 0 || this.#objective.refreshDue) ? this.#objective.refresh() : null;
  }

  /** Whether early stopping takes this for the best point so far; one of a sample may be good by chance, and does not count. */
  #seesBest(record: IterationRecord): boolean {
    return record.rows === this.#objective.allRows && (this.#early?.see(record) ?? false);
  }

  async #validate(): Promise<Scores | null> {
    const { validation, signal } = this.#options;
    if (!validation) return null;
    signal?.throwIfAborted();
    return validation.measure(this.#objective.parameters);
  }

  #seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  async #record(partial: NewRecord): Promise<void> {
    const objective = this.#objective;
    const { callbacks = [], signal } = this.#options;
    const validation = await this.#validate();
    const record = recordOf(objective, {
      iteration: this.#history.length,
      seconds: this.#seconds(),
      grown: this.#grown,
      validation,
      ...partial,
    });
    this.#history.push(record);
    const left = this.#best;
    if (!left || record.objective <= left.objective) {
      this.#best = pointOf(objective.point, record);
      if (left && left.point !== this.#validated?.point) objective.release(left.point);
    }
    if (this.#seesBest(record)) this.#validated = pointOf(objective.point, record);
    let ended = false;
    for (const callback of callbacks) if ((await callback(record, this)) === false) ended = true;
    signal?.throwIfAborted();
    if (!ended) this.#stop = this.#judge();
    else
      this.#stop = {
        reason: 'callback',
        detail: `a callback ended the run after iteration ${record.iteration}`,
        converged: false,
      };
  }
}

function pointOf(point: Float64Array, { objective, gradientNorm, rows, validation }: IterationRecord): BestPoint {
  return { point, objective, gradientNorm, rows, ...(validation && { validation }) };
}

function gradientIsFinite({ gradient, vectors, value, difference }: Objective): boolean {
  return Number.isFinite(value) && (difference !== null || Number.isFinite(vectors.dot(gradient, gradient)));
}

export type { Callback, RunningTrainer, Sweep, TrainerOptions, TrainerStart } from './trainer-options.js';
export type { BestPoint, TrainerState, TrainingResult } from './trainer-state.js';
