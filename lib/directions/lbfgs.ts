/**
 * Limited-memory BFGS: d = -H g, where H applies the last m pairs s = theta_k - theta_{k-1}, y = g_k - g_{k-1} to the
 * scaled identity gamma I, gamma = s'y / y'y of the newest pair, by the two-loop recursion. From 65536 parameters on pairs are kept in float32.
 *
 * Nocedal & Wright, Numerical Optimization (2006), algorithm 7.4; Liu & Nocedal 1989, doi 10.1007/BF01589116.
 */
import { requireInteger } from '../core/errors.js';
import type { Direction } from './direction.js';
import { quasiNewton, type PairMemory } from './pair-memory.js';

export interface LbfgsOptions {
  /** Pairs kept, at least 1. Default 10. */
  readonly pairs?: number;
}

export function lbfgs(options: LbfgsOptions = {}): Direction<PairMemory> {
  const limit = requireInteger('lbfgs pairs', options.pairs ?? 10, 1);
  return {
    name: 'lbfgs',
    unitStep: true,
    settings: { pairs: limit },
    needs: ['steady-rows'],
    // The pairs hold what more past steps would bring.
    pastSteps: 1,
    recycles: true,
    start: () => ({ pairs: [] }),
    next: async (state, objective) => [await quasiNewton(state, objective, limit)],
  };
}
lbfgs.options = { pairs: { what: 'pairs kept', range: 'at least 1', default: 10 } };
