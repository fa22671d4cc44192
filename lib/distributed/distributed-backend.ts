/** A backend whose rows are with the ranks; what is as long as the parameters is computed where it stands, by the local one. */
import { checkEntries, checkFinite, checkSource, precisionOf } from '../backends/arguments.js';
import type {
  Backend,
  DataMatrix,
  MatrixOptions,
  MatrixSource,
  Precision,
  RankedRows,
  TrackedLossSpec,
} from '../backends/backend.js';
import { isFile } from '../backends/file-source.js';
import { CONSTANT_ULPS, noFrame, type Frame } from '../backends/frame.js';
import { checkFrame, checkSpreads, EPSILON, setColumn } from '../backends/measure-frame.js';
import { checkOrder } from '../backends/row-order.js';
import { PlanesearchError } from '../core/errors.js';
import { sliceRows, type MatrixData } from '../data/matrix-data.js';
import type { Loss } from '../losses/loss.js';
import { nativeNameOf } from '../losses/vectorized.js';
import { DistributedLoss } from './distributed-loss.js';
import { DistributedMatrix, type MatrixPlace } from './distributed-matrix.js';
import type { SumOrder } from './exchange.js';
import type { Leader } from './leader.js';
import { bounds, ownersOf, Placement } from './placement.js';

export interface DistributedParts {
  readonly leader: Leader;
  readonly local: Backend;
  /** Losses of the user's own that every rank knows. */
  readonly losses: readonly Loss[];
  /** Into which X is cut; in chunks, as one process cuts it, where there are enough of them, when null. */
  readonly parts: number | null;
  readonly order: SumOrder;
}

export function createDistributedBackend(made: DistributedParts): Backend {
  const { leader, local, losses, parts, order } = made;
  return {
    name: local.name,
    threads: local.threads,
    offers: [],
    vectors: local.vectors,
    matrices: local.matrices,
    here: local,
    ranks: `${parts === null ? 'chunks' : `${parts} parts`}, sums ${order === 'ordered' ? 'in order' : 'as they come'}`,
    matrix: (source, options) => distributedMatrix(made, source, options),
    trackedLoss(spec: TrackedLossSpec) {
      const { matrix, loss } = spec;
      if (!(matrix instanceof DistributedMatrix)) return local.trackedLoss(spec);
      if (nativeNameOf(loss) !== null || losses.includes(loss)) return new DistributedLoss(leader, matrix, spec);
      const sentence = `The loss '${loss.name}' is none that the other ranks know: give it as one of the losses to serve and lead.`;
      throw new PlanesearchError('INCOMPATIBLE', sentence);
    },
  };
}

/**
 * Rows at hand are dealt to the ranks, in as many parts as there are, consecutive ones to one rank; those that the ranks have read stay
 * where they are.
 */
async function distributedMatrix(
  made: DistributedParts,
  source: MatrixSource,
  options: MatrixOptions = {},
): Promise<DataMatrix> {
  const { leader } = made;
  const { rows, columns, ranks } = source;
  if (isFile(source))
    throw new PlanesearchError(
      'INCOMPATIBLE',
      'X in a file must be loaded to be dealt to ranks, which keep their rows in memory.',
    );
  if (!ranks) checkSource(source);
  const precision = precisionOf(source, options);
  const { frame = 'standard', order, columnNames } = options;
  if (order !== undefined) checkOrder(order, rows);
  if (typeof frame === 'object') checkFrame(frame, columns, columnNames);
  const held = ranks ?? deal(made, source, order);
  const { placement, orders } = arrange(held.cuts, wantedRows(ranks?.taken, order));
  const chunked = held.chunked === true && order === undefined && ranks?.taken === undefined;
  const chunkOf = chunked ? { rows, chunks: placement.parts } : null;
  const place = { id: leader.nextId(), columns, precision, placement, owners: held.owners, chunkOf };
  const arranging = { op: 'arrange', matrix: place.id, source: held.source, columns, precision, chunkOf } as const;
  try {
    await leader.run(arranging, orders, held.owners);
    const given = typeof frame === 'object' ? frame : frame === 'none' ? noFrame(columns) : null;
    const framed = given ?? (await (chunked ? measuredChunks : measured)(leader, place, columnNames));
    await leader.run({ op: 'frame', matrix: place.id, frame: frame === 'none' ? frame : framed });
    return new DistributedMatrix(leader, { ...place, frame: framed });
  } catch (error) {
    leader.forget({ op: 'dispose', matrix: place.id, loss: null });
    // A number that is none has been told with the row of its part; the caller knows those of all.
    if (!ranks) checkNumbers(source, precision, columnNames);
    throw error;
  } finally {
    if (!ranks) leader.forget({ op: 'release', source: held.source });
  }
}

type Dealt = Pick<RankedRows, 'source' | 'cuts' | 'owners' | 'chunked'>;

/** Parts of data that have no chunks, or too few of them. */
const PARTS = 24;
const LEAST_CHUNKS = 4;

/** Of data that is not cut in chunks. */
export function defaultParts(sums: SumOrder, ranks: number): number {
  return sums === 'fast' ? ranks : Math.max(ranks, PARTS);
}

/**
 * How many parts a sparse X has: no more than leave every part four numbers a column, since a part of its own adds a sum as long as the parameters; at
 * least 4, and one a rank.
 */
function partsOfSparse(stored: number, columns: number, ranks: number): number {
  return Math.max(ranks, LEAST_CHUNKS, Math.min(PARTS, Math.floor(stored / columns / 4)));
}

/** Where a sparse X is cut, so that its bits are those of any number of ranks, up to that of its parts. */
export function sparseCuts(rows: number, columns: number, stored: number, ranks: number): readonly number[] {
  return bounds(rows, Math.min(partsOfSparse(stored, columns, ranks), rows));
}

/** Where a dense X is cut in one process; null where that leaves too few chunks to be dealt out. */
export function chunksOf(local: Backend, rows: number, columns: number): readonly number[] | null {
  const cuts = local.chunks?.(rows, columns);
  return cuts !== undefined && cuts.length > LEAST_CHUNKS ? cuts : null;
}

/** The command is queued, its numbers copied, when this returns; what goes wrong is told by the next one. */
function deal(made: DistributedParts, source: MatrixSource, order: Uint32Array | undefined): Dealt {
  const { leader, local, parts, order: sums } = made;
  const { size } = leader.communicator;
  const { rows, columns } = source;
  const own = parts === null && sums === 'ordered';
  const chunks = own && order === undefined && source.kind === 'dense' ? chunksOf(local, rows, columns) : null;
  const sparse = own && source.kind === 'csr' ? sparseCuts(rows, columns, source.indices.length, size) : null;
  const cuts = chunks ?? sparse ?? bounds(rows, Math.min(parts ?? defaultParts(sums, size), rows));
  const count = cuts.length - 1;
  const owners = ownersOf(count, size);
  const data = source as MatrixData;
  const pieces = new Map(owners.map((_, part) => [part, sliceRows(data, cuts[part]!, cuts[part + 1]! - cuts[part]!)]));
  const held = leader.nextId();
  leader.forget({ op: 'hold', source: held }, pieces, owners);
  return { source: held, cuts, owners, chunked: chunks !== null };
}

/** Rows taken of all, in the order in which the matrix has them; undefined for all as they come. */
function wantedRows(taken: Uint32Array | undefined, order: Uint32Array | undefined): Uint32Array | undefined {
  return taken && order ? order.map((row) => taken[row]!) : (taken ?? order);
}

/** Where the rows of a matrix are, and which rows of its own every part takes, in that order; null where it takes all as they come. */
function arrange(cuts: readonly number[], order: Uint32Array | undefined) {
  const parts = cuts.length - 1;
  const rows = cuts[parts]!;
  const given = new Uint16Array(rows);
  for (let part = 0; part < parts; part++) given.fill(part, cuts[part], cuts[part + 1]);
  if (order === undefined) {
    return {
      placement: new Placement(parts, given),
      orders: new Map(cuts.slice(1).map((_, part) => [part, null] as const)),
    };
  }
  const placement = new Placement(
    parts,
    Uint16Array.from(order, (row) => given[row]!),
  );
  const orders = new Map(
    placement.ranges({ from: 0, count: order.length }).map(({ count }, part) => [part, new Uint32Array(count)]),
  );
  const next = new Uint32Array(parts);
  for (const row of order) {
    const part = given[row]!;
    const at = next[part]!;
    orders.get(part)![at] = row - cuts[part]!;
    next[part] = at + 1;
  }
  return { placement, orders };
}

function checkNumbers(source: MatrixSource, precision: Precision, names: readonly string[] | undefined): void {
  if (source.kind === 'csr') checkEntries(source, precision, names);
  else if (source.kind === 'dense') checkFinite(source.values, source.columns, precision, names);
}

/**
 * Centers and spreads over all parts from those of each (Chan, Golub & LeVeque 1983, doi 10.1080/00031305.1983.10483115):
 *
 *     mean = origin + sum_p n_p (mean_p - origin) / n        spread^2 = sum_p n_p (spread_p^2 + (mean_p - mean)^2) / n
 *
 * with the first row of the first part for origin, so that a shift of a column changes no bit.
 */
async function measured(
  leader: Leader,
  { id: matrix, columns, precision, placement }: { id: number; columns: number; precision: Precision; placement: Placement },
  names: readonly string[] | undefined,
): Promise<Frame> {
  const { rows } = placement;
  const { parts } = await leader.run({ op: 'measure', matrix });
  const first = [...parts.keys()].sort((a, b) => a - b).find((part) => parts.get(part) !== null)!;
  const origin = parts.get(first) as Float64Array;
  const { sum } = await leader.run({ op: 'distances', matrix, origin });
  const distance = sum.map((value) => value / rows);
  const squares = await leader.run({ op: 'squares', matrix, rows, origin, distance });
  const frame = { ...noFrame(columns), origin, distance };
  const rounding = CONSTANT_ULPS * (precision === 'float32' ? EPSILON.Float32Array : EPSILON.Float64Array);
  for (let j = 0; j < columns; j++) {
    const spread = Math.sqrt(squares.sum[j]!);
    if (spread <= rounding * (Math.abs(origin[j]!) + Math.abs(distance[j]!))) {
      frame.constant[j] = 1;
      frame.distance[j] = 0;
    } else frame.scale[j] = spread;
  }
  checkSpreads(frame, names);
  return frame;
}

/** The same of chunks of X, by the two passes of one process (`lib/backends/measure-frame.ts`), and with its bits. */
async function measuredChunks(
  leader: Leader,
  { id: matrix, columns, precision, placement }: Omit<MatrixPlace, 'frame'>,
  names: readonly string[] | undefined,
): Promise<Frame> {
  const { rows } = placement;
  const origin = (await leader.run({ op: 'firstRows', matrix })).parts.get(0) as Float64Array;
  const distances = await leader.run({ op: 'moments', matrix, origin, mean: undefined, inverseUnit: undefined });
  const longest = new Float64Array(columns);
  for (const own of distances.parts.values() as Iterable<Float64Array>)
    for (let j = 0; j < columns; j++) longest[j] = Math.max(longest[j]!, own[j]!);
  const mean = distances.sum.map((sum) => sum / rows);
  const inverseUnit = longest.map((unit) => (unit > 0 ? Math.min(1 / unit, 1e308) : 0));
  const squares = await leader.run({ op: 'moments', matrix, origin, mean, inverseUnit });
  const frame = { ...noFrame(columns), origin, distance: mean };
  const unit = CONSTANT_ULPS * (precision === 'float32' ? EPSILON.Float32Array : EPSILON.Float64Array);
  for (let j = 0; j < columns; j++) {
    const rounding = unit * (Math.abs(origin[j]!) + longest[j]!);
    setColumn(frame, j, { longest: longest[j]!, squares: squares.sum[j]! / rows, rounding });
  }
  checkSpreads(frame, names);
  return frame;
}
