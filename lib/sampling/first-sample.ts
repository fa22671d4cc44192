/**
 * Whether a run begins on a part of the rows, on which, and in which order the others join.
 *
 * The order is one random permutation, drawn when X is copied, so that every sample is the first rows of the copy: a sorted file is
 * sampled fairly, and the rows of a sample stay when it grows. A class that is rare must be there from the beginning, or its outputs would
 * be trained to say never: the first sample reaches as far as every class has been met.
 */
import { requireInteger } from '../core/errors.js';
import type { Architecture } from '../networks/network.js';
import { endsStride, type Steps } from '../core/pace.js';
import { createRandom } from '../core/random.js';

export interface Sampling {
  /** Row i of the copy is row `order[i]` of the data. */
  readonly order: Uint32Array;
  /** Rows wanted at first. */
  readonly wanted: number;
}

/**
 * Rows that `auto` begins with, and the least rows and stored numbers of X that are worth being told from all. A network takes many
 * iterations, and its first ones have little to say that few rows do not; a linear model has its metric of all rows, and few iterations.
 */
const BEGINNINGS = {
  network: { first: 1024, leastRows: 8192, leastNumbers: 0 },
  linear: { first: 4096, leastRows: 16384, leastNumbers: 2 ** 23 },
} as const;
/** Rows, and share of them, of a fit that is only to be compared with others, and multiplications of a product with X from which on. */
const LEAST_JUDGED = 8192;
const JUDGED_SHARE = 0.25;
const LEAST_MULTIPLICATIONS = 2 ** 28;
/** Share of the rows up to which a first sample may have to reach for a rare class. */
const MOST_SHARE = 0.5;

export interface SampleRequest {
  /** 'auto', 'all' or a number of rows. */
  readonly sample: 'auto' | 'all' | number;
  /** Whether 'auto' may: nobody has chosen direction or step rule, which are then meant for all rows, or brings parameters along. */
  readonly free: boolean;
  /** What is trained. */
  readonly kind: keyof typeof BEGINNINGS;
  readonly rows: number;
  /** Numbers that are stored of X. */
  readonly numbers: number;
  readonly seed: number;
}

/** @returns null for all rows at once */
export function planSample({ sample, free, kind, rows, numbers, seed }: SampleRequest): Sampling | null {
  if (sample === 'all') return null;
  if (sample === 'auto') {
    const { first, leastRows, leastNumbers } = BEGINNINGS[kind];
    if (!free || rows < leastRows || numbers < leastNumbers) return null;
    return { order: createRandom(seed).permutation(rows), wanted: first };
  }
  const wanted = requireInteger('sample', sample, 1);
  return wanted >= rows ? null : { order: createRandom(seed).permutation(rows), wanted };
}

export interface FirstSample {
  readonly rows: number;
  /** Why so many, in a clause. */
  readonly reason: string;
}

/** How many of the rows in their order the first sample takes. @param met up to which every class has been met */
export function firstSample({ wanted }: Sampling, rows: number, met: number): FirstSample {
  if (met <= wanted) return { rows: wanted, reason: 'a random sample that grows' };
  if (met <= MOST_SHARE * rows)
    return { rows: met, reason: 'a random sample that grows, so large that every class is in it' };
  return { rows, reason: `all rows, because a class is so rare that a sample with it has ${met} of ${rows}` };
}

/**
 * How many of the rows in their order are enough to compare penalties of a network by: a penalty is worth a number of rows, which changes
 * little with how many there are. Null where that is most of them or little work, and for linear networks, whose penalties are judged by
 * all rows.
 *
 * @param numbers that are stored of X
 * @param met rows up to which every class has been met
 */
export function judgedSample({ tracked, steps }: Architecture, numbers: number, rows: number, met: number): number | null {
  if (steps.length === 0 || numbers * tracked.outputs < LEAST_MULTIPLICATIONS) return null;
  const enough = Math.max(LEAST_JUDGED, Math.ceil(JUDGED_SHARE * rows), met);
  return enough <= MOST_SHARE * rows ? enough : null;
}

/**
 * The number of rows up to which every class has been met, and a row that weighs anything.
 *
 * @param classes targets in the order of the rows, `width` numbers a row, of codings with classes: every value of every column is one
 * @param weights in that order; rows without weight are not met
 */
export function* meetingSteps(
  rows: number,
  classes: { readonly targets: Float64Array; readonly width: number } | null,
  weights: Float64Array | undefined,
): Steps<number> {
  if (!classes) return weights ? weights.findIndex((weight) => weight > 0) + 1 : 1;
  const { targets, width } = classes;
  const seen = Array.from({ length: width }, () => new Set<number>());
  let last = 0;
  for (let i = 0; i < rows; i++) {
    if (endsStride(i)) yield;
    if (weights?.[i] === 0) continue;
    for (let a = 0; a < width; a++) {
      const values = seen[a]!;
      const before = values.size;
      if (values.add(targets[i * width + a]!).size > before) last = i + 1;
    }
  }
  return last;
}
