/**
 * Chooses the strength of an l1 penalty, or of an elastic net, by what fits lose on rows that they have not seen: five folds, or one where
 * enough rows are held out. The strengths begin at a ninth of the least one at which every weight is 0 and follow a path, or the derivative
 * of that loss (`hyper-gradient.ts`); each fit begins at the end of its neighbor.
 *
 * The strongest is the model without weights. The least of several noisy losses is lower than it should be, so that among columns of noise some
 * fit would nearly always win: it has to gain more on that model than twice the standard error of the gain, row by row.
 */
import { PlanesearchError } from '../core/errors.js';
import { RunCounts } from '../core/product-counts.js';
import { programOf } from '../networks/program.js';
import { followGradient, type SlopedMember } from '../selection/gradient-search.js';
import { bestOf, followPath, type PathMember } from '../selection/penalty-path.js';
import {
  checkRows,
  heldOutFolds,
  nearest,
  resolvePenalty,
  type ChosenPenalty,
  type PenaltyReport,
  type PenaltyWord,
} from '../selection/choose-penalty.js';
import { foldwise, outputsLeftOut, partOf, type Tried } from '../selection/foldwise.js';
import { SOLVE } from '../selection/hyper-gradient.js';
import { compareRows, withoutRow } from '../selection/judgement.js';
import { isLinear, shares, type PenaltyProblem } from '../selection/penalty-problem.js';
import { fitEmpty, fitL1At, largestL1, type L1Strength } from './fit.js';
import { l1HyperGradient } from './hyper-gradient.js';
import { l2Beside, type L1Choice, type WantedPenalties } from './options.js';
import { MOST_WEIGHTS } from './working-set.js';

/** A member has to be good enough to be compared with its neighbors. */
const EFFORT = { iterations: 50, tolerance: 1e-4 } as const;

/** Of the strengths tried, in those at which every weight is 0. */
const BOUNDS = { least: 1e-6, most: 1.01 } as const;

/** The third strength on the way up is the model without weights. */
const PATH = { from: BOUNDS.most / 8.9, factor: 3, limit: 16, admits: true } as const;

/** Standard errors that a gain on the model without weights must have. */
const CLEAR = 2;

export interface ChosenPenalties extends Omit<ChosenPenalty, 'report'>, L1Strength {
  /** Null where both were given. */
  readonly report: PenaltyReport | null;
}

/** @param fallback l2 where none is given, without l1 */
export async function resolvePenalties(
  problem: PenaltyProblem,
  { l1, l2, ratio }: WantedPenalties,
  fallback: number | PenaltyWord,
): Promise<ChosenPenalties> {
  if (l1 === 0) return { l1, ...(await resolvePenalty(problem, l2 ?? fallback)) };
  if (!isLinear(problem.architecture)) {
    const sentence = `l1 is for the network 'linear', but '${problem.network.name}' was given.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'linear', received: problem.network.name });
  }
  if (typeof l1 === 'string') return chooseL1(problem, ratio, l1);
  return { l1, l2: l2 as number, layerPenalties: [1], report: null, start: null };
}

/**
 * @param ratio l1 / (l1 + l2), above 0
 * @throws PlanesearchError INVALID_DATA for too few rows to hold some out, and where no strength has a finite loss; the reason of the signal
 *   when it aborts
 */
async function chooseL1(problem: PenaltyProblem, ratio: number, choice: L1Choice): Promise<ChosenPenalties> {
  const began = performance.now();
  const products = new RunCounts(problem.matrix);
  checkRows(problem);
  const strengthOf = (alpha: number): L1Strength => ({ l1: alpha * ratio, l2: alpha * (1 - ratio) });
  const reported = ({ l2: alpha, loss, standardError, slope }: Tried): PathMember => ({
    ...strengthOf(alpha),
    loss,
    standardError,
    ...(slope !== undefined && { slope }),
  });
  const largest = await largestL1(problem);
  const most = largest / ratio;
  l2Beside(BOUNDS.most * largest, ratio);
  const followed = choice === 'gradient' || (choice === 'auto' && suitsGradient(problem));
  const { folds, count, judge, ...judging } = await heldOutFolds(problem);
  const by = followed ? `${judging.by}, along the gradient` : judging.by;
  const reportOf = (members: readonly Tried[], empty: boolean): PenaltyReport => ({
    judge: followed ? 'gradient' : judge,
    by,
    path: members.map(reported),
    empty,
    products: products.total,
    seconds: (performance.now() - began) / 1000,
  });
  // Nothing to explain: the targets do not depend on any column, whatever the strength.
  if (!(most > 0)) return { ...strengthOf(1), layerPenalties: [1], report: reportOf([], true), start: null };
  const emptyAt = BOUNDS.most * most;
  const fits = foldwise(problem, folds, count, async (alpha, weights, start) => {
    const { parameters } = await fitL1At(problem, strengthOf(alpha), weights, start, EFFORT);
    return parameters;
  });
  // Rows of a fold may ask for a little more to leave every weight at 0.
  const empties = foldwise(problem, folds, count, (_, weights) => fitEmpty(problem, weights));
  const tried: Tried[] = [];
  const tryBy =
    <Member extends Tried>(finish: Finish<Member>) =>
    async (alpha: number): Promise<Member> => {
      const neighbor = nearest(tried, alpha);
      const member = await finish(await (alpha < emptyAt ? fits : empties)(alpha, neighbor), neighbor);
      tried.push(member);
      await problem.tried?.(reported(member));
      return member;
    };
  const sloped = tryBy(sloping(problem, folds, count, strengthOf));
  const plain = tryBy(async (member) => member);
  const bounds = { ...PATH, from: PATH.from * most, least: BOUNDS.least * most, most: emptyAt };
  const members = followed ? await followGradient(sloped, bounds) : await followPath(plain, bounds);
  const best = bestOf(members);
  if (!Number.isFinite(best.loss))
    throw new PlanesearchError('INVALID_DATA', 'No l1 has a finite loss on rows left out: give l1 a number.');
  const last = members.at(-1)!;
  const without = last.l2 < emptyAt ? await (followed ? sloped : plain)(emptyAt) : last;
  const isEmpty = best === without || !(await gainsClearly(problem, folds, count, without, best));
  const chosen = isEmpty ? without : best;
  const path = last === without ? members : [...members, without];
  return { ...strengthOf(chosen.l2), layerPenalties: [1], start: chosen.ends[0]!, report: reportOf(path, isEmpty) };
}

/** Whether the rows left out lose less by `member` than by the model without weights, beyond what chance explains. */
async function gainsClearly(
  problem: PenaltyProblem,
  folds: Uint8Array,
  count: number,
  without: Tried,
  member: Tried,
): Promise<boolean> {
  if (!Number.isFinite(without.loss)) return true;
  const [outputs, others] = [
    await outputsLeftOut(problem, folds, without.ends),
    await outputsLeftOut(problem, folds, member.ends),
  ];
  const { loss: gain, standardError } = await compareRows(problem, outputs, others, folds, count);
  return gain > CLEAR * standardError;
}

/** A derivative costs one gram then, less than the two or three strengths that it saves; otherwise it costs as many products as a fit. */
function suitsGradient({ matrix, architecture }: PenaltyProblem): boolean {
  return programOf(architecture).outputs === 1 && matrix.columns <= MOST_WEIGHTS;
}

type Sloped = Tried & SlopedMember & { readonly adjoints: readonly Float64Array[] };

type Finish<Member> = (member: Tried, neighbor: Tried | null) => Promise<Member>;

/** Adds to a member the derivative of its loss by log alpha, the sum over its folds. */
function sloping(
  problem: PenaltyProblem,
  folds: Uint8Array,
  count: number,
  strengthOf: (alpha: number) => L1Strength,
): Finish<Sloped> {
  const { sampleWeights } = problem;
  const own = sampleWeights ?? new Float64Array(folds.length).fill(1);
  const judged = own.reduce((sum, s, row) => sum + (folds[row]! < count ? s : 0), 0);
  const parts = Array.from({ length: count }, (_, fold) => {
    const { weights, enlarged } = partOf(problem, folds, fold);
    return {
      fitted: shares(weights, folds.length),
      heldOut: own.map((s, row) => (folds[row] === fold ? s / judged : 0)),
      enlarged,
    };
  });
  return async (member, neighbor) => {
    const adjoints: Float64Array[] = [];
    if (!Number.isFinite(member.loss)) return { ...member, slope: NaN, adjoints };
    let slope = 0;
    for (const [fold, { enlarged, ...rows }] of parts.entries()) {
      const start = (neighbor as Sloped | null)?.adjoints[fold];
      const strength = strengthOf(member.l2 * enlarged);
      const { byL1, byL2, adjoint } = await l1HyperGradient(problem, member.ends[fold]!, strength, {
        fitted: rows.fitted,
        heldOut: withoutRow(rows.heldOut, member.capped),
        ...SOLVE,
        start,
      });
      slope += byL1 + byL2;
      adjoints.push(adjoint);
    }
    return { ...member, slope, adjoints };
  };
}
