/**
 * Chooses l2 by what a fit loses on rows that it has not seen. Five judges:
 *
 *     leave-one-out   linear models: one fit of all rows a penalty, every row judged as if it were left out (`leave-one-out.ts`)
 *     folds           five fits a penalty, each of four fifths of the rows, judged by the last fifth
 *     held-out        one such fit
 *     gradient        one such fit, and the derivative of its judgement by log l2 (`hyper-gradient.ts`), which is followed
 *     layerwise       the same, and from there on the derivatives by the penalty of each layer (`layer-search.ts`)
 *
 * The fit of a part of the rows is penalized by l2 (sum of all weights) / (sum of its own): a penalty is worth a number of rows, which does
 * not change with the rows there are.
 */
import { PlanesearchError, reject, requireNumber } from '../core/errors.js';
import { checkPenaltySpec } from '../core/penalty.js';
import { RunCounts } from '../core/product-counts.js';
import type { ProductCounts } from '../backends/backend.js';
import { outputsOf } from '../io/model-outputs.js';
import type { TrainerStart } from '../core/trainer.js';
import { programOf } from '../networks/program.js';
import { dealFolds } from './held-out-folds.js';
import { foldwise, partOf, type Attempt, type Tried } from './foldwise.js';
import { followGradient } from './gradient-search.js';
import { hyperGradient, SOLVE } from './hyper-gradient.js';
import { judgeRows, withoutRow } from './judgement.js';
import { followLayers, isHomogeneousChain } from './layer-search.js';
import { leaveOneOut, MOST_PARAMETERS } from './leave-one-out.js';
import { promisedBy } from './newton-path.js';
import { canonicalLinkOf, noisePenalty } from './noise.js';
import { bestOf, followPath, type PathMember, type PathOptions } from './penalty-path.js';
import { fitAt, isLinear, shares, type Effort, type PenaltyProblem } from './penalty-problem.js';
import { priorPenalty } from './prior.js';
import { Surroundings } from './surroundings.js';

/** What judges a penalty. */
export type PenaltyJudge = 'leave-one-out' | 'folds' | 'held-out' | 'gradient' | 'layerwise';

/** Words for an l2 that is chosen by rows left out: 'auto' for the judge that suits the problem. */
export const penaltyChoices = ['auto', 'leave-one-out', 'folds', 'held-out', 'gradient', 'layerwise'] as const;
export type PenaltyChoice = (typeof penaltyChoices)[number];

/** What can stand where a number for l2 could: a choice, 'prior' for what the columns alone tell, or 'noise' for what they and one short fit do. */
export const penaltyWords = ['prior', 'noise', ...penaltyChoices] as const;
export type PenaltyWord = (typeof penaltyWords)[number];

/** Whether fits at several penalties choose it. */
export function isChosen(l2: number | PenaltyWord | undefined): l2 is PenaltyChoice {
  return (penaltyChoices as readonly unknown[]).includes(l2);
}

/** How an l2 was chosen. */
export interface PenaltyReport {
  readonly judge: PenaltyJudge | 'noise';
  /** In words: 'leave-one-out', '5 folds', '200 rows held out'. */
  readonly by: string;
  /**
   * The penalties that were tried, in ascending order; behind them those with one for each layer, in the order of the search. Of 'noise' that of
   * the short fit.
   */
  readonly path: readonly PathMember[];
  /** Of l1: whether no weight is of use on rows left out, so that all of them are 0. */
  readonly empty?: boolean;
  /** Products with X that the choice took. */
  readonly products: ProductCounts;
  readonly seconds: number;
}

export interface ChosenPenalty {
  readonly l2: number;
  /** How many times as strong that of each layer is. */
  readonly layerPenalties: readonly number[];
  readonly report: PenaltyReport;
  /** Where a fit at `l2` may begin, in the caller's units: the end of the nearest one. Null for networks, which begin afresh. */
  readonly start: Float64Array | null;
}

const FOLDS = 5;

/** Two in every fold. */
const FEWEST_ROWS = 2 * FOLDS;

/** Rows held out from which on one fold is as good a judge as five. */
const ENOUGH_HELD_OUT = 500;

/** Multiplications that the leverages of several outputs may take. */
const MOST_WORK = 2e9;

/** A member has to be good enough to be compared with its neighbors; the first network of a path comes from far. */
const EFFORT = {
  linear: { iterations: 100, tolerance: 3e-4 },
  firstNetwork: { iterations: 60, tolerance: 1e-3 },
  network: { iterations: 40, tolerance: 1e-3 },
  layers: { iterations: 100, tolerance: 3e-4 },
} as const;

const LINEAR_PATH = { factor: 8, limit: 14 } as const;
/** Where the path of a network begins, in rows that its penalty is worth, the factor between neighbors, and how many there are at most. */
const NETWORK_PATH = { worth: 16, factor: 4, limit: 8 } as const;

/** Fits with a penalty for each layer, at most. */
const LAYER_LIMIT = 6;

/** The residual from which on a derivative by layer is none: the Hessian is not positive definite where a fit has not come to a minimum. */
const ROUGH = 0.3;

/** @throws PlanesearchError INVALID_OPTION for another word; for a number that is none as `requireNumber` */
export function checkPenalty(l2: unknown): number | PenaltyWord | undefined {
  if (l2 === undefined || typeof l2 !== 'string') return l2 === undefined ? l2 : requireNumber('l2', l2, 0);
  if ((penaltyWords as readonly string[]).includes(l2)) return l2 as PenaltyWord;
  return reject('INVALID_OPTION', 'l2', `one of ${penaltyWords.join(', ')} or a finite number of at least 0`, l2);
}

/**
 * @throws PlanesearchError INCOMPATIBLE for a judge that needs slopes where the loss has none, for leave-one-out of a network, or of more
 *   parameters than a Hessian is formed of, for 'layerwise' of one layer, and for layerPenalties of one layer or of zeros, which leave nothing
 *   to choose; INVALID_DATA for too few rows to hold some out; the reason of the signal when it aborts
 */
export async function choosePenalty(problem: PenaltyProblem, choice: PenaltyChoice): Promise<ChosenPenalty> {
  const began = performance.now();
  refuseIdleFactors(problem, choice);
  const products = new RunCounts(problem.matrix);
  const judge = choice === 'auto' ? judgeFor(problem) : choice;
  checkJudge(problem, judge);
  const { members, comparable, by } = await tryPenalties(
    judge === 'folds' ? { ...problem, sample: undefined } : problem,
    judge,
  );
  const best = bestOf(comparable ?? members);
  if (!Number.isFinite(best.loss)) {
    throw new PlanesearchError('INVALID_DATA', 'No penalty has a finite loss on rows left out: give l2 a number.');
  }
  return {
    l2: best.l2,
    layerPenalties: best.layerPenalties ?? layerPenaltiesOf(problem),
    start: isLinear(problem.architecture) ? best.ends[0]! : null,
    report: {
      judge,
      by,
      path: members.map(reported),
      products: products.total,
      seconds: (performance.now() - began) / 1000,
    },
  };
}

/** Factors that a choice of l2 would undo, or that leave it without effect. */
function refuseIdleFactors({ architecture, layerPenalties }: PenaltyProblem, choice: PenaltyChoice): void {
  const idle = isLinear(architecture) ? 'of one layer' : layerPenalties?.every((c) => c === 0) ? 'of zeros' : null;
  if (layerPenalties === undefined || idle === null) return;
  const sentence = `With l2: '${choice}' there is nothing to choose for layerPenalties ${idle}: leave one of them out.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence);
}

type ResolvedPenalty = Omit<ChosenPenalty, 'report'> & { readonly report: PenaltyReport | null };

/**
 * A number is taken as it is, without a report; so is what the columns tell.
 *
 * @throws PlanesearchError as `choosePenalty` does
 */
export async function resolvePenalty(problem: PenaltyProblem, wanted: number | PenaltyWord): Promise<ResolvedPenalty> {
  if (typeof wanted === 'number') return { ...asWanted(problem, wanted), report: null, start: null };
  if (isChosen(wanted)) return choosePenalty(problem, wanted);
  return (wanted === 'noise' ? await byNoise(problem) : null) ?? byColumns(problem);
}

function byColumns(problem: PenaltyProblem): ResolvedPenalty {
  const { matrix, penalize, architecture } = problem;
  const l2 = priorPenalty(matrix.frame, penalize, matrix.rows, architecture);
  return { ...asWanted(problem, l2), report: null, start: null };
}

/** Null where there is no noise to tell by. */
async function byNoise(problem: PenaltyProblem): Promise<ResolvedPenalty | null> {
  const link = canonicalLinkOf(problem);
  if (link === null || rowsOf(problem) < FEWEST_ROWS) return null;
  const began = performance.now();
  const products = new RunCounts(problem.matrix);
  const folds = await heldOutRows(problem);
  const found = await noisePenalty(problem, link, folds);
  if (found === null) return null;
  await problem.tried?.(found.trial);
  return {
    ...asWanted(problem, found.l2),
    start: null,
    report: {
      judge: 'noise',
      by: `the noise that a short fit leaves (${heldOutCount(folds)} rows held out)`,
      path: [found.trial],
      products: products.total,
      seconds: (performance.now() - began) / 1000,
    },
  };
}

/** Of one layer the product of both is all there is. */
function asWanted(problem: PenaltyProblem, l2: number): Pick<ChosenPenalty, 'l2' | 'layerPenalties'> {
  const layerPenalties = layerPenaltiesOf(problem);
  if (layerPenalties.length > 1) return { l2, layerPenalties };
  checkPenaltySpec({ l2, layerPenalties }, 1);
  return { l2: l2 * layerPenalties[0]!, layerPenalties: [1] };
}

function layerPenaltiesOf({ architecture, layerPenalties }: PenaltyProblem): readonly number[] {
  return layerPenalties ?? programOf(architecture).layers.map(() => 1);
}

/** Leave-one-out where a Hessian is at hand, since it costs one fit a penalty and every row judges. */
function judgeFor(problem: PenaltyProblem): PenaltyJudge {
  const { matrix, architecture, loss } = problem;
  const { layout, outputs } = programOf(architecture);
  if (loss.slopes === false) return foldsFor(problem);
  const affordable = outputs === 1 || matrix.rows * layout.size ** 2 <= MOST_WORK;
  if (isLinear(architecture) && layout.size <= MOST_PARAMETERS && affordable && matrix.offers.includes('gram'))
    return 'leave-one-out';
  return foldsFor(problem);
}

function foldsFor(problem: PenaltyProblem): 'held-out' | 'folds' {
  if (problem.sample !== undefined) return 'held-out';
  return rowsOf(problem) >= FOLDS * ENOUGH_HELD_OUT ? 'held-out' : 'folds';
}

/** The rows left out in one fit or five, by how many there are. */
export async function heldOutFolds(problem: PenaltyProblem) {
  const judge = foldsFor(problem);
  const folds = await heldOutRows(problem);
  return judge === 'folds'
    ? { judge, folds, count: FOLDS, by: `${FOLDS} folds` }
    : { judge, folds, count: 1, by: `${heldOutCount(folds)} rows held out` };
}

function heldOutCount(folds: Uint8Array): number {
  return folds.reduce((count, fold) => count + (fold === 0 ? 1 : 0), 0);
}

/** Those that weigh anything. */
function rowsOf({ matrix, sampleWeights }: PenaltyProblem): number {
  return sampleWeights ? sampleWeights.reduce((count, s) => count + (s > 0 ? 1 : 0), 0) : matrix.rows;
}

function checkJudge(problem: PenaltyProblem, judge: PenaltyJudge): void {
  const { architecture, loss } = problem;
  if (loss.slopes === false && judge !== 'folds' && judge !== 'held-out') {
    const sentence = `l2: '${judge}' needs slopes of the loss, but '${loss.name}' has none; use 'folds' or 'held-out'.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  const { layout } = programOf(architecture);
  if (judge === 'leave-one-out' && !isLinear(architecture)) {
    const sentence = "l2: 'leave-one-out' is for linear models, but a network was given; use 'folds' or 'held-out'.";
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  if (judge === 'layerwise' && layout.layers.length === 1) {
    const sentence = "l2: 'layerwise' is for networks of two layers or more, but this one has one layer; use 'gradient'.";
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  if (judge === 'leave-one-out' && layout.size > MOST_PARAMETERS) {
    const what = "The number of parameters with l2: 'leave-one-out'";
    reject('INCOMPATIBLE', what, `at most ${MOST_PARAMETERS} (use 'folds' or 'held-out')`, layout.size);
  }
  checkRows(problem);
}

export function checkRows(problem: PenaltyProblem): void {
  const rows = rowsOf(problem);
  if (rows < FEWEST_ROWS)
    reject('INVALID_DATA', 'The number of rows to choose a penalty by', `at least ${FEWEST_ROWS}`, rows);
}

interface PenaltySearch {
  readonly members: readonly Tried[];
  /** Those whose fits had the same effort, where not all had. */
  readonly comparable?: readonly Tried[];
  readonly by: string;
}

async function tryPenalties(problem: PenaltyProblem, judge: PenaltyJudge): Promise<PenaltySearch> {
  const path = pathOf(problem);
  const tried: Tried[] = [];
  const remember = async (l2: number, attempt: (l2: number, neighbor: Tried | null) => Promise<Tried>): Promise<Tried> => {
    const member = await attempt(l2, nearest(tried, l2));
    tried.push(member);
    await problem.tried?.(reported(member));
    return member;
  };
  if (judge === 'leave-one-out') {
    const around = new Surroundings(problem);
    try {
      const attempt = leavingOneOut(problem, around, path.least);
      return { members: await followPath((l2) => remember(l2, attempt), path), by: 'leave-one-out' };
    } finally {
      around.dispose();
    }
  }
  const rows = await heldOutRows(problem);
  const byFits = (count: number): Promise<Tried[]> => {
    const attempt = foldwise(problem, rows, count, (l2, weights, start) =>
      fitAt(problem, l2, weights, start, effortOf(problem, start)),
    );
    return followPath((l2) => remember(l2, attempt), path);
  };
  if (judge === 'folds') return { members: await byFits(FOLDS), by: `${FOLDS} folds` };
  const by = `${heldOutCount(rows)} rows held out`;
  if (judge === 'held-out') return { members: await byFits(1), by };
  const sloped = alongGradient(problem, rows);
  const members = await followGradient(async (l2) => {
    const member = await remember(l2, sloped);
    return { ...member, slope: member.slope! };
  }, path);
  const best = bestOf(members);
  if (judge === 'gradient' || !Number.isFinite(best.loss)) return { members, by: `${by}, along the gradient` };
  const program = programOf(problem.architecture);
  if (isHomogeneousChain(program))
    return { members, by: `${by}, along the gradient (of relu layers the product of all penalties alone matters)` };
  const tryLayers = async (layerPenalties: readonly number[], from: Tried): Promise<Tried> => {
    const member = { ...(await sloped(best.l2, from, layerPenalties)), layerPenalties };
    await problem.tried?.(reported(member));
    return member;
  };
  // Fits that ended as early as those before would differ by how far each has come.
  const ones = program.layers.map(() => 1);
  const first = await tryLayers(ones, best);
  const byLayers = await followLayers(first, (logs, from) => tryLayers(logs.map(Math.exp), from), LAYER_LIMIT);
  const equal = [first, ...byLayers];
  return {
    members: [...members, ...equal],
    ...(Number.isFinite(first.loss) && { comparable: equal }),
    by: `${by}, along the gradient, by layer`,
  };
}

function reported({ ends, adjoint, expansion, capped, withheld, ...member }: Tried): PathMember {
  return member;
}

/** By the distance of the logarithms; none whose loss is not finite, since no fit should begin where another one exploded. */
export function nearest(tried: readonly Tried[], l2: number): Tried | null {
  const distance = (member: Tried): number => Math.abs(Math.log(member.l2 / l2));
  return tried
    .filter(({ loss }) => Number.isFinite(loss))
    .reduce<Tried | null>((best, member) => (best && distance(best) <= distance(member) ? best : member), null);
}

/**
 * A linear model of d columns of the usual squared length m begins at d m / (10 rows), where the penalty is worth what the noise is if the
 * signal is ten times as large; a network, whose later layers have no such length, at 16 / rows, in smaller steps: it is followed from
 * strong to weak penalties as far as can be, since weights that have grown take long to shrink. Below `least` no column is held, however short
 * it is.
 */
function pathOf({ matrix, architecture, penalize }: PenaltyProblem): PathOptions {
  const { scale, constant } = matrix.frame;
  const linear = isLinear(architecture);
  const squares = scale.filter((_, j) => constant[j] === 0).map((s) => (penalize === 'given' ? s * s : 1));
  squares.sort();
  const [shortest = 1, usual = 1] = [squares[0], squares[squares.length >> 1]];
  const from = (linear ? (squares.length * usual) / 10 || 1 : NETWORK_PATH.worth) / matrix.rows;
  const least = Math.min(from / 1024, (shortest / matrix.rows) * 1e-2);
  const { factor, limit } = linear ? LINEAR_PATH : NETWORK_PATH;
  return { from, least, most: from * 1e8, factor, limit };
}

function effortOf({ architecture }: PenaltyProblem, start: TrainerStart): Effort {
  if (isLinear(architecture)) return EFFORT.linear;
  return 'trained' in start ? EFFORT.network : EFFORT.firstNetwork;
}

function leavingOneOut(problem: PenaltyProblem, around: Surroundings, least: number): Attempt {
  return async (l2, neighbor) => {
    const { end, ...left } = await leaveOneOut(problem, around, l2, EFFORT.linear, neighbor?.expansion ?? null);
    return { l2, ...left, ends: [end], withheld: () => promisedBy(problem, left.expansion, least) };
  };
}

/** Fold 0 judges a fit; rows without weight are in none. */
async function heldOutRows({ targets, matrix, sampleWeights, sample, seed }: PenaltyProblem): Promise<Uint8Array> {
  const { rows } = matrix;
  if (sample !== undefined) return behind(sample, rows, sampleWeights);
  return dealFolds(targets, targets.length / rows, sampleWeights, rows, FOLDS, seed);
}

function behind(sample: number, rows: number, weights: Float64Array | undefined): Uint8Array {
  const folds = new Uint8Array(rows).fill(1, 0, sample);
  if (weights) for (let row = sample; row < rows; row++) if (weights[row] === 0) folds[row] = 1;
  return folds;
}

type AlongGradient = (l2: number, neighbor: Tried | null, layerPenalties?: readonly number[]) => Promise<Tried>;

function alongGradient(given: PenaltyProblem, folds: Uint8Array): AlongGradient {
  const { weights, enlarged } = partOf(given, folds, 0);
  const { rows } = given.matrix;
  const fitted = shares(weights, rows);
  const own = given.sampleWeights ?? new Float64Array(rows).fill(1);
  const heldOut = shares(
    own.map((s, row) => (folds[row] === 0 ? s : 0)),
    rows,
  );
  return async (l2, neighbor, layerPenalties = given.layerPenalties) => {
    const problem = { ...given, layerPenalties };
    const start = neighbor ? { trained: neighbor.ends[0]! } : problem.start;
    const effort = layerPenalties === given.layerPenalties ? effortOf(problem, start) : EFFORT.layers;
    const end = await fitAt(problem, l2 * enlarged, weights, start, effort);
    const { architecture, matrix, backend, offsets } = problem;
    const outputs = await outputsOf(architecture, end, matrix, backend, offsets);
    const { capped, ...judgement } = await judgeRows(problem, outputs, folds);
    const { slopes, adjoint, residual } = await hyperGradient(problem, end, l2 * enlarged, {
      fitted,
      heldOut: withoutRow(heldOut, capped),
      ...SOLVE,
      start: neighbor?.adjoint,
    });
    const slope = slopes.reduce((sum, s) => sum + s, 0);
    const byLayer = slopes.length > 1 && residual <= ROUGH ? { slopes: [...slopes] } : {};
    return { l2, ...judgement, slope, ...byLayer, ends: [end], adjoint };
  };
}
