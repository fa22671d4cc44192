/**
 * Derivatives of a weighted mean loss, without the penalty, in the frame of the matrix: the gradient, and the Gauss-Newton matrix times a
 * vector. Each is a pair of products with X, the tracked product of the point being known, and a pass over blocks of rows.
 */
import { Pace } from '../core/pace.js';
import { biasBlock, blockOf, weightBlock } from '../core/parameters.js';
import { Interpreter } from '../networks/interpreter.js';
import { programOf, type Program } from '../networks/program.js';
import type { PenaltyProblem } from './penalty-problem.js';
import { endsStretch } from './stretch.js';

const BLOCK = 256;

/** Turns the outputs of a row into what its adjoint begins with, `width` numbers at `to`; `tangent` moves with the vector multiplied. */
type RowSeed = (row: number, outputs: Float64Array, at: number, tangent: Float64Array, to: Float64Array) => void;

export class RowDerivatives {
  readonly #problem: PenaltyProblem;
  readonly #program: Program;
  readonly #net: Interpreter;
  #point: Float64Array = new Float64Array(0);
  #tracked: Float64Array = new Float64Array(0);

  constructor(problem: PenaltyProblem) {
    this.#problem = problem;
    this.#program = programOf(problem.architecture);
    this.#net = new Interpreter(problem.architecture, Math.min(BLOCK, problem.matrix.rows));
  }

  /** Forms the tracked product of a point, in the frame: one product. */
  async moveTo(point: Float64Array): Promise<void> {
    this.#point = point;
    this.#tracked = await this.#product(point);
  }

  /** sum_i w_i J_i' g_i and sum_i w_i loss_i: one transposed product. */
  async gradient(weights: Float64Array): Promise<{ readonly gradient: Float64Array; readonly loss: number }> {
    const { outputs: width } = this.#program;
    const slope = new Float64Array(width);
    let sum = 0;
    const gradient = await this.#passes(null, (i, outputs, at, _, to) => {
      if (weights[i] === 0) return void to.fill(0);
      sum += weights[i]! * this.#row(i, outputs, at, slope, null);
      for (let a = 0; a < width; a++) to[a] = weights[i]! * slope[a]!;
    });
    return { gradient, loss: sum };
  }

  /** sum_i w_i J_i' C_i J_i v, which for a linear network is the Hessian times v: two products. */
  async curvature(weights: Float64Array, v: Float64Array): Promise<Float64Array> {
    const { outputs: width } = this.#program;
    const curvature = new Float64Array(width * width);
    return this.#passes(v, (i, outputs, at, tangent, to) => {
      to.fill(0);
      if (weights[i] === 0) return;
      this.#row(i, outputs, at, null, curvature);
      for (let a = 0; a < width; a++) {
        for (let b = 0; b < width; b++) to[a]! += weights[i]! * curvature[a * width + b]! * tangent[at + b]!;
      }
    });
  }

  /** w_i C_i of every row, of one output. */
  async curvatures(weights: Float64Array): Promise<Float64Array> {
    const { rows } = this.#problem.matrix;
    const [output, curvature, found] = [new Float64Array(1), new Float64Array(1), new Float64Array(rows)];
    const pace = new Pace();
    for (let i = 0; i < rows; i++) {
      if (weights[i] === 0) continue;
      output[0] = this.#tracked[i]!;
      this.#row(i, output, 0, null, curvature);
      found[i] = weights[i]! * curvature[0]!;
      if (endsStretch(i, 1) && pace.due) await pace.yield();
    }
    return found;
  }

  #row(i: number, outputs: Float64Array, at: number, slope: Float64Array | null, curvature: Float64Array | null): number {
    const { loss, targets, offsets } = this.#problem;
    const { outputs: width } = this.#program;
    if (offsets) for (let a = 0; a < width; a++) outputs[at + a] = outputs[at + a]! + offsets[i * width + a]!;
    return loss.row(outputs, at, width, targets, i * loss.targetWidth(width), slope, curvature);
  }

  async #product(v: Float64Array): Promise<Float64Array> {
    const { layout, trackedWidth } = this.#program;
    const product = await this.#problem.matrix.multiply(blockOf(v, weightBlock(layout, 0)), trackedWidth);
    const bias = blockOf(v, biasBlock(layout, 0));
    const pace = new Pace();
    for (let from = 0; from < product.length; from += trackedWidth) {
      for (let a = 0; a < trackedWidth; a++) product[from + a] = product[from + a]! + bias[a]!;
      if (pace.due) await pace.yield();
    }
    return product;
  }

  /** Forward, along `v` where there is one, seed, and back. */
  async #passes(v: Float64Array | null, seed: RowSeed): Promise<Float64Array> {
    const { layout, trackedWidth, outputs: width } = this.#program;
    const { rows } = this.#problem.matrix;
    const net = this.#net;
    const along = v && (await this.#product(v));
    const gradient = new Float64Array(layout.size);
    const Q = new Float64Array(rows * trackedWidth);
    const tangent = new Float64Array(BLOCK * width);
    const adjoint = new Float64Array(BLOCK * width);
    const outputs = new Float64Array(BLOCK * width);
    const pace = new Pace();
    for (let from = 0; from < rows; from += BLOCK) {
      const count = Math.min(BLOCK, rows - from);
      const span = [from * trackedWidth, (from + count) * trackedWidth] as const;
      net.forward(count, this.#tracked, span[0], this.#point);
      outputs.set(net.outputs.subarray(0, count * width));
      if (v && along) net.tangent(count, this.#point, along.subarray(...span), v, tangent);
      for (let i = 0; i < count; i++)
        seed(from + i, outputs, i * width, tangent, adjoint.subarray(i * width, (i + 1) * width));
      net.adjoint(count, this.#point, adjoint, gradient, Q.subarray(...span));
      if (pace.due) await pace.yield();
    }
    const first = await this.#problem.matrix.multiplyTransposed(Q, trackedWidth);
    blockOf(gradient, weightBlock(layout, 0)).set(first);
    return gradient;
  }
}
