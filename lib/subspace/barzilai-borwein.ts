/**
 * Barzilai-Borwein with an Armijo search on phi, as in the plane-search paper (arXiv 2406.17954) and its authors' earlier
 * solver: the columns are scaled to unit length, a one-dimensional Armijo search along the main direction gives the first
 * point (at most half of the budget), then
 *
 *     t <- t - c s / alpha,      alpha <- -alpha (s_prev'y) / (s_prev's_prev),  y = s - s_prev      (Raydan 1997)
 *
 * with c from Armijo halving starting at 1, monotone. alpha is reset to 1 when it leaves [1e-10, 1e10]. After a shortened
 * step alpha takes the accepted c into account, so that it is the curvature s'y/s's of the step really taken.
 */
import { requireInteger, requireNumber } from '../core/errors.js';
import {
  below,
  dotSmall,
  noDecrease,
  type SubspaceProblem,
  type SubspaceSolution,
  type SubspaceSolver,
} from './subspace-solver.js';

export interface BarzilaiBorweinOptions {
  /** Most evaluations of phi, at least 2. Default 25. */
  readonly maxEvaluations?: number;
  /** Stop when the slopes, per unit length of the columns, are below this share of those at 0; 0 to 1. Default 1e-9. */
  readonly slopeTolerance?: number;
  /** Stop when a step decreases phi by less than this share of the slope at 0; 0 to 1. Default 1e-9. */
  readonly decreaseTolerance?: number;
}

const SUFFICIENT_DECREASE = 1e-4;
const ALPHA_RANGE = 1e10;

interface Point {
  u: Float64Array;
  value: number;
  slopes: Float64Array;
}

export function barzilaiBorwein(options: BarzilaiBorweinOptions = {}): SubspaceSolver {
  const budget = requireInteger('barzilai-borwein maxEvaluations', options.maxEvaluations ?? 25, 2);
  const slopeTolerance = requireNumber('barzilai-borwein slopeTolerance', options.slopeTolerance ?? 1e-9, 0, 1);
  const decreaseTolerance = requireNumber('barzilai-borwein decreaseTolerance', options.decreaseTolerance ?? 1e-9, 0, 1);
  return {
    name: 'barzilai-borwein',
    settings: { maxEvaluations: budget, slopeTolerance, decreaseTolerance },
    needs: ['slopes'],
    minimize: (phi) => new Search(phi, budget, slopeTolerance, decreaseTolerance).run(),
  };
}

/** One minimization, in variables u = t * norms (unit columns). */
class Search {
  #evaluations = 0;
  readonly #scale: Float64Array;

  constructor(
    readonly phi: SubspaceProblem,
    readonly budget: number,
    readonly slopeTolerance: number,
    readonly decreaseTolerance: number,
  ) {
    this.#scale = phi.norms.map((norm) => (norm > 0 ? 1 / norm : 0));
  }

  async run(): Promise<SubspaceSolution> {
    const { phi } = this;
    const slopes = phi.slopes0.map((s, v) => s * this.#scale[v]!);
    const start: Point = { u: new Float64Array(phi.dimension), value: phi.value0, slopes };
    const largest = Math.max(...slopes.map(Math.abs));
    if (!(largest > 0)) return noDecrease(phi, 'all slopes are 0');

    let point = (await this.#alongMain(start)) ?? start;
    let alpha = 1;
    let reason = `the budget of ${this.budget} evaluations is used up`;
    while (this.#evaluations < this.budget) {
      const steepest = Math.max(...point.slopes.map(Math.abs));
      if (steepest <= this.slopeTolerance * largest) {
        reason = `largest slope ${steepest.toExponential(2)}, at most ${this.slopeTolerance} of ${largest.toExponential(2)}`;
        break;
      }
      const direction = point.slopes.map((s) => -s / alpha);
      const next = await this.#armijo(point, direction, this.budget - this.#evaluations);
      if (!next) {
        if (this.#evaluations < this.budget) reason = 'no descent along the last step';
        break;
      }
      const decrease = point.value - next.point.value;
      alpha = curvatureAlong(point.slopes, next.point.slopes, alpha / next.scale);
      point = next.point;
      if (decrease <= this.decreaseTolerance * largest) {
        reason = `decrease ${decrease.toExponential(2)}, at most ${this.decreaseTolerance} of the slope ${largest.toExponential(2)}`;
        break;
      }
    }
    if (!below(point.value, phi.value0)) return noDecrease(phi, reason);
    return { t: this.#unscale(point.u), value: point.value, decreased: true, reason };
  }

  /** Armijo halving along the main direction only; null when half of the budget finds no decrease. */
  async #alongMain(start: Point): Promise<Point | null> {
    const main = this.phi.main.map((one, v) => one * this.phi.norms[v]!);
    const length = Math.sqrt(dotSmall(main, main));
    const slope = dotSmall(start.slopes, main);
    if (!(length > 0) || !(slope < 0)) return null;
    const direction = main.map((x) => x / length);
    const found = await this.#armijo(start, direction, Math.max(1, Math.floor(this.budget / 2)));
    return found?.point ?? null;
  }

  async #armijo(from: Point, direction: Float64Array, budget: number): Promise<{ point: Point; scale: number } | null> {
    const slope = dotSmall(from.slopes, direction);
    if (!(slope < 0)) return null;
    let scale = 1;
    for (let trial = 0; trial < budget; trial++, scale /= 2) {
      const u = from.u.map((x, v) => x + scale * direction[v]!);
      this.#evaluations++;
      const { value, slopes } = await this.phi.evaluate(this.#unscale(u));
      const scaled = slopes.map((s, v) => s * this.#scale[v]!);
      if (value <= from.value + SUFFICIENT_DECREASE * scale * slope && value < from.value && scaled.every(Number.isFinite)) {
        return { point: { u, value, slopes: scaled }, scale };
      }
    }
    return null;
  }

  #unscale(u: Float64Array): Float64Array {
    return u.map((x, v) => x * this.#scale[v]!);
  }
}

/** -alpha (s'y)/(s's): the curvature met along the last step of length 1/alpha. */
function curvatureAlong(before: Float64Array, after: Float64Array, alpha: number): number {
  let sy = 0;
  let ss = 0;
  before.forEach((s, v) => {
    sy += s * (after[v]! - s);
    ss += s * s;
  });
  const next = (-alpha * sy) / ss;
  return next >= 1 / ALPHA_RANGE && next <= ALPHA_RANGE ? next : 1;
}
