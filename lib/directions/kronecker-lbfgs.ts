import { requireInteger } from '../core/errors.js';
import type { Direction } from './direction.js';
import { checkKronecker, KRONECKER_OPTIONS, METRIC_NEEDS, metricState, type KroneckerOptions } from './kronecker.js';
import { adaptDamping, formMetric, type MetricState } from './kronecker-metric.js';
import { quasiNewton, type PairMemory } from './pair-memory.js';

export interface KroneckerLbfgsOptions extends KroneckerOptions {
  /** Pairs kept, at least 1. Default 5: the metric changes, and with it what old pairs are worth. */
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
  const limit = requireInteger('lbfgs pairs', options.pairs ?? 5, 1);
  return {
    name: 'kronecker-lbfgs',
    unitStep: true,
    settings: { ...settings, pairs: limit },
    needs: METRIC_NEEDS,
    // The pairs hold what more past steps would bring.
    pastSteps: 1,
    recycles: true,
    start: () => ({ metric: null, pairs: [] }),
    async next(state, objective) {
      const solve = await formMetric(metricState(state, objective, settings), objective, settings);
      return [await quasiNewton(state, objective, limit, solve)];
    },
    learn(state, modelRatio) {
      if (state.metric) adaptDamping(state.metric, modelRatio);
    },
  };
}
kroneckerLbfgs.options = { ...KRONECKER_OPTIONS, pairs: { what: 'pairs kept', range: 'at least 1', default: 5 } };
