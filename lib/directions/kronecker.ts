import { requireInteger, requireNumber } from '../core/errors.js';
import type { Objective } from '../core/objective.js';
import type { Need } from '../core/needs.js';
import { steepestDescent, type Direction } from './direction.js';
import { adaptDamping, DAMPING_RANGE, metricAt, startMetric, type MetricState } from './kronecker-metric.js';

export interface KroneckerOptions {
  /** Starting damping relative to the curvature, 1e-6 to 100; it adapts. Default: 1e-3 for linear networks, 1e-2 where one layer moves, otherwise 10. */
  readonly damping?: number;
  /** Rows in the factors of a network with hidden layers, at least 1. Default: a quarter of all, but 2048 to 8192. */
  readonly maxRows?: number;
  /** Iterations to the second input factor; the gap doubles each time. At least 1. Default 5. */
  readonly refresh?: number;
}

export interface KroneckerSettings {
  readonly damping: number | null;
  readonly maxRows: number | null;
  readonly refresh: number;
}

export function checkKronecker(options: KroneckerOptions): KroneckerSettings {
  return {
    damping:
      options.damping === undefined
        ? null
        : requireNumber('damping', options.damping, DAMPING_RANGE.least, DAMPING_RANGE.most),
    maxRows: options.maxRows === undefined ? null : requireInteger('maxRows', options.maxRows, 1),
    refresh: requireInteger('refresh', options.refresh ?? 5, 1),
  };
}

/**
 * Measured by `bench/auto.mjs`: the metric of a linear network is nearly exact and needs next to none. By `bench/deep.mjs`: nor does that
 * of one layer that moves alone need much, since no other one moves against it.
 */
function defaultDamping({ layout, movingLayers }: Objective): number {
  if (layout.layers.length === 1) return 1e-3;
  return movingLayers === 1 ? 1e-2 : 10;
}

/** What a Kronecker metric asks of the other parts. */
export const METRIC_NEEDS: readonly Need[] = ['curvature-root', 'gram'];

/** The metric's state, made at its first use, when the network is known. */
export function metricState(
  state: { metric: MetricState | null },
  objective: Objective,
  settings: KroneckerSettings,
): MetricState {
  const damping = settings.damping ?? defaultDamping(objective);
  state.metric ??= startMetric(damping, settings.refresh);
  return state.metric;
}

export const KRONECKER_OPTIONS = {
  damping: { what: 'starting damping relative to the curvature', range: '1e-6 to 100', default: 'by the network' },
  maxRows: {
    what: 'rows in the factors of a network with hidden layers',
    range: 'at least 1',
    default: 'a quarter, 2048 to 8192',
  },
  refresh: { what: 'iterations to the second input factor', range: 'at least 1', default: 5 },
};

/** d = -H^-1 g in the Kronecker-factored Gauss-Newton metric, see `kronecker-metric.ts`; arXiv 1503.05671. */
export function kronecker(options: KroneckerOptions = {}): Direction<{ metric: MetricState | null }> {
  const settings = checkKronecker(options);
  return {
    name: 'kronecker',
    unitStep: true,
    settings: { ...settings },
    needs: METRIC_NEEDS,
    start: () => ({ metric: null }),
    async next(state, objective) {
      const solve = await metricAt(metricState(state, objective, settings), objective, settings);
      const d = steepestDescent(objective);
      await solve(d);
      return [d];
    },
    learn(state, modelRatio) {
      if (state.metric) adaptDamping(state.metric, modelRatio);
    },
  };
}
kronecker.options = KRONECKER_OPTIONS;
