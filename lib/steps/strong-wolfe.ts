import { requireInteger, requireNumber } from '../core/errors.js';
import type { SubspaceFunction } from '../core/subspace-function.js';
import { dotSmall } from '../subspace/subspace-solver.js';
import { along, type StepChoice, type StepRule } from './step-rule.js';

export interface StrongWolfeOptions {
  /** c1 in phi(a) <= phi(0) + c1 a phi'(0); above 0, below `curvature`. Default 1e-4. */
  readonly sufficientDecrease?: number;
  /** c2 in |phi'(a)| <= c2 |phi'(0)|; below 1. Default 0.9. */
  readonly curvature?: number;
  /** Most evaluations of phi in one search, at least 1. Default 30. */
  readonly maxEvaluations?: number;
}

export interface StrongWolfeState {
  /** Slope times step of the iteration before, for the first trial of the next; null at first. */
  lastGain: number | null;
}

interface Trial {
  readonly a: number;
  readonly value: number;
  readonly slope: number;
}

/**
 * Strong Wolfe search along the direction: bracket by extrapolation, then zoom with safeguarded cubic interpolation until
 *
 *     phi(a) <= phi(0) + c1 a phi'(0)      and      |phi'(a)| <= c2 |phi'(0)|
 *
 * Starts from 1 for quasi-Newton directions, else from the step that would repeat the last first-order gain (1 at first). When the
 * budget ends, the best point with sufficient decrease is taken. Nocedal & Wright (2006), algorithms 3.5 and 3.6.
 */
export function strongWolfe(options: StrongWolfeOptions = {}): StepRule<StrongWolfeState> {
  const c2 = requireNumber('curvature', options.curvature ?? 0.9, Number.MIN_VALUE, 1 - Number.EPSILON);
  const c1 = requireNumber('sufficientDecrease', options.sufficientDecrease ?? 1e-4, Number.MIN_VALUE, c2);
  const budget = requireInteger('maxEvaluations', options.maxEvaluations ?? 30, 1);
  return {
    name: 'strong-wolfe',
    split: 'joint',
    settings: { sufficientDecrease: c1, curvature: c2, maxEvaluations: budget },
    maxMemory: 0,
    safeguarded: true,
    needs: ['slopes'],
    start: () => ({ lastGain: null }),
    async choose(phi, state, { unitStep }) {
      const slope = dotSmall(phi.slopes0, phi.main);
      const first = unitStep || state.lastGain === null ? 1 : state.lastGain / slope;
      const choice = await new Search(phi, { a: 0, value: phi.value0, slope }, c1, c2, budget).run(first);
      const moved = phi.main.findIndex((one) => one !== 0);
      const taken = moved < 0 ? 0 : choice.t[moved]! / phi.main[moved]!;
      if (choice.accepted && taken !== 0) state.lastGain = taken * slope;
      return choice;
    },
  };
}

class Search {
  #evaluations = 0;
  #best: Trial | null = null;

  constructor(
    readonly phi: SubspaceFunction,
    readonly start: Trial,
    readonly c1: number,
    readonly c2: number,
    readonly budget: number,
  ) {}

  async run(first: number): Promise<StepChoice> {
    if (!(this.start.slope < 0)) return this.#refuse(`slope ${this.start.slope} along the direction is not negative`);
    let previous = this.start;
    let a = first;
    while (this.#evaluations < this.budget) {
      const trial = await this.#evaluate(a);
      if (!this.#decreases(trial) || (previous !== this.start && trial.value >= previous.value))
        return this.#zoom(previous, trial);
      if (this.#flat(trial)) return this.#accept(trial, 'both Wolfe conditions hold');
      if (trial.slope >= 0) return this.#zoom(trial, previous);
      previous = trial;
      a *= 2;
    }
    return this.#settle();
  }

  /** `low` has sufficient decrease and the lowest value so far; the minimum lies between it and `high`. */
  async #zoom(low: Trial, high: Trial): Promise<StepChoice> {
    while (this.#evaluations < this.budget) {
      const trial = await this.#evaluate(interpolate(low, high));
      if (!this.#decreases(trial) || trial.value >= low.value) high = trial;
      else {
        if (this.#flat(trial)) return this.#accept(trial, 'both Wolfe conditions hold');
        if (trial.slope * (high.a - low.a) >= 0) high = low;
        low = trial;
      }
      if (Math.abs(high.a - low.a) <= Number.EPSILON * Math.abs(low.a)) break;
    }
    return this.#settle();
  }

  async #evaluate(a: number): Promise<Trial> {
    this.#evaluations++;
    const { value, slopes } = await this.phi.evaluate(along(this.phi.main, a));
    const trial = { a, value, slope: dotSmall(slopes, this.phi.main) };
    if (this.#decreases(trial) && Number.isFinite(trial.slope) && !(this.#best && this.#best.value <= value))
      this.#best = trial;
    return trial;
  }

  #decreases({ a, value, slope }: Trial): boolean {
    return value <= this.start.value + this.c1 * a * this.start.slope && value < this.start.value && Number.isFinite(slope);
  }

  #flat({ slope }: Trial): boolean {
    return Math.abs(slope) <= -this.c2 * this.start.slope;
  }

  #settle(): StepChoice {
    if (this.#best) return this.#accept(this.#best, `sufficient decrease only, after ${this.#evaluations} evaluations`);
    return this.#refuse(`no sufficient decrease in ${this.#evaluations} evaluations`);
  }

  #accept({ a, value }: Trial, reason: string): StepChoice {
    return { t: along(this.phi.main, a), value, accepted: true, reason };
  }

  #refuse(reason: string): StepChoice {
    return { t: along(this.phi.main, 0), value: this.start.value, accepted: false, reason };
  }
}

/** Minimizer of the cubic through both ends, kept a tenth of the bracket away from them; the middle where the cubic has none. */
function interpolate(low: Trial, high: Trial): number {
  const width = high.a - low.a;
  const middle = low.a + width / 2;
  if (!Number.isFinite(high.value) || !Number.isFinite(high.slope)) return low.a + width / 10;
  const d1 = low.slope + high.slope - (3 * (high.value - low.value)) / width;
  const root = d1 * d1 - low.slope * high.slope;
  if (!(root >= 0)) return middle;
  const d2 = Math.sign(width) * Math.sqrt(root);
  const a = high.a - (width * (high.slope + d2 - d1)) / (high.slope - low.slope + 2 * d2);
  const share = (a - low.a) / width;
  return share >= 0.1 && share <= 0.9
    ? a
    : Number.isFinite(share)
      ? low.a + width * Math.min(0.9, Math.max(0.1, share))
      : middle;
}
