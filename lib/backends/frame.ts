/**
 * The frame: the centered and scaled columns in which everything between the caller and the arithmetic is expressed.
 *
 *     x'_j = (x_j - center_j) / scale_j        W'_j = scale_j W_j        b' = b + sum_j center_j W_j
 *
 * give the same outputs. With center and scale the mean and the (population) standard deviation of the column, gradients, metrics
 * and stopping tests no longer know in which unit (seconds, pence, a time stamp) a column is written. The center is kept in two
 * parts, the first row's value and the mean distance to it: x - origin is exact for columns far from 0, so that a shift of a column
 * changes no bit of x'.
 */
export interface Frame {
  /** First part of the centers: the value in the first row. */
  readonly origin: Float64Array;
  /** Second part: the mean distance to the origin. */
  readonly distance: Float64Array;
  /** Standard deviations; 1 where the column is constant. */
  readonly scale: Float64Array;
  /** 1 where the column is constant (to rounding): it is 0 in the frame, and only the bias sees it. */
  readonly constant: Uint8Array;
}

/** Least and largest spread of a column: its square must neither vanish nor overflow. */
export const SPREAD_RANGE = { least: 1e-154, most: 1e154 } as const;

/** A column whose spread is below this many units in the last place of its largest value is constant. */
export const CONSTANT_ULPS = 8;

/** Columns as they are. */
export function noFrame(columns: number): Frame {
  return {
    origin: new Float64Array(columns),
    distance: new Float64Array(columns),
    scale: new Float64Array(columns).fill(1),
    constant: new Uint8Array(columns),
  };
}

/** center_j */
export function centers({ origin, distance }: Frame): Float64Array {
  return origin.map((first, j) => first + distance[j]!);
}

/** In place: the first layer's weights (columns x width) and biases (width) from the caller's units to the frame. */
export function intoFrame(frame: Frame, weights: Float64Array, biases: Float64Array): void {
  const width = biases.length;
  for (let j = 0; j < frame.scale.length; j++) {
    for (let a = 0; a < width; a++) {
      const w = weights[j * width + a]!;
      biases[a] = biases[a]! + frame.origin[j]! * w + frame.distance[j]! * w;
      weights[j * width + a] = frame.scale[j]! * w;
    }
  }
}

/** In place: from the frame to the caller's units. */
export function outOfFrame(frame: Frame, weights: Float64Array, biases: Float64Array): void {
  const width = biases.length;
  for (let j = 0; j < frame.scale.length; j++) {
    for (let a = 0; a < width; a++) {
      const w = weights[j * width + a]! / frame.scale[j]!;
      weights[j * width + a] = w;
      biases[a] = biases[a]! - frame.origin[j]! * w - frame.distance[j]! * w;
    }
  }
}
