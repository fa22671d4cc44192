/** Parameters in a frame and in the caller's units: the first layer, which reads X, has others; those behind it have the same. */
import { intoFrame, outOfFrame, type Frame } from '../backends/frame.js';
import { biasBlock, blockOf, weightBlock, type ParameterLayout } from './parameters.js';

/** A copy, from the caller's units to the frame. */
export function framed(layout: ParameterLayout, frame: Frame, parameters: Float64Array): Float64Array {
  const point = parameters.slice();
  intoFrame(frame, ...firstLayer(layout, point));
  return point;
}

/** A copy, from the frame to the caller's units. */
export function unframed(layout: ParameterLayout, frame: Frame, point: Float64Array): Float64Array {
  const parameters = point.slice();
  outOfFrame(frame, ...firstLayer(layout, parameters));
  return parameters;
}

function firstLayer(layout: ParameterLayout, vector: Float64Array): [weights: Float64Array, biases: Float64Array] {
  return [blockOf(vector, weightBlock(layout, 0)), blockOf(vector, biasBlock(layout, 0))];
}
