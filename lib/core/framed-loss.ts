/**
 * The tracked loss as an objective sees it: in the frame of the objective, in which columns that the penalty holds are longer than the matrix
 * presents them (`held-columns.ts`). What goes in and comes out is scaled here, so that nobody else has two frames to tell apart.
 *
 * Before every call other work has its turn: many short calls in a row must not starve the event loop, nor outrun a cancel.
 */
import type { Accepted, CurvatureFactors, FactorRequest, MaybePromise, TrackedLoss } from '../backends/backend.js';
import type { CoordinateRequest, CoordinateSweep } from '../coordinate/request.js';
import { PlanesearchError } from './errors.js';
import type { HeldColumns } from './held-columns.js';
import { Pace } from './pace.js';
import { advanced } from './probes.js';
import type { Trials } from './subspace-function.js';

export class FramedLoss {
  readonly #tracked: TrackedLoss;
  readonly #held: HeldColumns;
  readonly #pace = new Pace();
  #cancelled = false;

  constructor(tracked: TrackedLoss, held: HeldColumns) {
    this.#tracked = tracked;
    this.#held = held;
  }

  /** The mean loss along the columns of the last span; whoever asks takes a `turn` before. */
  get trials(): Trials {
    return this.#tracked;
  }

  turn(): MaybePromise<void> {
    return this.#pace.due ? this.#pace.yield().then(() => this.#goOn()) : this.#goOn();
  }

  /** What a call gives once the turn is over: at once, where neither is a promise. */
  #after<T>(call: () => MaybePromise<T>): MaybePromise<T> {
    const turn = this.turn();
    return turn instanceof Promise ? turn.then(call) : call();
  }

  #goOn(): void {
    if (this.#cancelled) throw new DOMException('The objective was cancelled.', 'AbortError');
  }

  /** Makes the running call, or the next one, reject with an error of name `AbortError`. */
  cancel(): void {
    this.#cancelled = true;
    this.#tracked.cancel();
  }

  /** A cancel that came before is no more. */
  uncancel(): void {
    this.#cancelled = false;
  }

  restart(point: Float64Array): MaybePromise<number> {
    return this.#after(() => this.#tracked.restart(this.#lent(point)));
  }

  resume(point: Float64Array, products: readonly Float64Array[], rows: number): MaybePromise<void> {
    return this.#after(() => this.#tracked.resume(this.#lent(point), products, rows));
  }

  replaceBehind(point: Float64Array): MaybePromise<void> {
    return this.#after(() => this.#tracked.replaceBehind(this.#held.toMatrix(point)));
  }

  /** @param past of the first layer nothing is read: its products are known */
  span(fresh: readonly Float64Array[], past: readonly Float64Array[], variables: Int32Array, k: number): MaybePromise<void> {
    return this.#after(() => this.#tracked.span(this.#held.lentToMatrix(fresh), past, variables, k));
  }

  /** As `TrackedLoss.advance`; with a `difference` no gradient is formed (`probes.ts`). */
  async advance(t: Float64Array | null, gradient: Float64Array, difference: number | null): Promise<Accepted> {
    const turn = this.turn();
    if (turn instanceof Promise) await turn;
    const accepted = await advanced(this.#tracked, t, gradient, difference);
    this.#held.gradientFromMatrix(gradient);
    return accepted;
  }

  grow(point: Float64Array, past: readonly Float64Array[], rows: number): MaybePromise<void> {
    return this.#after(() => {
      const [own, ...steps] = this.#held.lentToMatrix([point, ...past]);
      return this.#tracked.grow(own!, steps, rows);
    });
  }

  preview(point: Float64Array, count: number): MaybePromise<number> {
    return this.#after(() => this.#tracked.preview(this.#lent(point), count));
  }

  async factors(request: FactorRequest, inputFactor: boolean): Promise<CurvatureFactors> {
    await this.turn();
    const factors = await this.#tracked.factors(request, inputFactor);
    if (factors.inputs[0]) this.#held.secondMomentsFromMatrix(factors.inputs[0]);
    return factors;
  }

  /** @param request as `inputPenalty` has it for the matrix, otherwise in the frame of the objective; the scale of its columns is added here */
  async coordinateSweep(request: Omit<CoordinateRequest, 'inputScale'>): Promise<CoordinateSweep> {
    await this.turn();
    if (!this.#tracked.coordinateSweep)
      throw new PlanesearchError('INCOMPATIBLE', 'This backend has no search of every weight.');
    const sweep = await this.#tracked.coordinateSweep({
      ...request,
      gradient: this.#held.gradientToMatrix(request.gradient),
      parameters: this.#held.toMatrix(request.parameters),
      inputScale: this.#held.factors,
    });
    return { ...sweep, proposal: this.#held.fromMatrix(sweep.proposal) };
  }

  /** Null where the backend has none. */
  async taskGradients(tasks: readonly number[]): Promise<Float64Array[] | null> {
    await this.turn();
    const gradients = (await this.#tracked.taskGradients?.(tasks)) ?? null;
    gradients?.forEach((gradient) => this.#held.gradientFromMatrix(gradient));
    return gradients;
  }

  nodeValue(at: number): MaybePromise<Float64Array> {
    return this.#after(() => this.#tracked.nodeValue(at));
  }

  outputs(): MaybePromise<Float64Array> {
    return this.#after(() => this.#tracked.outputs());
  }

  /** For a state; the frame of tracked products is neither. */
  products(): MaybePromise<Float64Array[]> {
    return this.#tracked.products();
  }

  dispose(): void {
    this.#tracked.dispose();
  }

  #lent(point: Float64Array): Float64Array {
    return this.#held.lentToMatrix([point])[0]!;
  }
}
