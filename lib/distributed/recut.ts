/**
 * Dense rows that the ranks have read as they lay in files, dealt anew so that every part is a chunk of X (`Backend.chunks`): only the rows
 * around the borders move, from rank to rank.
 */
import type { Communicator } from '../backends/communicator.js';
import type { DenseSource } from '../backends/backend.js';

/** First rows of all parts and the number of rows, and the rank of every part: as they are, and as they are to be. */
export interface Cuts {
  readonly cuts: readonly number[];
  readonly owners: readonly number[];
}

/**
 * Every rank walks through the same pieces in the same order, so that each piece finds its sender and its receiver waiting.
 *
 * @param held the parts of this rank, by number
 */
export async function recut(
  communicator: Communicator,
  held: ReadonlyMap<number, DenseSource>,
  from: Cuts,
  to: Cuts,
  columns: number,
  single: boolean,
): Promise<Map<number, DenseSource>> {
  const { rank } = communicator;
  const parts = new Map<number, DenseSource>();
  for (const [part, owner] of to.owners.entries()) {
    const [begin, end] = [to.cuts[part]!, to.cuts[part + 1]!];
    const size = (end - begin) * columns;
    const values = owner === rank ? new (single ? Float32Array : Float64Array)(size) : null;
    for (const [old, sender] of from.owners.entries()) {
      const first = Math.max(begin, from.cuts[old]!);
      const last = Math.min(end, from.cuts[old + 1]!);
      if (first >= last || (sender !== rank && owner !== rank)) continue;
      const at = (first - begin) * columns;
      if (sender !== rank) values!.set(numbersIn(await communicator.receive(sender), single), at);
      else {
        const offset = from.cuts[old]!;
        const own = held.get(old)!.values.subarray((first - offset) * columns, (last - offset) * columns);
        if (values) values.set(own, at);
        else await communicator.send(owner, new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
      }
    }
    if (values) parts.set(part, { kind: 'dense', values, rows: end - begin, columns });
  }
  return parts;
}

/** A message may lie anywhere in its buffer. */
function numbersIn(message: Uint8Array, single: boolean): Float64Array | Float32Array {
  const { buffer } = message.slice();
  return single ? new Float32Array(buffer) : new Float64Array(buffer);
}
