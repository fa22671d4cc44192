/**
 * A network is a short list of steps over named values.
 *
 * The first layer is the only one that reads X. Its product `tracked` = X W + b (rows x width) is kept by the objective and
 * never formed anew by a search; everything behind it is a list of steps, each of which makes one named value from earlier
 * ones, row by row:
 *
 *     slice       columns [from, from + width) of the tracked product
 *     affine      of V + c                       a layer of its own, with weights and biases
 *     activation  h(sharpness of)                elementwise
 *     product     a * b                          elementwise: a gate
 *     sum         a + b
 *
 * The value of the last step is the output. Forward, tangent, adjoint and curvature are loops over the list
 * (`lib/networks/program.ts`), on both backends, so that a new network is one file with a list.
 */
import type { ActivationName } from '../activations/index.js';
import type { Need } from '../core/needs.js';
import type { Random } from '../core/random.js';

export type NetworkStep =
  | { readonly value: string; readonly step: 'slice'; readonly of: 'tracked'; readonly from: number; readonly width: number }
  | {
      readonly value: string;
      readonly step: 'affine';
      readonly of: string;
      readonly layer: string;
      readonly outputs: number;
    }
  | {
      readonly value: string;
      readonly step: 'activation';
      readonly of: string;
      readonly activation: ActivationName;
      /** beta in h(beta z), above 0; for tanh and sigmoid. Default 1. */
      readonly sharpness?: number;
    }
  | { readonly value: string; readonly step: 'product' | 'sum'; readonly of: readonly [string, string] };

/** Plain JSON: what a model file keeps of a network. */
export interface Architecture {
  /** Columns of X. */
  readonly inputs: number;
  /** The first layer: its name, and the width of the tracked product. */
  readonly tracked: { readonly layer: string; readonly outputs: number };
  /** May be empty: then the tracked product is the output. */
  readonly steps: readonly NetworkStep[];
}

/** A network describes its steps for given sizes and draws a starting point; it holds no data. */
export interface Network {
  readonly name: string;
  /** What it asks of the loss, the matrix, the backend or the step rule; compared before the run. */
  readonly needs?: readonly Need[] | undefined;
  /** The list of steps from `inputs` features to `outputs` outputs. */
  architecture(inputs: number, outputs: number): Architecture;
  /**
   * A starting point in the layout of `programOf(architecture).layout`, in the *frame*: as if every column of X had mean 0 and
   * spread 1. That is why a unit (seconds, pence) does not decide where a run begins.
   */
  initialize(architecture: Architecture, random: Random): Float64Array;
}
