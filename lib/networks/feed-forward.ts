/**
 * Everything behind the first product, in plain TypeScript, for a block of rows.
 *
 *     H_0 = h_0(Z)        H_l = h_l(H_{l-1} V_l + b_l)        O = H_{L-1}
 *
 * `forward` gives the outputs, `tangent` the derivative of the outputs along one step variable (forward mode), `adjoint`
 * the gradient (reverse mode). The linear network is the case of a single layer with identity activation.
 */
import { activations } from '../activations/index.js';
import type { LayerShape, ParameterLayout } from '../core/parameters.js';
import { layoutOf } from '../core/parameters.js';

/** out = input W + b, or out += when `add`; row-major, W at `offset` of `parameters` followed by b. */
function affine(
  input: Float64Array, rows: number, layer: LayerShape, parameters: Float64Array, offset: number, out: Float64Array, add: boolean,
): void {
  const { inputs, outputs } = layer;
  const bias = offset + inputs * outputs;
  for (let i = 0; i < rows; i++) {
    const at = i * outputs;
    for (let a = 0; a < outputs; a++) out[at + a] = (add ? out[at + a]! : 0) + parameters[bias + a]!;
    for (let j = 0; j < inputs; j++) {
      const x = input[i * inputs + j]!;
      const w = offset + j * outputs;
      for (let a = 0; a < outputs; a++) out[at + a] = out[at + a]! + x * parameters[w + a]!;
    }
  }
}

/** out = input W, without the bias. */
function product(input: Float64Array, rows: number, layer: LayerShape, parameters: Float64Array, offset: number, out: Float64Array): void {
  const { inputs, outputs } = layer;
  out.fill(0, 0, rows * outputs);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < inputs; j++) {
      const x = input[i * inputs + j]!;
      const w = offset + j * outputs;
      for (let a = 0; a < outputs; a++) out[i * outputs + a] = out[i * outputs + a]! + x * parameters[w + a]!;
    }
  }
}

/** Buffers for one block of at most `blockRows` rows; reused from block to block. */
export class FeedForward {
  readonly layout: ParameterLayout;
  /** H_l of the last forward pass, block rows x outputs of layer l. */
  readonly activity: Float64Array[];
  readonly #scratch: Float64Array[];

  constructor(readonly layers: readonly LayerShape[], readonly blockRows: number) {
    this.layout = layoutOf(layers);
    this.activity = layers.map((layer) => new Float64Array(blockRows * layer.outputs));
    this.#scratch = layers.map((layer) => new Float64Array(blockRows * layer.outputs));
  }

  /** The block's outputs, rows x outputs of the last layer. */
  get outputs(): Float64Array {
    return this.activity.at(-1)!;
  }

  #weightOffset(layer: number): number {
    return this.layout.blocks[2 * layer]!.offset;
  }

  /** Fills `activity` from the first-layer products already stored in `activity[0]`; deeper weights from `parameters`. */
  forward(rows: number, parameters: Float64Array): void {
    this.layers.forEach((layer, l) => {
      const h = this.activity[l]!;
      if (l > 0) affine(this.activity[l - 1]!, rows, layer, parameters, this.#weightOffset(l), h, false);
      const { value } = activations[layer.activation];
      if (layer.activation !== 'identity') for (let e = 0; e < rows * layer.outputs; e++) h[e] = value(h[e]!);
    });
  }

  /**
   * Derivative of the outputs, given that the first-layer product moves by `first` (null: not at all) and the deeper
   * parameters move along `direction`, at the point of the last `forward`. Writes into `out` (rows x outputs).
   */
  tangent(rows: number, parameters: Float64Array, first: Float64Array | null, direction: Float64Array, out: Float64Array): void {
    const last = this.layers.length - 1;
    let moved = first !== null;
    this.layers.forEach((layer, l) => {
      const tau = l === last ? out : this.#scratch[l]!;
      if (l === 0) {
        if (first) tau.set(first.subarray(0, rows * layer.outputs));
        else tau.fill(0, 0, rows * layer.outputs);
      } else {
        const offset = this.#weightOffset(l);
        if (moved) product(this.#scratch[l - 1]!, rows, layer, parameters, offset, tau);
        else tau.fill(0, 0, rows * layer.outputs);
        affine(this.activity[l - 1]!, rows, layer, direction, offset, tau, true);
        moved = true;
      }
      this.#scaleByDerivative(l, rows, tau);
    });
  }

  /**
   * Reverse pass: `adjoint` (rows x outputs) holds d loss / d outputs and is overwritten; adds the gradients of the
   * deeper layers and of the first bias to `gradient`, and leaves Q = d loss / d (first-layer product) in `Q`.
   */
  adjoint(rows: number, parameters: Float64Array, adjoint: Float64Array, gradient: Float64Array, Q: Float64Array): void {
    let current = adjoint;
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const { inputs, outputs } = this.layers[l]!;
      this.#scaleByDerivative(l, rows, current);
      const offset = this.#weightOffset(l);
      const bias = offset + inputs * outputs;
      for (let i = 0; i < rows; i++) {
        for (let a = 0; a < outputs; a++) gradient[bias + a] = gradient[bias + a]! + current[i * outputs + a]!;
      }
      if (l === 0) break;
      const input = this.activity[l - 1]!;
      const back = this.#scratch[l - 1]!;
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < inputs; j++) {
          const w = offset + j * outputs;
          const x = input[i * inputs + j]!;
          let sum = 0;
          for (let a = 0; a < outputs; a++) {
            const q = current[i * outputs + a]!;
            sum += q * parameters[w + a]!;
            gradient[w + a] = gradient[w + a]! + x * q;
          }
          back[i * inputs + j] = sum;
        }
      }
      current = back;
    }
    Q.set(current.subarray(0, rows * this.layers[0]!.outputs));
  }

  /** Carries one row's `e`, by the outputs, back: calls `visit(l, q)` with its image at the pre-activation of layer l, last to first. */
  backward(parameters: Float64Array, e: Float64Array, visit: (l: number, q: Float64Array) => void): void {
    let current = e;
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const { inputs, outputs } = this.layers[l]!;
      this.#scaleByDerivative(l, 1, current);
      visit(l, current);
      if (l === 0) return;
      const offset = this.#weightOffset(l);
      const back = this.#scratch[l - 1]!;
      for (let j = 0; j < inputs; j++) {
        let sum = 0;
        for (let a = 0; a < outputs; a++) sum += current[a]! * parameters[offset + j * outputs + a]!;
        back[j] = sum;
      }
      current = back;
    }
  }

  #scaleByDerivative(l: number, rows: number, values: Float64Array): void {
    const { activation, outputs } = this.layers[l]!;
    if (activation === 'identity') return;
    const { derivative } = activations[activation];
    const h = this.activity[l]!;
    for (let e = 0; e < rows * outputs; e++) values[e] = values[e]! * derivative(h[e]!);
  }
}
