/** Fewer entries than there are, so that what shows or keeps them stays small. */

/**
 * Which of `count` entries are kept: all up to `most`, otherwise the first, the last, and others half evenly and half ever further apart,
 * since most happens at the beginning.
 */
export function thinned(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, k) => k);
  const kept = new Set<number>();
  const half = Math.ceil(most / 2);
  for (let k = 0; k < half; k++) {
    kept.add(Math.round((k * (count - 1)) / (half - 1)));
    kept.add(Math.round(count ** (k / (half - 1))) - 1);
  }
  return [...kept].sort((a, b) => a - b);
}

/** `most` of `count` entries at even distances, the first and the last among them. */
export function evenly(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, k) => k);
  return Array.from({ length: most }, (_, k) => Math.round((k * (count - 1)) / (most - 1)));
}
