import { requireInteger } from '../core/errors.js';
import type { Objective } from '../core/objective.js';
import type { LayerShape } from '../core/parameters.js';
import type { Direction } from './direction.js';
import { checkKronecker, KRONECKER_OPTIONS, METRIC_NEEDS, metricState, type KroneckerOptions } from './kronecker.js';
import { adaptDamping, metricAt, type MetricState } from './kronecker-metric.js';
import { quasiNewton, type PairMemory } from './pair-memory.js';

export interface KroneckerLbfgsOptions extends KroneckerOptions {
  /** Pairs kept, at least 1. Default 20 for linear networks of several outputs and 7 rows a column or more, 5 for others: their metric changes, and with it what old pairs are worth. */
  readonly pairs?: number;
}

export interface KroneckerLbfgsState extends PairMemory {
  metric: MetricState | null;
}

/**
 * L-BFGS whose initial inverse Hessian is the Kronecker metric of `kronecker-metric.ts` instead of a multiple of the identity: the
 * metric knows the scales and correlations of the inputs from the first iteration, the pairs correct what it gets wrong.
 */
export function kroneckerLbfgs(options: KroneckerLbfgsOptions = {}): Direction<KroneckerLbfgsState> {
  const settings = checkKronecker(options);
  const pairs = options.pairs === undefined ? null : requireInteger('lbfgs pairs', options.pairs, 1);
  return {
    name: 'kronecker-lbfgs',
    unitStep: true,
    settings: { ...settings, pairs },
    needs: METRIC_NEEDS,
    // The pairs hold what more past steps would bring.
    pastSteps: 1,
    recycles: true,
    start: () => ({ metric: null, pairs: [] }),
    async next(state, objective) {
      const solve = await metricAt(metricState(state, objective, settings), objective, settings);
      return [await quasiNewton(state, objective, pairs ?? defaultPairs(objective), solve)];
    },
    learn(state, modelRatio) {
      if (state.metric) adaptDamping(state.metric, modelRatio);
    },
  };
}

const [MANY, FEW] = [20, 5];

/**
 * Measured: 20 instead of 5 saves a tenth of the iterations of softmax on images, and nothing on networks there nor with one output. Their memory
 * is at most about that of the tracked products.
 */
function defaultPairs({ layout: { layers, size }, rows }: Objective): number {
  const [{ outputs }] = layers as readonly [LayerShape];
  return layers.length === 1 && outputs > 1 && 2 * MANY * size <= 6 * rows * outputs ? MANY : FEW;
}

kroneckerLbfgs.options = {
  ...KRONECKER_OPTIONS,
  pairs: { what: 'pairs kept', range: 'at least 1', default: 'by the network' },
};
