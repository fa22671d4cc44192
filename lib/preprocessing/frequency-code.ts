/** Counts as a short text for a model file: each seven bits to a byte, low ones first, the eighth set where more follow (LEB128), and that in base64. */

/** @param counts integers from 0 to 2^32 - 1 */
export function encodeCounts(counts: Uint32Array): string {
  const bytes = Buffer.allocUnsafe(5 * counts.length);
  let length = 0;
  for (let count of counts) {
    for (; count >= 0x80; count >>>= 7) bytes[length++] = (count & 0x7f) | 0x80;
    bytes[length++] = count;
  }
  return bytes.subarray(0, length).toString('base64');
}

/** Null for what is not `size` counts of at most `largest`. */
export function decodeCounts(text: string, size: number, largest: number): Uint32Array | null {
  if (text.length > Math.ceil((5 * size) / 3) * 4) return null;
  const bytes = Buffer.from(text, 'base64');
  const counts = new Uint32Array(size);
  let at = 0;
  for (let k = 0; k < size; k++) {
    let count = 0;
    let place = 1;
    for (; at < bytes.length && bytes[at]! >= 0x80; at++, place *= 128) count += (bytes[at]! & 0x7f) * place;
    if (at >= bytes.length) return null;
    count += bytes[at++]! * place;
    if (count > largest) return null;
    counts[k] = count;
  }
  return at === bytes.length ? counts : null;
}
