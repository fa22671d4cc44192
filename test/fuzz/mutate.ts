/** Damage: a few changes of a file, of the kinds that find most (https://lcamtuf.coredump.cx/afl/technical_details.txt, section 6). */
import type { Random } from '../../lib/core/random.js';

const LONGEST = 2 ** 16;
/** Sizes and places in files: at the edges of their types. */
const edges = [0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

type Change = (bytes: Buffer, random: Random, given: { corpus: readonly Buffer[]; pieces: readonly Buffer[] }) => Buffer;

const changes: readonly Change[] = [
  (bytes, random, { pieces }) => put(bytes, place(bytes, random), random.integer(5), pick(pieces, random)),
  (bytes, random, { pieces }) => put(bytes, place(bytes, random), random.integer(5), pick(pieces, random)),
  (bytes, random) => set(bytes, random, (byte) => byte ^ (1 << random.integer(8))),
  (bytes, random) => set(bytes, random, () => random.integer(256)),
  (bytes, random) => set(bytes, random, (byte) => (byte + (random.integer(2) === 0 ? 1 : 255)) % 256),
  (bytes, random) => put(bytes, place(bytes, random), 1 + random.integer(16), Buffer.alloc(0)),
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => {
    const number = Buffer.alloc([1, 2, 4, 8][random.integer(4)]!);
    number.writeUIntLE(pick(edges, random) % 256 ** Math.min(6, number.length), 0, Math.min(6, number.length));
    return put(bytes, place(bytes, random), number.length, random.integer(2) === 0 ? number : number.reverse());
  },
  (bytes, random) => {
    const from = place(bytes, random);
    const part = bytes.subarray(from, from + 1 + random.integer(64));
    return put(bytes, random.integer(2) === 0 ? from : place(bytes, random), 0, part);
  },
  (bytes, random, { corpus }) => {
    const other = pick(corpus, random);
    const from = place(other, random);
    const length = 1 + random.integer(random.integer(2) === 0 ? 16 : other.length + 1);
    return put(bytes, place(bytes, random), random.integer(2) === 0 ? 0 : length, other.subarray(from, from + length));
  },
];

/** One of `corpus` with one to about eight changes. */
export function mutate(corpus: readonly Buffer[], pieces: readonly Buffer[], random: Random): Buffer {
  let bytes = pick(corpus, random);
  do bytes = pick(changes, random)(bytes, random, { corpus, pieces });
  while (random.integer(2) === 0);
  return Buffer.from(bytes.subarray(0, LONGEST));
}

/** The shortest that still `fails` of what is left when parts are taken out, halves first. */
export async function shortened(bytes: Buffer, fails: (bytes: Buffer) => Promise<boolean>): Promise<Buffer> {
  let [best, tries] = [bytes, 0];
  for (let length = Math.ceil(best.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2))
    for (let at = 0; at < best.length && tries < 2000; tries++) {
      const shorter = put(best, at, length, Buffer.alloc(0));
      if (await fails(shorter)) best = shorter;
      else at += length;
    }
  return best;
}

const pick = <T>(list: readonly T[], random: Random): T => list[random.integer(list.length)]!;
const place = (bytes: Buffer, random: Random): number => random.integer(bytes.length + 1);

function put(bytes: Buffer, at: number, removed: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
}

function set(bytes: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const changed = Buffer.from(bytes);
  const at = random.integer(bytes.length);
  changed[at] = change(changed[at]!);
  return changed;
}
