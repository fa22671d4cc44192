/**
 * Everything behind the first product, in plain TypeScript, for a block of rows: loops over the nodes of a program.
 *
 *     value     v = h(beta z),  z = from the inputs of the node
 *     tangent   v' = beta h' z'                                        forward mode, along one step variable
 *     adjoint   z* = beta h' v*,  then to the inputs of the node       reverse mode; sums where a value has several readers
 *
 * The reference of `native/objective`. Blocks are row-major; h' is written through h, so that only values are kept.
 */
import { activations } from '../activations/index.js';
import { weightBlock } from '../core/parameters.js';
import type { Architecture } from './network.js';
import { programOf, type Program, type ProgramNode } from './program.js';

/** Rows and columns of an affine map whose weights begin at `offset`, with the biases behind them. */
interface Affine {
  readonly inputs: number;
  readonly outputs: number;
  readonly offset: number;
}

interface PlannedNode {
  readonly node: ProgramNode;
  readonly out: Float64Array;
  readonly a: Float64Array | undefined;
  readonly b: Float64Array | undefined;
  /** Of an affine node. */
  readonly map: Affine | null;
}

/** Buffers for one block of at most `blockRows` rows; reused from block to block. */
export class Interpreter {
  readonly program: Program;
  readonly #values: readonly Float64Array[];
  /** Tangents or adjoints of the nodes. */
  readonly #scratch: readonly Float64Array[];
  readonly #product: Float64Array;
  /** What `forward` reads and writes, node by node, looked up once: nothing is allocated for a block. */
  readonly #plan: readonly PlannedNode[];

  constructor(
    architecture: Architecture,
    readonly blockRows: number,
  ) {
    this.program = programOf(architecture);
    const { nodes, trackedWidth } = this.program;
    this.#values = nodes.map(({ width }) => new Float64Array(blockRows * width));
    this.#scratch = nodes.map(({ width }) => new Float64Array(blockRows * width));
    this.#product = new Float64Array(blockRows * trackedWidth);
    this.#plan = nodes.map((node, at) => ({
      node,
      out: this.#values[at]!,
      a: this.#values[node.inputs[0]!],
      b: this.#values[node.inputs[1]!],
      map: node.kind === 'affine' ? this.#affine(node) : null,
    }));
  }

  /** Value of node `at` after `forward`, block rows x width of the node. */
  value(at: number): Float64Array {
    return this.#values[at]!;
  }

  /** Value of the last node. */
  get outputs(): Float64Array {
    return this.#values.at(-1)!;
  }

  /** Fills the values from `tracked`, rows x width of the tracked product, whose first row begins at element `from`. */
  forward(rows: number, tracked: Float64Array, from: number, parameters: Float64Array): void {
    const { trackedWidth } = this.program;
    for (const { node, out, a, b, map } of this.#plan) {
      const size = rows * node.width;
      if (node.kind === 'tracked') readSlice(tracked, from, trackedWidth, node, rows, out);
      else if (map) {
        addBias(rows, map, parameters, out);
        addProduct(a!, rows, map, parameters, out);
      } else if (node.kind === 'product') for (let e = 0; e < size; e++) out[e] = a![e]! * b![e]!;
      else if (node.kind === 'sum') for (let e = 0; e < size; e++) out[e] = a![e]! + b![e]!;
      else for (let e = 0; e < size; e++) out[e] = a![e]!;
      applyActivation(node, size, out);
    }
  }

  /**
   * Derivative of the outputs, given that the tracked product moves by `first` (rows x its width; null: not at all) and the
   * other parameters move along `direction`, at the point of the last `forward`. Writes into `out` (rows x outputs).
   */
  tangent(
    rows: number,
    parameters: Float64Array,
    first: Float64Array | null,
    direction: Float64Array,
    out: Float64Array,
  ): void {
    const { nodes, trackedWidth } = this.program;
    nodes.forEach((node, at) => {
      const tau = this.#scratch[at]!;
      const size = rows * node.width;
      const [p, q] = node.inputs;
      if (node.kind === 'tracked') {
        if (first) readSlice(first, 0, trackedWidth, node, rows, tau);
        else tau.fill(0, 0, size);
      } else if (node.kind === 'affine') {
        const map = this.#affine(node);
        addBias(rows, map, direction, tau);
        addProduct(this.#values[p!]!, rows, map, direction, tau);
        addProduct(this.#scratch[p!]!, rows, map, parameters, tau);
      } else if (node.kind === 'product') {
        const [a, b, da, db] = [this.#values[p!]!, this.#values[q!]!, this.#scratch[p!]!, this.#scratch[q!]!];
        for (let e = 0; e < size; e++) tau[e] = da[e]! * b[e]! + a[e]! * db[e]!;
      } else if (node.kind === 'sum') {
        const [da, db] = [this.#scratch[p!]!, this.#scratch[q!]!];
        for (let e = 0; e < size; e++) tau[e] = da[e]! + db[e]!;
      } else tau.set(this.#scratch[p!]!.subarray(0, size));
      scaleByDerivative(node, size, this.#values[at]!, tau);
    });
    out.set(this.#scratch.at(-1)!.subarray(0, rows * this.program.outputs));
  }

  /**
   * Reverse pass: `adjoint` (rows x outputs) holds d loss / d outputs. Adds the gradients of the affine layers and of the
   * first bias to `gradient`, and leaves d loss / d (tracked product) in `Q` (rows x its width).
   */
  adjoint(rows: number, parameters: Float64Array, adjoint: Float64Array, gradient: Float64Array, Q: Float64Array): void {
    const { trackedWidth, layout } = this.program;
    this.#reverse(rows, parameters, adjoint, Q, (node, q) => {
      const map = this.#affine(node);
      addOuter(this.#values[node.inputs[0]!]!, q, rows, map, gradient);
      addSums(q, rows, map.outputs, gradient, map.offset + map.inputs * map.outputs);
    });
    addSums(Q, rows, trackedWidth, gradient, layout.blocks[1]!.offset);
  }

  /**
   * Carries one row's `e`, by the outputs, back: calls `visit(l, q)` with its image at what layer l computes before any
   * activation, last to first.
   */
  backward(parameters: Float64Array, e: Float64Array, visit: (layer: number, q: Float64Array) => void): void {
    this.#reverse(1, parameters, e, this.#product, (node, q) => visit(node.layer, q.subarray(0, node.width)));
    visit(0, this.#product.subarray(0, this.program.trackedWidth));
  }

  #reverse(
    rows: number,
    parameters: Float64Array,
    seed: Float64Array,
    Q: Float64Array,
    visit: (affine: ProgramNode, q: Float64Array) => void,
  ): void {
    const { nodes, trackedWidth, outputs } = this.program;
    const adjoints = this.#scratch;
    adjoints.forEach((adjoint, at) => adjoint.fill(0, 0, rows * nodes[at]!.width));
    adjoints.at(-1)!.set(seed.subarray(0, rows * outputs));
    for (let at = nodes.length - 1; at >= 0; at--) {
      const node = nodes[at]!;
      const q = adjoints[at]!;
      const size = rows * node.width;
      scaleByDerivative(node, size, this.#values[at]!, q);
      const [a, b] = node.inputs;
      if (node.kind === 'tracked') writeSlice(q, trackedWidth, node, rows, Q);
      else if (node.kind === 'affine') {
        visit(node, q);
        addTransposedProduct(q, rows, this.#affine(node), parameters, adjoints[a!]!);
      } else if (node.kind === 'product') {
        addGated(q, this.#values[b!]!, size, adjoints[a!]!);
        addGated(q, this.#values[a!]!, size, adjoints[b!]!);
      } else for (const input of node.inputs) addTo(q, size, adjoints[input]!);
    }
  }

  #affine({ layer }: ProgramNode): Affine {
    const { inputs, outputs } = this.program.layers[layer]!;
    return { inputs, outputs, offset: weightBlock(this.program.layout, layer).offset };
  }
}

function readSlice(
  tracked: Float64Array,
  start: number,
  stride: number,
  node: ProgramNode,
  rows: number,
  out: Float64Array,
): void {
  const { from, width } = node;
  for (let i = 0; i < rows; i++) {
    for (let a = 0; a < width; a++) out[i * width + a] = tracked[start + i * stride + from + a]!;
  }
}

function writeSlice(q: Float64Array, stride: number, { from, width }: ProgramNode, rows: number, Q: Float64Array): void {
  for (let i = 0; i < rows; i++) for (let a = 0; a < width; a++) Q[i * stride + from + a] = q[i * width + a]!;
}

function applyActivation({ activation, sharpness }: ProgramNode, size: number, values: Float64Array): void {
  if (activation === 'identity') return;
  const { value } = activations[activation];
  for (let e = 0; e < size; e++) values[e] = value(sharpness * values[e]!);
}

/** d h(beta z) / dz = beta h'(beta z) */
function scaleByDerivative(
  { activation, sharpness }: ProgramNode,
  size: number,
  h: Float64Array,
  values: Float64Array,
): void {
  if (activation === 'identity') return;
  const { derivative } = activations[activation];
  for (let e = 0; e < size; e++) values[e] = values[e]! * (sharpness * derivative(h[e]!));
}

function addBias(rows: number, { inputs, outputs, offset }: Affine, parameters: Float64Array, out: Float64Array): void {
  const bias = offset + inputs * outputs;
  for (let i = 0; i < rows; i++) for (let a = 0; a < outputs; a++) out[i * outputs + a] = parameters[bias + a]!;
}

/** out += input V */
function addProduct(
  input: Float64Array,
  rows: number,
  { inputs, outputs, offset }: Affine,
  parameters: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < inputs; j++) {
      const x = input[i * inputs + j]!;
      const w = offset + j * outputs;
      for (let a = 0; a < outputs; a++) out[i * outputs + a] = out[i * outputs + a]! + x * parameters[w + a]!;
    }
  }
}

/** out += q V' */
function addTransposedProduct(
  q: Float64Array,
  rows: number,
  { inputs, outputs, offset }: Affine,
  parameters: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < inputs; j++) {
      const w = offset + j * outputs;
      let sum = 0;
      for (let a = 0; a < outputs; a++) sum += q[i * outputs + a]! * parameters[w + a]!;
      out[i * inputs + j] = out[i * inputs + j]! + sum;
    }
  }
}

/** gradient of V += input' q */
function addOuter(
  input: Float64Array,
  q: Float64Array,
  rows: number,
  { inputs, outputs, offset }: Affine,
  gradient: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < inputs; j++) {
      const x = input[i * inputs + j]!;
      const w = offset + j * outputs;
      for (let a = 0; a < outputs; a++) gradient[w + a] = gradient[w + a]! + x * q[i * outputs + a]!;
    }
  }
}

function addSums(q: Float64Array, rows: number, width: number, gradient: Float64Array, at: number): void {
  for (let i = 0; i < rows; i++) for (let a = 0; a < width; a++) gradient[at + a] = gradient[at + a]! + q[i * width + a]!;
}

function addGated(q: Float64Array, gate: Float64Array, size: number, out: Float64Array): void {
  for (let e = 0; e < size; e++) out[e] = out[e]! + q[e]! * gate[e]!;
}

function addTo(q: Float64Array, size: number, out: Float64Array): void {
  for (let e = 0; e < size; e++) out[e] = out[e]! + q[e]!;
}
