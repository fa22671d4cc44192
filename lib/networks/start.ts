/**
 * Starting weights in the frame, where every column of X has mean 0 and spread 1: normal with variance gain / inputs, so
 * that what a unit computes has a spread of about 1 as well; biases 0. A zero start would be a saddle point of a network
 * with hidden units.
 *
 * Times kappa, the outputs of the start are kappa times as large, whatever the activation: only the last layer, which is linear,
 * takes the factor. Large, it makes training lazy: `docs/lazy-training.md`.
 */
import type { Random } from '../core/random.js';
import { weightBlock } from '../core/parameters.js';
import type { Architecture } from './network.js';
import { programOf } from './program.js';

/**
 * @param gain of column `unit` of layer `layer`'s weights; 0 leaves the column at 0 and draws nothing for it
 * @param initialScale kappa, on the last layer
 */
export function drawStart(
  architecture: Architecture,
  random: Random,
  gain: (layer: number, unit: number) => number,
  initialScale = 1,
): Float64Array {
  const { layout } = programOf(architecture);
  const parameters = new Float64Array(layout.size);
  layout.layers.forEach(({ inputs, outputs }, layer) => {
    const { offset } = weightBlock(layout, layer);
    const own = layer === layout.layers.length - 1 ? initialScale : 1;
    const scales = Array.from({ length: outputs }, (_, unit) => own * Math.sqrt(gain(layer, unit) / inputs));
    for (let j = 0; j < inputs; j++) {
      scales.forEach((scale, unit) => {
        if (scale > 0) parameters[offset + j * outputs + unit] = scale * random.normal();
      });
    }
  });
  return parameters;
}
