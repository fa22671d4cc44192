/**
 * A random sign from three integers, the same on both backends: the avalanche of a 32-bit integer hash (Mueller's
 * "lowbias" constants, as in native/math/random_sign.h) whose top bit decides. Stateless, so that rows may be visited in any order.
 */
export function randomSign(seed: number, row: number, output: number): number {
  let h = (Math.imul(row, 0x9e3779b1) ^ Math.imul(output + 1, 0x85ebca6b) ^ seed) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  h ^= h >>> 16;
  return h < 0 ? -1 : 1;
}
