import type { LayerShape } from '../core/parameters.js';
import type { Random } from '../core/random.js';

/** A network describes its layers for given sizes and draws a starting point; it holds no data. */
export interface Network {
  readonly name: string;
  /** Layers from `inputs` features to `outputs` outputs, first to last. */
  layers(inputs: number, outputs: number): LayerShape[];
  /** A starting point in the layout of `layoutOf(layers)`. */
  initialize(layers: readonly LayerShape[], random: Random): Float64Array;
}
