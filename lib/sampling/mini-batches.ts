/**
 * Plane search on mini-batches. One epoch walks through all batches, in an order drawn anew, and its displacement is a *direction* over all
 * rows: the trainer goes on as with any other, so that records, limits, validation and the best point are those of the whole objective.
 *
 * A step from theta takes its direction d from the gradient of one batch, with the step before as a further column, and the step sizes
 *
 *     (a, b) = argmin phi(a, b),     phi(a, b) = f_B(theta + a d + b (theta - theta_prev))
 *
 * from phi over the rows B: those of the gradient themselves ('same'), whose phi sees in d also what is peculiar to them and goes too far
 * for the others; those of the next batch, which are independent of d, so that phi is the objective along d without bias ('next'); or all
 * of these ('both'). After a step on the next batch that one knows its gradient at the new point, which the step after takes: every batch
 * judges a step and then proposes one. Products of a step with m momentum columns, by rows of a batch:
 *
 *     next    X theta, X d, m, X' Q                      3 + m
 *     both    likewise, and X d of the batch before      4 + m   (its momentum column is known)
 *     same    X theta, X' Q, X d, m                      3 + m
 *
 * Open question of arXiv 2406.17954; Armijo on the batch of the gradient: arXiv 1905.09997; by layer: arXiv 2403.18506. The minimum along
 * a noisy direction is shorter than what serves the steps to come: short-horizon bias, arXiv 1803.02021.
 */
import type { Beside } from '../core/beside.js';
import { requireInteger, requireNumber } from '../core/errors.js';
import { withSettings } from '../core/identity.js';
import { checkNeeds } from '../core/needs.js';
import type { Objective } from '../core/objective.js';
import { Pace } from '../core/pace.js';
import { validated } from '../core/proposal.js';
import { createRandom } from '../core/random.js';
import type { SubspaceFunction } from '../core/subspace-function.js';
import { difference, type Direction } from '../directions/direction.js';
import { along, offersOfRule, type StepRule } from '../steps/step-rule.js';
import type { Batches } from './batches.js';

/** Over which rows a step is solved: the next batch, that and the one of the gradient, or that of the gradient alone. */
export type SolveOn = 'next' | 'both' | 'same';

export interface MiniBatchOptions {
  readonly batches: Batches;
  /** Of every step, from a batch's gradient. */
  readonly direction: Direction;
  readonly rule: StepRule;
  /** Past steps that join the subspace, 0 or 1. */
  readonly memory: number;
  readonly solveOn: SolveOn;
  /** Share of the steps solved that is taken, above 0 to 1: the minimum of a few rows is not that of all. Default 1. */
  readonly damping?: number;
  readonly seed: number;
  /** Looked at before every step; calls that run are not broken off: they are as short as a batch. */
  readonly signal?: AbortSignal | undefined;
}

export interface MiniBatchState {
  /** Begun so far: the step rule counts them as iterations. */
  epoch: number;
  direction: unknown;
  rule: unknown;
}

/** The displacement of an epoch over all batches. */
export function miniBatches(options: MiniBatchOptions): Direction<MiniBatchState> {
  const { batches, direction, rule, solveOn } = options;
  const memory = requireInteger('memory', options.memory, 0, 1);
  const damping = requireNumber('damping', options.damping ?? 1, Number.MIN_VALUE, 1);
  checkNeeds([
    { kind: 'direction', name: direction.name, needs: direction.needs },
    { kind: 'step rule', name: rule.name, needs: rule.needs, offers: offersOfRule(rule) },
    ...batches.parts,
  ]);
  return {
    name: `epoch-${batches.count}-${direction.name}-${rule.name}-${memory}-${solveOn}-${damping}`,
    unitStep: true,
    settings: { direction: withSettings(direction), 'step rule': withSettings(rule), seed: options.seed },
    start: () => ({ epoch: 0, direction: direction.start(), rule: rule.start() }),
    async next(state, objective) {
      const order = createRandom((options.seed + state.epoch++) >>> 0).permutation(batches.count);
      const end = await new Epoch(options, state).run(objective.point, order);
      return [difference(objective.vectors, end, objective.point)];
    },
  };
}

class Epoch {
  readonly #pace = new Pace();
  /** The last step that was taken in this epoch. */
  #last: Float64Array | null = null;
  #point: Float64Array = new Float64Array(0);
  #here: Objective | null = null;
  #ahead: Objective | null = null;

  constructor(
    readonly options: MiniBatchOptions,
    readonly state: MiniBatchState,
  ) {}

  /** @returns where it ends */
  async run(begin: Float64Array, order: Uint32Array): Promise<Float64Array> {
    const { batches, solveOn } = this.options;
    try {
      this.#here = batches.objective(order[0]!);
      this.#point = begin.slice();
      await this.#here.startAt(this.#point);
      for (let k = 0; k < order.length; k++) {
        await this.#turn();
        const [batch, next] = [order[k]!, order[k + 1]];
        if (solveOn === 'same') await this.#stepOnSame(next);
        else if (next !== undefined) await this.#stepOnNext(batch, next);
      }
      return this.#point;
    } finally {
      this.#here?.dispose();
      this.#ahead?.dispose();
    }
  }

  async #stepOnSame(next: number | undefined): Promise<void> {
    const here = this.#here!;
    const fresh = await this.options.direction.next(this.state.direction, here);
    const phi = await here.spanAnew(fresh, this.#past(), this.options.rule.split);
    const t = await this.#choose(phi);
    if (t) {
      this.#point = phi.movedPoint(t);
      this.#last = phi.stepVector(t);
    }
    if (next === undefined) return;
    this.#goTo(next);
    await this.#ahead!.startAt(this.#point);
    this.#arrive();
  }

  async #stepOnNext(batch: number, next: number): Promise<void> {
    const { direction, rule, solveOn } = this.options;
    const here = this.#here!;
    const fresh = await direction.next(this.state.direction, here);
    const past = this.#past();
    this.#goTo(next);
    const ahead = this.#ahead!;
    await ahead.trackAt(here.point);
    const beside = solveOn === 'both' ? await this.#besides(batch, next, fresh, past) : undefined;
    const phi = await ahead.spanAnew(fresh, past, rule.split, beside);
    const t = await this.#choose(phi);
    await ahead.commit(t ?? new Float64Array(phi.dimension));
    if (t) this.#last = ahead.step;
    this.#point = ahead.point;
    this.#arrive();
  }

  /** The batch of the gradient, too, along the columns; the product of the step that it has judged is known. */
  async #besides(batch: number, next: number, fresh: Float64Array[], past: Float64Array[]): Promise<Beside> {
    const { batches, rule } = this.options;
    const here = this.#here!;
    if (here.pastSteps >= past.length && here.step === this.#last) await here.span(fresh, past.length, rule.split);
    else await here.spanAnew(fresh, past, rule.split);
    const [mine, theirs] = [batches.weight(batch), batches.weight(next)];
    return { trials: here.trials, share: mine + theirs > 0 ? mine / (mine + theirs) : 0.5 };
  }

  #past(): Float64Array[] {
    return this.#last && this.options.memory > 0 ? [this.#last] : [];
  }

  /** Null to stay. */
  async #choose(phi: SubspaceFunction): Promise<Float64Array | null> {
    const { direction, rule } = this.options;
    const context = { iteration: this.state.epoch - 1, unitStep: direction.unitStep };
    const choice = validated(await rule.choose(phi, this.state.rule, context), phi, rule);
    if (choice.modelRatio !== undefined) direction.learn?.(this.state.direction, choice.modelRatio);
    return choice.accepted ? along(choice.t, this.options.damping ?? 1) : null;
  }

  #goTo(batch: number): void {
    this.#ahead = this.options.batches.objective(batch);
  }

  #arrive(): void {
    this.#here!.dispose();
    this.#here = this.#ahead;
    this.#ahead = null;
  }

  /** Steps may be short and many: neither the event loop nor an abort waits for an epoch. */
  async #turn(): Promise<void> {
    if (this.#pace.due) await this.#pace.yield();
    this.options.signal?.throwIfAborted();
  }
}
