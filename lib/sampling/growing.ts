/**
 * A sample that grows when it stops telling the truth (*progressive batching*, dynamic sample size).
 *
 * A step that lowers the objective of m rows lowers that of all rows by less, since part of it fits what is peculiar to these rows: about
 * tr(H^-1 C) / m of it, C the covariance of the gradients of single rows. The norm test of Byrd, Chin, Nocedal & Wu 2012
 * (doi 10.1007/s10107-012-0572-5) and the inner product test (arXiv 1802.05374) estimate the noise of the gradient for that; here it is
 * measured what matters, in any metric and at the length that the search found: the objective over rows that the sample has not seen,
 * the ones that are to join next. With D_k what iteration k took off the sample's objective and A_k what it took off theirs,
 *
 *     grow when  A_k < trust D_k
 *
 * The price is a product with these few rows. They are only looked at: as soon as they have joined others take their place.
 */
import { requireNumber } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';
import type { Sample } from './sample.js';

export interface GrowingOptions {
  /** By how much the sample is multiplied when it grows, above 1. Default 2. */
  readonly growth?: number;
  /** Share of the sample's decrease that the rows ahead must see, 0 to 1. Default 0.5. */
  readonly trust?: number;
  /** Rows ahead that are looked at, as a share of the sample, above 0. Default 0.25, but at least 512 rows. */
  readonly ahead?: number;
}

export interface GrowingState {
  /** The objective over the rows ahead before the last iteration; null where that is not known. */
  before: number | null;
}

const LEAST_AHEAD = 512;

export function growing(options: GrowingOptions = {}): Sample<GrowingState> {
  const growth = requireNumber('growth', options.growth ?? 2, 1.01, 1000);
  const trust = requireNumber('trust', options.trust ?? 0.5, 0, 1);
  const share = requireNumber('ahead', options.ahead ?? 0.25, 1e-3, 10);
  return {
    name: `growing ${growth} ${trust} ${share}`,
    start: () => ({ before: null }),
    async next(state, objective, history, ended) {
      const { rows, allRows } = objective;
      const ahead = Math.min(allRows - rows, Math.max(LEAST_AHEAD, Math.ceil(share * rows)));
      const now = ended ? null : await objective.preview(ahead);
      const decrease = decreaseOf(history);
      const fits = now !== null && (state.before === null || decrease === null || state.before - now >= trust * decrease);
      state.before = fits ? now : null;
      return fits ? rows : grownRows(rows, growth, allRows);
    },
  };
}

/** A remainder that would be smaller than the sample joins with the rest. */
function grownRows(rows: number, growth: number, all: number): number {
  const next = Math.ceil(rows * growth);
  return next * Math.sqrt(growth) >= all ? all : next;
}

/** What the last iteration took off the objective of its sample; null before the first one. */
function decreaseOf(history: readonly IterationRecord[]): number | null {
  const last = history.at(-1)!;
  const before = last.grown?.objective ?? history.at(-2)?.objective;
  return before === undefined ? null : before - last.objective;
}
