/**
 * Outputs of a network for many rows, in blocks: what is computed along the way is as long as a block, never rows x hidden
 * units.
 *
 * A data matrix that a backend holds already is multiplied whole, in its own frame, which the parameters are brought into;
 * raw rows are multiplied as they are, block by block, in float64. A few raw rows, as a server gets them, never become a matrix:
 * it would take ten times as long to make as to use. Sparse ones are filled in with their zeros, which the product passes over.
 */
import { checkFinite, typedArrayName } from '../backends/arguments.js';
import { AFFINE_SPARE, type Backend, type DataMatrix, type FileSource, type RowRange } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import { isFile } from '../backends/file-source.js';
import { Pace } from '../core/pace.js';
import { layerRange } from '../core/parameters.js';
import { filledIn, isSparse, sliceRows, sourceOf, type DenseData, type MatrixData } from '../data/index.js';
import { squared } from '../losses/index.js';
import { Interpreter } from '../networks/interpreter.js';
import type { Architecture } from '../networks/network.js';
import { programOf } from '../networks/program.js';
import { BLOCK, inFrame, passBlock, throughProduct } from './matrix-outputs.js';

/** Numbers of raw data in one product, at most: memory for more takes its time on the calling thread. */
const VALUES_AT_A_TIME = 2 ** 19;

/** Rows are few when these are no more multiplications, rows x parameters: about 4 ms in the javascript backend. */
const FEW_MULTIPLICATIONS = 2 ** 21;

/** Sparse rows are few when there are besides no more numbers in them, with zeros and without: half a MiB to fill in, and about 0.3 ms. */
const FEW_NUMBERS = 2 ** 16;
const FEW_ENTRIES = 2 ** 12;

/** Rows of the room that is kept from call to call. */
const KEPT_ROWS = 16;

/**
 * @param backend that of a matrix, whose network then runs where the matrix is; for raw rows the default when absent
 * @param offsets added to the outputs, rows x outputs
 */
export async function outputsOf(
  architecture: Architecture,
  parameters: Float64Array,
  data: MatrixData | FileSource | DataMatrix,
  backend: Backend | undefined,
  offsets?: Float64Array,
): Promise<Float64Array> {
  const { outputs, layout } = programOf(architecture);
  const out = new Float64Array(data.rows * outputs);
  const own = (): Backend => backend ?? selectBackend().backend;
  if ('multiply' in data) await ofMatrix(architecture, inFrame(architecture, parameters, data), data, backend, out);
  else if (!isFile(data) && data.ranks) await ofRanks(architecture, parameters, data, own(), out);
  else if (isFile(data)) await ofFile(architecture, parameters, data, own(), out);
  else if (areFew(data, layout.size))
    await ofFewRows(architecture, parameters, isSparse(data) ? filledIn(data) : data, own(), out);
  else await ofManyRows(architecture, parameters, data, own(), out);
  if (offsets) for (let e = 0; e < out.length; e++) out[e] = out[e]! + offsets[e]!;
  return out;
}

/** Few enough for the calling thread; dense ones are read before `outputsOf` returns. */
export function areFew(data: MatrixData, parameters: number): boolean {
  const { rows, columns } = data;
  if (data.ranks) return false;
  if (rows * parameters > FEW_MULTIPLICATIONS) return false;
  return !isSparse(data) || (rows * columns <= FEW_NUMBERS && data.indices.length <= FEW_ENTRIES);
}

async function ofMatrix(
  architecture: Architecture,
  parameters: Float64Array,
  matrix: DataMatrix,
  backend: Backend | undefined,
  out: Float64Array,
  range?: RowRange,
): Promise<void> {
  const { layers } = programOf(architecture);
  if (layers.length > 1 && backend) return ofTrackedRows(architecture, parameters, matrix, backend, out, range);
  return throughProduct(architecture, parameters, matrix, out, range);
}

/** The network runs where the product lies: as that of a tracked loss, whose value nobody asks for. */
async function ofTrackedRows(
  architecture: Architecture,
  parameters: Float64Array,
  matrix: DataMatrix,
  backend: Backend,
  out: Float64Array,
  range?: RowRange,
): Promise<void> {
  const targets = new Float64Array(out.length);
  const tracked = backend.trackedLoss({ matrix, range, architecture, loss: squared(), targets, memory: 0 });
  try {
    await tracked.restart(parameters);
    out.set(await tracked.outputs());
  } finally {
    tracked.dispose();
  }
}

/** Rows are read ahead within one product, so that it should be of many; what it gives is as long. */
const FILE_ROWS = 2 ** 16;

async function ofFile(
  architecture: Architecture,
  parameters: Float64Array,
  source: FileSource,
  backend: Backend,
  out: Float64Array,
): Promise<void> {
  const matrix = await backend.matrix({ ...source, memory: 0 }, { frame: 'none', precision: 'float64' });
  const { outputs } = programOf(architecture);
  try {
    for (let from = 0; from < matrix.rows; from += FILE_ROWS) {
      const range = { from, count: Math.min(FILE_ROWS, matrix.rows - from) };
      const to = out.subarray(from * outputs, (from + range.count) * outputs);
      await ofMatrix(architecture, parameters, matrix, backend, to, range);
    }
  } finally {
    matrix.dispose();
  }
}

/** The ranks that hold the rows put them through the network: what comes here is as long as the outputs. */
async function ofRanks(
  architecture: Architecture,
  parameters: Float64Array,
  data: MatrixData,
  backend: Backend,
  out: Float64Array,
): Promise<void> {
  const matrix = await backend.matrix(sourceOf(data), { frame: 'none', precision: 'float64' });
  try {
    await ofTrackedRows(architecture, parameters, matrix, backend, out);
  } finally {
    matrix.dispose();
  }
}

/** A sparse product takes a copy of the weights, which many rows should share. */
function rowsAtATime(data: MatrixData, trackedWidth: number): number {
  const width = isSparse(data) ? Math.ceil((data.values ?? data.indices).length / data.rows) : data.columns;
  return Math.max(1, Math.floor(VALUES_AT_A_TIME / Math.max(width, trackedWidth)));
}

async function ofManyRows(
  architecture: Architecture,
  parameters: Float64Array,
  data: MatrixData,
  backend: Backend,
  out: Float64Array,
): Promise<void> {
  const { outputs, trackedWidth } = programOf(architecture);
  const rows = rowsAtATime(data, trackedWidth);
  const pace = new Pace();
  for (let from = 0; from < data.rows; from += rows) {
    const count = Math.min(rows, data.rows - from);
    const matrix = await backend.matrix(sliceRows(data, from, count), { frame: 'none', precision: 'float64' });
    try {
      await ofMatrix(architecture, parameters, matrix, backend, out.subarray(from * outputs, (from + count) * outputs));
    } finally {
      matrix.dispose();
    }
    if (pace.due) await pace.yield();
  }
}

async function ofFewRows(
  architecture: Architecture,
  parameters: Float64Array,
  { values, rows, columns }: DenseData,
  { vectors }: Backend,
  out: Float64Array,
): Promise<void> {
  const { layout, trackedWidth } = programOf(architecture);
  const [begin, end] = layerRange(layout, 0);
  const x = typedArrayName(values) === 'Float64Array' ? (values as Float64Array) : new Float64Array(values);
  const { net, tracked } = roomFor(architecture, rows);
  vectors.affineInto(x, rows, parameters.subarray(begin, end), trackedWidth, tracked);
  // No sum over a row is finite if a number in it is not.
  for (let i = 0; i < rows; i++) if (!Number.isFinite(tracked[i * trackedWidth])) checkFinite(values, columns, 'float64');
  for (let from = 0; from < rows; from += net.blockRows)
    passBlock(net, parameters, tracked, from, Math.min(net.blockRows, rows - from), out);
  // Rows that are asked for one after the other come to as much as many at once.
  const pace = new Pace();
  if (pace.due) await pace.yield();
}

/** Where the tracked product of all rows lies, and the network that its blocks go through. */
interface Room {
  readonly tracked: Float64Array;
  readonly net: Interpreter;
}

const kept = new WeakMap<Architecture, Room>();

/** Calls one after the other may share it, since what it holds is taken out before anyone else runs. */
function roomFor(architecture: Architecture, rows: number): Room {
  if (rows > KEPT_ROWS) return makeRoom(architecture, rows);
  let room = kept.get(architecture);
  if (!room) kept.set(architecture, (room = makeRoom(architecture, KEPT_ROWS)));
  return room;
}

function makeRoom(architecture: Architecture, rows: number): Room {
  const { trackedWidth } = programOf(architecture);
  return {
    tracked: new Float64Array(rows * trackedWidth + AFFINE_SPARE),
    net: new Interpreter(architecture, Math.min(BLOCK, rows)),
  };
}
