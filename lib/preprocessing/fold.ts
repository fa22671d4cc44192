/**
 * What a transformer does to the columns, put into the first layer of a model of transformed rows, which then reads rows as they were before:
 *
 *     x' = (x - shift) map        W <- map W        b <- b - shift' map W
 *
 * with map = diag(1 / scale) where every column is treated by itself.
 */
import { biasBlock, blockOf, weightBlock } from '../core/parameters.js';
import { Model } from '../io/model.js';
import { programOf } from '../networks/program.js';
import type { AffineColumns, LinearColumns } from './transformer.js';

/** The model of x where `model` is one of (x - shift) / scale. */
export function foldedAffine(model: Model, { shift, scale }: AffineColumns): Model {
  const { spec, layout, loss } = model;
  const parameters = spec.parameters.slice();
  const weights = blockOf(parameters, weightBlock(layout, 0));
  const biases = blockOf(parameters, biasBlock(layout, 0));
  const width = biases.length;
  weights.forEach((weight, e) => {
    weights[e] = weight / scale[Math.floor(e / width)]!;
  });
  shiftBiases(weights, biases, shift);
  return new Model({ ...spec, parameters }, loss);
}

/** The model of x where `model` is one of (x - shift) map. */
export function foldedLinear(model: Model, { shift, map }: LinearColumns): Model {
  const { spec, layout, loss } = model;
  const [before, after] = [shift.length, spec.architecture.inputs];
  const architecture = { ...spec.architecture, inputs: before };
  const { layout: wider } = programOf(architecture);
  const parameters = new Float64Array(wider.size);
  const weights = blockOf(parameters, weightBlock(wider, 0));
  const biases = blockOf(parameters, biasBlock(wider, 0));
  const width = biases.length;
  const own = blockOf(spec.parameters, weightBlock(layout, 0));
  for (let j = 0; j < before; j++) {
    for (let c = 0; c < after; c++) {
      const share = map[j * after + c]!;
      for (let a = 0; a < width; a++) weights[j * width + a] = weights[j * width + a]! + share * own[c * width + a]!;
    }
  }
  const { offset } = biasBlock(layout, 0);
  parameters.set(spec.parameters.subarray(offset), weightBlock(wider, 0).size);
  shiftBiases(weights, biases, shift);
  return new Model({ ...spec, architecture, parameters }, loss);
}

/** b <- b - shift' W */
function shiftBiases(weights: Float64Array, biases: Float64Array, shift: Float64Array): void {
  const width = biases.length;
  weights.forEach((weight, e) => {
    biases[e % width] = biases[e % width]! - shift[Math.floor(e / width)]! * weight;
  });
}
