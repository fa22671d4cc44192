/** Outputs of a network for the rows of a data matrix that a backend holds, block by block. */
import type { DataMatrix, RowRange } from '../backends/backend.js';
import { framed } from '../core/framed-parameters.js';
import { Pace } from '../core/pace.js';
import { biasBlock, blockOf, weightBlock } from '../core/parameters.js';
import { Interpreter } from '../networks/interpreter.js';
import type { Architecture } from '../networks/network.js';
import { programOf } from '../networks/program.js';

/** Rows that go through the network at a time. */
export const BLOCK = 256;

/**
 * @param parameters in the units of what the matrix was made of, whatever its frame
 * @returns rows x outputs
 */
export async function outputsOfMatrix(
  architecture: Architecture,
  parameters: Float64Array,
  matrix: DataMatrix,
): Promise<Float64Array> {
  const out = new Float64Array(matrix.rows * programOf(architecture).outputs);
  await throughProduct(architecture, inFrame(architecture, parameters, matrix), matrix, out);
  return out;
}

/** A copy of the parameters for the columns as the matrix presents them. */
export function inFrame(architecture: Architecture, parameters: Float64Array, { frame }: DataMatrix): Float64Array {
  return framed(programOf(architecture).layout, frame, parameters);
}

/** Of a range of rows; `parameters` are in the frame. */
export async function throughProduct(
  architecture: Architecture,
  parameters: Float64Array,
  matrix: DataMatrix,
  out: Float64Array,
  range?: RowRange,
): Promise<void> {
  const { layout, trackedWidth: width } = programOf(architecture);
  const tracked = await matrix.multiply(blockOf(parameters, weightBlock(layout, 0)), width, range);
  const all = range?.count ?? matrix.rows;
  const bias = blockOf(parameters, biasBlock(layout, 0));
  const net = new Interpreter(architecture, Math.min(BLOCK, all));
  const pace = new Pace();
  for (let from = 0; from < all; from += BLOCK) {
    const rows = Math.min(BLOCK, all - from);
    for (let i = from; i < from + rows; i++)
      for (let a = 0; a < width; a++) tracked[i * width + a] = tracked[i * width + a]! + bias[a]!;
    passBlock(net, parameters, tracked, from, rows, out);
    if (pace.due) await pace.yield();
  }
}

/** From the tracked product of rows `from` on to their outputs. */
export function passBlock(
  net: Interpreter,
  parameters: Float64Array,
  tracked: Float64Array,
  from: number,
  rows: number,
  out: Float64Array,
): void {
  const { trackedWidth, outputs } = net.program;
  net.forward(rows, tracked, from * trackedWidth, parameters);
  out.set(net.outputs.subarray(0, rows * outputs), from * outputs);
}
