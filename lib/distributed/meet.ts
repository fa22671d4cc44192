/** Before anything else the ranks compare what has to be the same on all. */
import { endianness } from 'node:os';
import type { Communicator } from '../backends/communicator.js';
import { PlanesearchError } from '../core/errors.js';
import { packageVersion } from '../io/package-version.js';
import { gathered } from './exchange.js';
import { pack, unpack } from './wire.js';

export type Agreed = Readonly<Record<string, string>>;

/** @throws PlanesearchError INCOMPATIBLE, on every rank the same sentence, which names the first difference */
export async function meet(communicator: Communicator, own: Agreed): Promise<void> {
  const said = { version: packageVersion(), node: process.versions.node, 'byte order': endianness(), ...own };
  const all = await gathered<Agreed>(communicator, said);
  const difference = unpack<string | null>(await communicator.broadcast(all && pack(firstDifference(all))));
  if (difference !== null) throw new PlanesearchError('INCOMPATIBLE', difference);
}

function firstDifference(all: readonly Agreed[]): string | null {
  const [first] = all as [Agreed, ...Agreed[]];
  for (const [rank, other] of all.entries()) {
    for (const name of new Set([...Object.keys(first), ...Object.keys(other)])) {
      if (first[name] === other[name]) continue;
      return `All ranks must have the same ${name}, but rank 0 has ${first[name] ?? 'none'} and rank ${rank} ${other[name] ?? 'none'}.`;
    }
  }
  return null;
}
