/**
 * Random directions for losses without slopes: no gradient is formed, values are all that is asked for.
 *
 *     z_1 .. z_q normal in one block, 0 elsewhere        c_j = (f(theta + h z_j) - f(theta - h z_j)) / (2 h)        d = -(1/q) sum_j c_j z_j
 *
 * With the step rule `fixed` this is zeroth-order gradient descent, and with one layer at a time that of MeZO-BCD (arXiv 2501.19099). Here the
 * product X z_j is tracked, so both values of c_j cost passes over it and no product, and so does any search along d: an iteration takes q products
 * with X, none where the layer lies behind the first one. Columns that are constant do not move.
 */
import { reject, requireInteger, requireNumber } from '../core/errors.js';
import { holdConstant } from '../core/hold-constant.js';
import type { Objective } from '../core/objective.js';
import { biasBlock, layerRange, weightBlock } from '../core/parameters.js';
import { createRandom, requireSeed } from '../core/random.js';
import type { Direction } from './direction.js';

export interface ZerothOrderOptions {
  /**
   * What moves in an iteration: 'all' layers (default), one 'in turn' or one at 'random', each with its biases; or the names of layers ('hidden') or
   * blocks ('hidden.weight').
   */
  readonly block?: 'all' | 'in turn' | 'random' | readonly string[];
  /** Random directions in an iteration, at least 1; a product with X each. Default 1. */
  readonly samples?: number;
  /**
   * h, above 0, in the frame, where the entries of z are of size 1. Default 1e-3; a loss that moves in steps, such as the share of errors, takes one
   * that many rows notice: 0.1 to 1.
   */
  readonly difference?: number;
  /** Of the directions. Default 0. */
  readonly seed?: number;
}

export interface ZerothOrderState {
  /** Iterations so far: each draws from a generator of its own, so that a run goes on with the same directions. */
  drawn: number;
}

/** Random directions along which the loss is measured, for losses without slopes. */
export function zerothOrder(options: ZerothOrderOptions = {}): Direction<ZerothOrderState> {
  const samples = requireInteger('samples', options.samples ?? 1, 1);
  const difference = requireNumber('difference', options.difference ?? 1e-3, Number.MIN_VALUE);
  const seed = requireSeed(options.seed ?? 0);
  const { block = 'all' } = options;
  if (!(Array.isArray(block) && block.length > 0) && block !== 'all' && block !== 'in turn' && block !== 'random')
    reject('INVALID_OPTION', 'block', "'all', 'in turn', 'random' or a list of names with one at least", block);
  return {
    name: 'zeroth-order',
    unitStep: false,
    difference,
    settings: { block, samples, difference, seed },
    pastSteps: 0,
    start: () => ({ drawn: 0 }),
    next(state, objective) {
      const random = createRandom((seed + 0x9e3779b1 * ++state.drawn) >>> 0);
      const layers = objective.layout.layers.length;
      const chosen =
        typeof block !== 'string'
          ? rangesOf(objective, block)
          : block === 'all'
            ? [[0, objective.layout.size] as const]
            : [layerRange(objective.layout, block === 'in turn' ? (state.drawn - 1) % layers : random.integer(layers))];
      return Array.from({ length: samples }, () => {
        const z = new Float64Array(objective.layout.size);
        for (const [from, to] of chosen) for (let e = from; e < to; e++) z[e] = random.normal();
        holdConstant(objective, z);
        return z;
      });
    },
  };
}
zerothOrder.options = {
  block: {
    what: 'what moves in an iteration',
    range: 'all, in turn, random or names of layers or blocks',
    default: 'all',
    names: ['all', 'in turn', 'random'],
  },
  samples: { what: 'random directions in an iteration', range: 'at least 1', default: 1 },
  difference: { what: 'h of the differences', range: 'above 0', default: 1e-3 },
  seed: { what: 'of the random directions', range: 'an integer', default: 0 },
};

function rangesOf({ layout }: Objective, names: readonly string[]): (readonly [number, number])[] {
  const known = layout.layers.flatMap(({ name }, l) => [
    { name, range: layerRange(layout, l) },
    ...[weightBlock(layout, l), biasBlock(layout, l)].map((part) => {
      return { name: part.name, range: [part.offset, part.offset + part.size] as const };
    }),
  ]);
  return names.map((wanted) => {
    const found = known.find(({ name }) => name === wanted);
    return (
      found?.range ?? reject('INVALID_OPTION', 'block', `names out of ${known.map(({ name }) => name).join(', ')}`, wanted)
    );
  });
}
