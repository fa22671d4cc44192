/**
 * Damped Gauss-Newton on phi: at t, with slopes s and Gauss-Newton matrix C (for the linear network that is the Hessian
 * matrix),
 *
 *     (C + lambda diag(C)) delta = -s,     accept when phi(t + delta) < phi(t)
 *
 * lambda follows Levenberg and Marquardt (Marquardt 1963, doi 10.1137/0111030): up after a refusal, down after a good
 * step. The damping by diag(C) makes the solve blind to the scale of the columns.
 *
 * phi(0) and its slopes are known before the search, from the gradient. With a `guess`, such as the unit step of a
 * quasi-Newton direction, the first evaluation is therefore made there and not at 0: it brings the curvature all the same,
 * and often the end.
 *
 * The Gauss-Newton matrix knows neither kinks nor negative curvature. Kinks of relu units add curvature, which the slopes at
 * both ends of a step show: C is brought up to the secant there (BFGS: Nocedal & Wright 2006, formula 6.19). Where phi falls
 * further than promised, as near a saddle, an accepted step of the model is doubled while phi goes on falling, which leaves
 * within an iteration what would otherwise take dozens.
 *
 * A loose solve is the right default: the first step brings nearly all there is, so a further one is tried only while
 * the model promises at least `worthwhile` of the decrease so far. That costs about 2 evaluations an iteration.
 */
import type { Evaluation } from '../backends/backend.js';
import { requireInteger, requireNumber } from '../core/errors.js';
import { solveDamped } from './cholesky.js';
import {
  below,
  dotSmall,
  moved,
  noDecrease,
  type SubspaceProblem,
  type SubspaceSolution,
  type SubspaceSolver,
} from './subspace-solver.js';

export interface GaussNewtonOptions {
  /** Stop when the next step promises less than this share of the decrease so far; 0 to 1. Default 0.2. */
  readonly worthwhile?: number;
  /** Most evaluations of phi, at least 2; a guess at which phi is not finite is not counted. Default 10. */
  readonly maxEvaluations?: number;
}

/** Smallest and largest relative damping; at the largest a step is a short, scaled steepest descent. */
const LEAST_DAMPING = 1e-12;
const MOST_DAMPING = 1e12;

/**
 * Decrease over promise above which an accepted step is doubled. A true curvature c along a step that the model gives C > 0
 * decreases phi by 2 - c/C times the promise: above 2, phi is concave.
 */
const EXTEND_ABOVE = 2;

/**
 * Rise of phi, in units of the decrease promised, from which on a refused trial tells nothing about the curvature nearby:
 * behind a log link phi grows as exp(o), and a model that took its curvature from 1e100 would foresee steps below rounding.
 */
const FAR_ABOVE = 10;

/** Share of sum |s_v y_v| that s'y must exceed to be told from rounding. */
const LEAST_SECANT = 1e-10;

export function gaussNewton(options: GaussNewtonOptions = {}): SubspaceSolver {
  const worthwhile = requireNumber('gauss-newton worthwhile', options.worthwhile ?? 0.2, 0, 1);
  const budget = requireInteger('gauss-newton maxEvaluations', options.maxEvaluations ?? 10, 2);
  return {
    name: 'gauss-newton',
    settings: { worthwhile, maxEvaluations: budget },
    needs: ['slopes'],
    minimize: (phi, guess) => new Search(phi, worthwhile, budget).run(guess ?? null),
  };
}

/** One search: the lowest point so far with its slopes, and the model of the curvature there. */
class Search {
  #t: Float64Array;
  #value: number;
  #slopes: Float64Array;
  #curvature: Float64Array;
  #start: number;
  #damping = 0;
  #evaluations = 0;
  #modelRatio: number | null = null;

  constructor(
    readonly phi: SubspaceProblem,
    readonly worthwhile: number,
    readonly budget: number,
  ) {
    this.#t = new Float64Array(phi.dimension);
    this.#value = phi.value0;
    this.#start = phi.value0;
    this.#slopes = phi.slopes0;
    this.#curvature = new Float64Array(phi.dimension ** 2);
  }

  async run(guess: Float64Array | null): Promise<SubspaceSolution> {
    if (!guess || !(await this.#beginAt(guess))) await this.#beginAtZero();
    const reason = await this.#descend();
    if (!below(this.#value, this.#start)) return noDecrease(this.phi, reason);
    return {
      t: this.#t,
      value: this.#value,
      decreased: true,
      reason,
      ...(this.#modelRatio === null ? {} : { modelRatio: this.#modelRatio }),
    };
  }

  /** False when phi is not finite at the guess, or far above. */
  async #beginAt(guess: Float64Array): Promise<boolean> {
    const { slopes0, value0 } = this.phi;
    const promised = -0.5 * dotSmall(slopes0, guess);
    const first = await this.#evaluate(guess);
    const usable = isFinite(first);
    const lower = usable && below(first.value, value0);
    if (below(value0 - promised, value0)) this.#modelRatio = lower ? (value0 - first.value) / promised : 0;
    if (!usable) {
      this.#evaluations = 0;
      return false;
    }
    if (first.value - value0 > FAR_ABOVE * Math.abs(promised)) return false;
    this.#curvature = raised(first.curvature, guess, moved(first.slopes, -1, slopes0)) ?? first.curvature;
    if (lower) this.#moveTo(guess.slice(), first);
    return true;
  }

  async #beginAtZero(): Promise<void> {
    const first = await this.#evaluate(this.#t);
    // One value for the start: phi(0) as evaluated here, so that comparisons see the rounding of one and the same code.
    this.#start = first.value;
    this.#curvature = first.curvature;
    this.#moveTo(this.#t, first);
  }

  /** Steps until one of the reasons to stop holds, which it returns. */
  async #descend(): Promise<string> {
    while (this.#evaluations < this.budget) {
      const delta = solveDamped(this.#curvature, this.#slopes, this.#damping, this.phi.precision);
      const promised = delta ? -0.5 * dotSmall(this.#slopes, delta) : 0;
      const gained = this.#start - this.#value;
      if (!delta || !(promised > Number.EPSILON * Math.abs(this.#value))) {
        return `the model promises a decrease of ${promised.toExponential(2)}, below the rounding of the value`;
      }
      if (promised < this.worthwhile * gained) {
        return `the model promises ${promised.toExponential(2)}, under ${this.worthwhile} of the ${gained.toExponential(2)} gained`;
      }
      await this.#step(delta, promised);
      if (this.#damping > MOST_DAMPING) return `no decrease at damping ${MOST_DAMPING}`;
    }
    return `the budget of ${this.budget} evaluations is used up`;
  }

  async #step(delta: Float64Array, promised: number): Promise<void> {
    const next = moved(this.#t, 1, delta);
    const trial = await this.#evaluate(next);
    const ratio = (this.#value - trial.value) / promised;
    const finite = isFinite(trial);
    const change = moved(trial.slopes, -1, this.#slopes);
    if (!(finite && trial.value < this.#value && below(trial.value, this.#start))) {
      this.#modelRatio ??= 0;
      const corrected = finite && ratio > -FAR_ABOVE ? raised(this.#curvature, delta, change) : null;
      this.#curvature = corrected ?? this.#curvature;
      this.#damping = Math.max((corrected ? 2 : 10) * this.#damping, 0.1);
      return;
    }
    this.#modelRatio ??= ratio;
    this.#damping = ratio > 0.5 ? this.#damping / 10 : this.#damping * 2;
    if (this.#damping < LEAST_DAMPING) this.#damping = 0;
    this.#curvature = raised(trial.curvature, delta, change) ?? trial.curvature;
    this.#moveTo(next, trial);
    for (let scale = 1; ratio > EXTEND_ABOVE && this.#evaluations < this.budget; scale *= 2) {
      const further = moved(this.#t, scale, delta);
      const beyond = await this.#evaluate(further);
      if (!(beyond.value < this.#value && isFinite(beyond))) break;
      this.#curvature = beyond.curvature;
      this.#moveTo(further, beyond);
    }
  }

  #evaluate(t: Float64Array): Promise<Evaluation> {
    this.#evaluations++;
    return this.phi.evaluate(t);
  }

  #moveTo(t: Float64Array, { value, slopes }: Evaluation): void {
    this.#t = t;
    this.#value = value;
    this.#slopes = slopes;
  }
}

/** C brought up to the secant, C s = y, when s'y is more than s'Cs and more than rounding; otherwise null. */
function raised(C: Float64Array, s: Float64Array, y: Float64Array): Float64Array | null {
  const k = s.length;
  const Cs = s.map((_, u) => dotSmall(C.subarray(u * k, (u + 1) * k), s));
  const known = dotSmall(s, Cs);
  const met = dotSmall(s, y);
  const sizes = y.reduce((sum, slope, v) => sum + Math.abs(slope * s[v]!), 0);
  if (!(met > known && met > LEAST_SECANT * sizes && Number.isFinite(met))) return null;
  return C.map((c, e) => {
    const [u, v] = [Math.floor(e / k), e % k];
    return c - (known > 0 ? (Cs[u]! * Cs[v]!) / known : 0) + (y[u]! * y[v]!) / met;
  });
}

function isFinite({ value, slopes, curvature }: Evaluation): boolean {
  return Number.isFinite(value) && slopes.every(Number.isFinite) && curvature.every(Number.isFinite);
}
