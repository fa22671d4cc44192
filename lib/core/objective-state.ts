import type { ProductCounts } from '../backends/backend.js';
import type { DriftState } from './drift-estimate.js';
import type { Identity } from './identity.js';

/**
 * Everything that evolves in an objective: plain numbers and typed arrays, in the frame. Equal states go on with equal bits.
 */
export interface ObjectiveState {
  readonly point: Float64Array;
  readonly gradient: Float64Array;
  readonly previousGradient: Float64Array | null;
  readonly value: number;
  readonly slopeMass: number;
  readonly largestSlope: number;
  /** Rows of the sample. */
  readonly rows: number;
  /** Past steps, newest first. */
  readonly steps: readonly Float64Array[];
  readonly drift: DriftState;
  /** The tracked product and those of the past steps. */
  readonly tracked: readonly Float64Array[];
  readonly products: ProductCounts;
  /** What it is the state of, part by part: data, network, loss, penalty. */
  readonly identity: Identity;
}
