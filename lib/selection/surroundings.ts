/**
 * A linear model's mean loss as Newton's method along a path sees it: value and gradient at a point, the minimum along a step, and now and then a
 * Hessian. The product of X with the point is tracked, so that the search along a step costs no product of its own.
 */
import { Pace } from '../core/pace.js';
import { programOf } from '../networks/program.js';
import { expand } from './expansion.js';
import type { PenaltyProblem } from './penalty-problem.js';

/** Of the mean loss without the penalty, in the frame of the matrix. */
export interface Local {
  readonly point: Float64Array;
  readonly loss: number;
  readonly gradient: Float64Array;
}

/** Evaluations along a step at most, and the share of its slope that may be left. */
const MOST_TRIALS = 8;
const SLOPE_LEFT = 0.3;

/** The longest step, in steps. */
const LONGEST = 4;

export class Surroundings {
  readonly #problem: PenaltyProblem;
  readonly #tracked;
  readonly #pace = new Pace();
  /** Where the tracked loss is. */
  #center: Float64Array | null = null;

  constructor(problem: PenaltyProblem) {
    this.#problem = problem;
    this.#tracked = problem.backend.trackedLoss({ ...problem, memory: 0 });
  }

  /** @throws the reason of the signal, as all that follow */
  async at(point: Float64Array): Promise<Local> {
    await this.#moveTo(point);
    return this.#here(point, null);
  }

  async #moveTo(point: Float64Array): Promise<void> {
    if (this.#center === point) return;
    await this.#turn();
    await this.#tracked.restart(point);
    this.#center = point;
  }

  /**
   * Two products, wherever the minimum is, and one more from a point that is not the last one.
   *
   * @param penalty the diagonal of P
   * @returns where loss and penalty are about least along the step
   */
  async along({ point }: Local, step: Float64Array, penalty: Float64Array): Promise<Local> {
    await this.#moveTo(point);
    await this.#turn();
    await this.#tracked.span([step], [], Int32Array.of(0), 1);
    let [slopeOfPenalty, curvatureOfPenalty] = [0, 0];
    for (let k = 0; k < step.length; k++) {
      slopeOfPenalty += penalty[k]! * point[k]! * step[k]!;
      curvatureOfPenalty += penalty[k]! * step[k]! * step[k]!;
    }
    const at = async (t: number): Promise<{ readonly slope: number; readonly curvature: number }> => {
      await this.#turn();
      const { slopes, curvature } = await this.#tracked.evaluate(Float64Array.of(t));
      return { slope: slopes[0]! + slopeOfPenalty + t * curvatureOfPenalty, curvature: curvature[0]! + curvatureOfPenalty };
    };
    return this.#here(point, step, await lowest(at));
  }

  async #here(from: Float64Array, step: Float64Array | null, t = 0): Promise<Local> {
    const gradient = new Float64Array(from.length);
    await this.#turn();
    const { value } = await this.#tracked.advance(step && Float64Array.of(t), gradient);
    const point = step ? from.map((p, k) => p + t * step[k]!) : from;
    this.#center = point;
    return { point, loss: value, gradient };
  }

  /** One gram of X, of several outputs one for each pair. */
  async hessian({ point }: Local): Promise<Float64Array> {
    const { architecture, loss, matrix } = this.#problem;
    await this.#moveTo(point);
    await this.#turn();
    // A factor has the curvatures of one output, and is made of their roots.
    if (programOf(architecture).outputs > 1 || !loss.curvatureRoot) return (await expand(this.#problem, point)).hessian;
    const { inputs, outputs } = await this.#tracked.factors({ maxRows: matrix.rows, seed: 0, shares: false }, true);
    const curvature = outputs[0]![0]!;
    return inputs[0]!.map((share) => curvature * share);
  }

  /** Before every call of the tracked loss: many short ones in a row must not starve the event loop, nor outrun the signal. */
  async #turn(): Promise<void> {
    if (this.#pace.due) await this.#pace.yield();
    this.#problem.signal?.throwIfAborted();
  }

  dispose(): void {
    this.#tracked.dispose();
  }
}

/** Of a convex function the t of about slope 0, from t = 1 by Newton steps within what is known of it. */
async function lowest(at: (t: number) => Promise<{ readonly slope: number; readonly curvature: number }>): Promise<number> {
  const { slope: downhill } = await at(0);
  let [low, high, t] = [0, LONGEST, 1];
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const { slope, curvature } = await at(t);
    if (Math.abs(slope) <= SLOPE_LEFT * Math.abs(downhill)) return t;
    if (slope < 0) low = t;
    else high = t;
    const newton = t - slope / curvature;
    t = newton > low && newton < high ? newton : (low + high) / 2;
  }
  return low;
}
