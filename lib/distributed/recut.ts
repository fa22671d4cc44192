/**
 * Rows that the ranks have read as they lay in files, dealt anew: dense ones so that every part is a chunk of X (`Backend.chunks`), sparse ones into fewer
 * parts. Only the rows around the borders move, from rank to rank.
 */
import type { Communicator } from '../backends/communicator.js';
import type { DenseSource, SparseSource } from '../backends/backend.js';
import { outOfMemory } from '../core/out-of-memory.js';
import { sliceRows, type MatrixData } from '../data/matrix-data.js';
import type { HeldRows } from './read-parts.js';
import { pack, unpack } from './wire.js';

/** First rows of all parts and the number of rows, and the rank of every part: as they are, and as they are to be. */
export interface Cuts {
  readonly cuts: readonly number[];
  readonly owners: readonly number[];
}

const NOTHING = new Uint8Array(0);

/**
 * Every rank walks through the same pieces in the same order, so that each piece finds its sender and its receiver waiting. A rank that fails walks on
 * with nothing in its hands, and tells at the end: whoever stopped would leave the others waiting.
 *
 * @param held the parts of this rank, by number
 */
export async function recut(
  communicator: Communicator,
  held: ReadonlyMap<number, HeldRows>,
  from: Cuts,
  to: Cuts,
): Promise<Map<number, HeldRows>> {
  const { rank } = communicator;
  const parts = new Map<number, HeldRows>();
  let failure: unknown = null;
  const attempt = <T>(work: () => T): T | null => {
    if (failure !== null) return null;
    try {
      return work();
    } catch (error) {
      failure = outOfMemory(error) ?? error;
      return null;
    }
  };
  for (const [part, owner] of to.owners.entries()) {
    const [begin, end] = [to.cuts[part]!, to.cuts[part + 1]!];
    const pieces: HeldRows[] = [];
    let whole = true;
    for (const [old, sender] of from.owners.entries()) {
      const offset = from.cuts[old]!;
      const first = Math.max(begin, offset);
      const last = Math.min(end, from.cuts[old + 1]!);
      if (first >= last || (sender !== rank && owner !== rank)) continue;
      if (sender !== rank) {
        const message = await communicator.receive(sender);
        if (message.length > 0) attempt(() => pieces.push(unpack<HeldRows>(message)));
        else whole = false; // The sender tells why.
        continue;
      }
      const own = attempt(() => sliceRows(held.get(old) as MatrixData, first - offset, last - first) as HeldRows);
      if (owner === rank) attempt(() => pieces.push(own!));
      else await communicator.send(owner, attempt(() => pack(own)) ?? NOTHING);
    }
    if (owner === rank && whole) attempt(() => parts.set(part, joined(pieces)));
  }
  if (failure !== null) throw failure;
  return parts;
}

/** Rows one piece after the other, in memory of their own. */
function joined(pieces: readonly HeldRows[]): HeldRows {
  const [first] = pieces as [HeldRows, ...HeldRows[]];
  return first.kind === 'dense' ? joinedDense(pieces as DenseSource[]) : joinedSparse(pieces as SparseSource[]);
}

function joinedDense(pieces: readonly DenseSource[]): DenseSource {
  const [{ values: sample, columns }] = pieces as [DenseSource, ...DenseSource[]];
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const values = sample.BYTES_PER_ELEMENT === 4 ? new Float32Array(rows * columns) : new Float64Array(rows * columns);
  let at = 0;
  for (const piece of pieces) {
    values.set(piece.values, at);
    at += piece.values.length;
  }
  return { kind: 'dense', values, rows, columns };
}

function joinedSparse(pieces: readonly SparseSource[]): SparseSource {
  const [{ columns }] = pieces as [SparseSource, ...SparseSource[]];
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const entries = pieces.reduce((sum, piece) => sum + piece.indices.length, 0);
  const indptr = new Float64Array(rows + 1);
  const indices = new Uint32Array(entries);
  // Where all numbers of a part are 1 it has none.
  const valued = pieces.find((piece) => piece.values !== undefined)?.values;
  const values = valued && (valued.BYTES_PER_ELEMENT === 4 ? new Float32Array(entries) : new Float64Array(entries));
  let [row, at] = [0, 0];
  for (const piece of pieces) {
    for (let i = 0; i < piece.rows; i++) indptr[++row] = at + piece.indptr[i + 1]!;
    indices.set(piece.indices, at);
    if (piece.values) values!.set(piece.values, at);
    else values?.fill(1, at, at + piece.indices.length);
    at += piece.indices.length;
  }
  return { kind: 'csr', indptr, indices, ...(values && { values }), rows, columns };
}
