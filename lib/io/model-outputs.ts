/**
 * Outputs of a network for many rows, in blocks: what is computed along the way is as long as a block, never rows x hidden
 * units.
 *
 * A data matrix that a backend holds already is multiplied whole, in its own frame, which the parameters are brought into;
 * raw rows are multiplied as they are, block by block, in float64.
 */
import type { Backend, DataMatrix } from '../backends/backend.js';
import { intoFrame } from '../backends/frame.js';
import { Pace } from '../core/pace.js';
import { biasBlock, blockOf, weightBlock } from '../core/parameters.js';
import { isSparse, sliceRows, type MatrixData } from '../data/index.js';
import { Interpreter } from '../networks/interpreter.js';
import type { Architecture } from '../networks/network.js';
import { programOf } from '../networks/program.js';

/** Rows that go through the network at a time. */
const BLOCK = 256;

/** Numbers of raw data in one product, at most: memory for more takes its time on the calling thread. */
const VALUES_AT_A_TIME = 2 ** 19;

/**
 * @param choose the backend for raw rows; not asked for a matrix
 * @param offsets added to the outputs, rows x outputs
 */
export async function outputsOf(
  architecture: Architecture,
  parameters: Float64Array,
  data: MatrixData | DataMatrix,
  choose: () => Backend,
  offsets?: Float64Array,
): Promise<Float64Array> {
  const { outputs, trackedWidth } = programOf(architecture);
  const out = new Float64Array(data.rows * outputs);
  if ('multiply' in data) await throughNetwork(architecture, inFrame(architecture, parameters, data), data, out);
  else {
    const backend = choose();
    const rows = rowsAtATime(data, trackedWidth);
    const pace = new Pace();
    for (let from = 0; from < data.rows; from += rows) {
      const count = Math.min(rows, data.rows - from);
      const matrix = await backend.matrix(sliceRows(data, from, count), { frame: 'none', precision: 'float64' });
      try {
        await throughNetwork(architecture, parameters, matrix, out.subarray(from * outputs, (from + count) * outputs));
      } finally {
        matrix.dispose();
      }
      if (pace.due) await pace.yield();
    }
  }
  if (offsets) for (let e = 0; e < out.length; e++) out[e] = out[e]! + offsets[e]!;
  return out;
}

/** A sparse product takes a copy of the weights, which many rows should share. */
function rowsAtATime(data: MatrixData, trackedWidth: number): number {
  const width = isSparse(data) ? Math.ceil((data.values ?? data.indices).length / data.rows) : data.columns;
  return Math.max(1, Math.floor(VALUES_AT_A_TIME / Math.max(width, trackedWidth)));
}

function inFrame(architecture: Architecture, parameters: Float64Array, { frame }: DataMatrix): Float64Array {
  const { layout } = programOf(architecture);
  const point = parameters.slice();
  intoFrame(frame, blockOf(point, weightBlock(layout, 0)), blockOf(point, biasBlock(layout, 0)));
  return point;
}

async function throughNetwork(
  architecture: Architecture,
  parameters: Float64Array,
  matrix: DataMatrix,
  out: Float64Array,
): Promise<void> {
  const { layout, trackedWidth: width, outputs } = programOf(architecture);
  const tracked = await matrix.multiply(blockOf(parameters, weightBlock(layout, 0)), width);
  const bias = blockOf(parameters, biasBlock(layout, 0));
  const net = new Interpreter(architecture, BLOCK);
  const pace = new Pace();
  for (let from = 0; from < matrix.rows; from += BLOCK) {
    const rows = Math.min(BLOCK, matrix.rows - from);
    for (let i = from; i < from + rows; i++)
      for (let a = 0; a < width; a++) tracked[i * width + a] = tracked[i * width + a]! + bias[a]!;
    net.forward(rows, tracked, from * width, parameters);
    out.set(net.outputs.subarray(0, rows * outputs), from * outputs);
    if (pace.due) await pace.yield();
  }
}
