/**
 * Chooses the strength of an l1 penalty, or of an elastic net, by what fits lose on rows that they have not seen: five folds, or one where
 * enough rows are held out. The strengths follow a path from a ninth of the least one at which every weight is 0, each fit from the end of
 * its neighbor.
 */
import { PlanesearchError } from '../core/errors.js';
import { bestOf, followPath } from '../selection/penalty-path.js';
import {
  checkRows,
  counts,
  foldwise,
  heldOutFolds,
  nearest,
  resolvePenalty,
  spent,
  type ChosenPenalty,
  type PenaltyChoice,
  type PenaltyReport,
  type Tried,
} from '../selection/choose-penalty.js';
import { isLinear, type PenaltyProblem } from '../selection/penalty-problem.js';
import { fitL1At, largestL1, type L1Strength } from './fit.js';
import type { WantedPenalties } from './options.js';

/** A member has to be good enough to be compared with its neighbors. */
const EFFORT = { iterations: 50, tolerance: 1e-4 } as const;

export interface ChosenPenalties extends Omit<ChosenPenalty, 'report'>, L1Strength {
  /** Null where both were given. */
  readonly report: PenaltyReport | null;
}

/** @param fallback l2 where none is given, without l1 */
export async function resolvePenalties(
  problem: PenaltyProblem,
  { l1, l2, ratio }: WantedPenalties,
  fallback: number | PenaltyChoice,
): Promise<ChosenPenalties> {
  if (l1 === 0) return { l1, ...(await resolvePenalty(problem, l2 ?? fallback)) };
  if (!isLinear(problem.architecture)) {
    const sentence = `l1 is for the network 'linear', but '${problem.network.name}' was given.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'linear', received: problem.network.name });
  }
  return l1 === 'auto' ? chooseL1(problem, ratio) : { l1, l2: l2 as number, report: null, start: null };
}

/**
 * @param ratio l1 / (l1 + l2), above 0
 * @throws PlanesearchError INVALID_DATA for too few rows to hold some out; the reason of the signal when it aborts
 */
export async function chooseL1(problem: PenaltyProblem, ratio: number): Promise<ChosenPenalties> {
  const began = performance.now();
  const before = counts(problem);
  checkRows(problem);
  const strengthOf = (alpha: number): L1Strength => ({ l1: alpha * ratio, l2: alpha * (1 - ratio) });
  const most = (await largestL1(problem)) / ratio;
  if (!(most > 0)) return { ...strengthOf(1), report: null, start: null };
  const { folds, count, by, judge } = await heldOutFolds(problem);
  const attempt = foldwise(problem, folds, count, async (alpha, weights, start) => {
    const { parameters } = await fitL1At(problem, strengthOf(alpha), weights, start, EFFORT);
    return parameters;
  });
  const tried: Tried[] = [];
  const members = await followPath(
    async (alpha) => {
      const member = await attempt(alpha, nearest(tried, alpha));
      tried.push(member);
      return member;
    },
    { from: most / 9, least: most * 1e-6, most: most * 1.01, factor: 3, limit: 16 },
  );
  const best = bestOf(members);
  return {
    ...strengthOf(best.l2),
    start: best.ends[0]!,
    report: {
      judge,
      by,
      path: members.map(({ l2: alpha, loss, standardError }) => ({ ...strengthOf(alpha), loss, standardError })),
      products: spent(before, counts(problem)),
      seconds: (performance.now() - began) / 1000,
    },
  };
}
