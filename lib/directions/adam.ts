import { reject, requireNumber } from '../core/errors.js';
import type { Direction } from './direction.js';

/** Decay of the first and of the second moment, each from 0 to below 1. */
export interface AdamMoments {
  readonly first: number;
  readonly second: number;
}

export interface AdamOptions {
  /** One direction for each entry. Default [{ first: 0.9, second: 0.999 }]. */
  readonly moments?: readonly AdamMoments[];
  /** Added to sqrt(v), above 0. Default 1e-8. */
  readonly epsilon?: number;
}

export interface AdamState {
  /** Updates so far. */
  count: number;
  /** m and v of each direction. */
  moments: { m: Float64Array; v: Float64Array }[];
}

const DEFAULT_MOMENTS: readonly AdamMoments[] = [{ first: 0.9, second: 0.999 }];

/** A slow and a fast pair, for `adam-pair`. */
const PAIR: readonly AdamMoments[] = [
  { first: 0.9, second: 0.999 },
  { first: 0.5, second: 0.9 },
];

/**
 * Adam's direction d = -m_hat / (sqrt(v_hat) + epsilon), with m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2 and bias-corrected moments
 * (Kingma & Ba 2015, arXiv 1412.6980); the rate is the step rule's. Several moments give several columns, as arXiv 2406.17954
 * suggests for a subspace search.
 */
export function adam(options: AdamOptions = {}): Direction<AdamState> {
  const moments = options.moments ?? DEFAULT_MOMENTS;
  const epsilon = requireNumber('adam epsilon', options.epsilon ?? 1e-8, Number.MIN_VALUE);
  if (moments.length === 0) reject('INVALID_OPTION', 'adam moments', 'a list of at least one pair', moments);
  for (const { first, second } of moments) {
    requireNumber('The decay of a first moment', first, 0, 1 - Number.EPSILON);
    requireNumber('The decay of a second moment', second, 0, 1 - Number.EPSILON);
  }
  return {
    name: moments.length === 1 ? 'adam' : 'adam-pair',
    unitStep: false,
    settings: { moments, epsilon },
    ...(moments.length > 1 && { needs: ['several-directions' as const] }),
    start: () => ({ count: 0, moments: [] }),
    next(state, { gradient }) {
      state.count++;
      return moments.map(({ first, second }, i) => {
        const { m, v } = (state.moments[i] ??= {
          m: new Float64Array(gradient.length),
          v: new Float64Array(gradient.length),
        });
        const correctFirst = 1 / (1 - first ** state.count);
        const correctSecond = 1 / (1 - second ** state.count);
        const d = new Float64Array(gradient.length);
        for (let e = 0; e < d.length; e++) {
          const g = gradient[e]!;
          m[e] = first * m[e]! + (1 - first) * g;
          v[e] = second * v[e]! + (1 - second) * g * g;
          d[e] = (-m[e]! * correctFirst) / (Math.sqrt(v[e]! * correctSecond) + epsilon);
        }
        return d;
      });
    },
  };
}
adam.options = { epsilon: { what: 'added to sqrt(v)', range: 'above 0', default: 1e-8 } };

/** Two Adam directions at once, slow and fast moments; needs a subspace search ('plane' or 'layerwise') to weigh them. */
export function adamPair(options: Omit<AdamOptions, 'moments'> = {}): Direction<AdamState> {
  return adam({ ...options, moments: PAIR });
}
adamPair.options = adam.options;
