/**
 * Hybrid coordinate descent: every weight moves at once (Jacobi), each to a value found along its own axis.
 *
 *     |df/dw| > threshold     w* = w - gradientRate df/dw
 *     otherwise               w* = w + delta, delta from a search of f along w alone
 *     d = w* - w
 *
 * A change of W[j,k] moves column k of the tracked product by delta X[:,j] and nothing else, so a trial is O(n) and no forward pass.
 * With the step rule `fixed` and rate 1 / (number of weights) this is the method of Hsiao & Dutta (arXiv 2408.01374): that rate cannot
 * overshoot where the objective is convex, and is far too careful elsewhere. `line`, `plane` and `layerwise` solve for it.
 *
 * The searches (all but `doubling` need no first step):
 *
 * - `newton`: delta = -g / curvature, the diagonal of the Gauss-Newton matrix; accepted when the weight's own objective falls, shrunk
 *   otherwise.
 * - `doubling`: the better of +firstStep and -firstStep, doubled while the weight's own objective falls (the paper's).
 * - `exact`: the global minimizer along the weight, for the squared loss and relu or identity units in at most one hidden layer.
 *
 * Own objective: of the squared loss itself; of the other losses an upper bound with the same slope (`lib/coordinate`).
 * Linear networks and networks with one hidden layer never raise it. In deeper networks the layers in front of the last one take the
 * parabola's minimizer unproven, limited to a change of 1 in the unit's input; the step rule guards the whole.
 */
import type { CoordinateSearch } from '../coordinate/request.js';
import { reject, requireInteger, requireNumber, lookUp } from '../core/errors.js';
import type { Need } from '../core/needs.js';
import type { Objective } from '../core/objective.js';
import type { Direction } from './direction.js';

export interface CoordinateOptions {
  /**
   * A weight is searched when |gradient|, in the frame, is at most this, at least 0; as `{ quantile }` that share (0 to 1) of the weights is searched.
   * 0: gradient descent. Default Infinity: every weight is searched.
   */
  readonly threshold?: number | { readonly quantile: number };
  /** 'newton' (default), 'doubling' or 'exact'. */
  readonly search?: CoordinateSearch;
  /** Names of layers ('hidden') or blocks ('hidden.weight') that move; the others stay. Default: all. */
  readonly layers?: readonly string[];
  /** Most evaluations of a weight's own objective, at least 1. Default 60. */
  readonly maxTrials?: number;
  /** First step of 'doubling', above 0. Default: the threshold where it is finite and not 0, 1 otherwise. */
  readonly firstStep?: number;
  /** Rate of the weights that are not searched, above 0. Default 1, the paper's. */
  readonly gradientRate?: number;
}

/** What the last sweep did, for records and benches. */
export interface CoordinateState {
  /** Weights searched, over weights that may move. */
  searchedShare: number;
  /** Evaluations per searched weight. */
  evaluations: number;
}

const searches: Readonly<Record<CoordinateSearch, CoordinateSearch>> = {
  doubling: 'doubling',
  newton: 'newton',
  exact: 'exact',
};

const NEEDS: readonly Need[] = ['curvature-root', 'growth-bound', 'columns', 'coordinate-search'];

export function coordinate(options: CoordinateOptions = {}): Direction<CoordinateState> {
  const search = lookUp(searches, 'coordinate search', options.search ?? 'newton');
  const maxTrials = requireInteger('maxTrials', options.maxTrials ?? 60, 1);
  const gradientRate = requireNumber('gradientRate', options.gradientRate ?? 1, Number.MIN_VALUE);
  const given = options.threshold ?? Infinity;
  checkThreshold(given);
  if (options.firstStep !== undefined) requireNumber('firstStep', options.firstStep, Number.MIN_VALUE);
  return {
    name: 'coordinate',
    unitStep: false,
    settings: {
      threshold: typeof given === 'number' ? String(given) : given,
      ...{ search, maxTrials, gradientRate },
      ...(options.firstStep !== undefined && { firstStep: options.firstStep }),
      ...(options.layers && { layers: options.layers }),
    },
    needs: search === 'exact' ? [...NEEDS, 'constant-bound', 'exact-units'] : NEEDS,
    start: () => ({ searchedShare: 0, evaluations: 0 }),
    async next(state, objective) {
      const moving = movingBlocks(objective, options.layers);
      const threshold = typeof given === 'number' ? given : quantile(objective, moving, given.quantile);
      const usual = threshold > 0 && threshold < Infinity ? threshold : 1;
      const sweep = await objective.coordinateSweep({
        threshold,
        search,
        maxTrials,
        gradientRate,
        firstStep: options.firstStep ?? usual,
        moving,
      });
      const movable = objective.layout.blocks.reduce((sum, { size }, b) => sum + moving[b]! * size, 0);
      state.searchedShare = sweep.searched / movable;
      state.evaluations = sweep.searched === 0 ? 0 : sweep.evaluations / sweep.searched;
      return [sweep.proposal];
    },
  };
}
coordinate.options = {
  threshold: { what: 'gradient up to which a weight is searched', range: 'at least 0', default: 'all weights' },
  search: { what: 'of a weight', range: Object.keys(searches).join(', '), default: 'newton' },
  layers: { what: 'what moves', range: 'names of layers or blocks', default: 'all', names: [] },
  maxTrials: { what: "most evaluations of a weight's own objective", range: 'at least 1', default: 60 },
  firstStep: { what: 'of the search doubling', range: 'above 0', default: 'by the threshold' },
  gradientRate: { what: 'rate of the weights that are not searched', range: 'above 0', default: 1 },
};

function checkThreshold(threshold: number | { readonly quantile: number }): void {
  if (typeof threshold === 'object' && threshold !== null)
    requireNumber('The quantile of a threshold', threshold.quantile, 0, 1);
  else if (!(typeof threshold === 'number' && threshold >= 0)) {
    reject('INVALID_OPTION', 'threshold', 'a number of at least 0 or { quantile }', threshold);
  }
}

function movingBlocks({ layout }: Objective, names: readonly string[] | undefined): Int32Array {
  const moving = new Int32Array(layout.blocks.length);
  if (!names) return moving.fill(1);
  const known = layout.blocks.flatMap(({ name, layer }) => [layout.layers[layer]!.name, name]);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    reject('INVALID_OPTION', 'coordinate layers', `names out of ${[...new Set(known)].join(', ')}`, unknown);
  layout.blocks.forEach(({ name, layer }, b) => {
    if (names.includes(name) || names.includes(layout.layers[layer]!.name)) moving[b] = 1;
  });
  if (!moving.includes(1)) reject('INVALID_OPTION', 'coordinate layers', 'at least one name', names);
  return moving;
}

/** The gradient's absolute value below which, or at which, the share `q` of the moving weights lies. */
function quantile({ gradient, layout }: Objective, moving: Int32Array, q: number): number {
  if (q === 0) return 0;
  const moved = layout.blocks.filter((_, b) => moving[b] === 1);
  const sizes = new Float64Array(moved.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  for (const { offset, size } of moved) for (let e = offset; e < offset + size; e++) sizes[at++] = Math.abs(gradient[e]!);
  sizes.sort();
  return sizes[Math.ceil(q * sizes.length) - 1]!;
}
