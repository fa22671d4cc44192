/**
 * MurmurHash3, x86, 32 bits (Austin Appleby, 2011, public domain, https://github.com/aappleby/smhasher): four bytes at a time
 *
 *     h = 5 rotl(h ^ c2 rotl(c1 k, 15), 13) + 0xe6546b64
 *
 * then the rest, the length, and a finalizer that lets every bit of the input reach every bit of the result. scikit-learn's hashing
 * vectorizers use the same with seed 0.
 */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** The hash of bytes [from, end), as a signed integer. */
export function murmurHash3(bytes: Uint8Array, from: number, end: number, seed = 0): number {
  let h = seed | 0;
  // Not by bits: they are 32.
  const whole = end - ((end - from) % 4);
  for (let at = from; at < whole; at += 4) {
    const k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    h ^= scramble(k);
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = end - 1; at >= whole; at--) rest = (rest << 8) | bytes[at]!;
  if (whole < end) h ^= scramble(rest);
  h ^= end - from;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function scramble(k: number): number {
  const product = Math.imul(k, C1);
  return Math.imul((product << 15) | (product >>> 17), C2);
}
