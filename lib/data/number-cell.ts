/** What one field of a text file says: a number, nothing at all, or text. */

const missing = new Set(['', '?', 'na', 'nan', 'null']);
const infinite = /^[+-]?inf(inity)?$/i;

/**
 * The decimal number that `text` writes, NaN when it writes none: blanks, `0x10`, `1_000` and `Infinity` are not numbers.
 * `1e999` gives Infinity.
 */
export function parseCell(text: string): number {
  // A number begins with a digit, sign or point and ends in a digit or point; only then is Number() asked, which would
  // also take blanks around it and 0x, 0o, 0b before it.
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  if (!((first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b || first === 0x2e)) return NaN;
  if (!((last >= 0x30 && last <= 0x39) || last === 0x2e)) return NaN;
  const second = text.charCodeAt(1) | 0x20;
  if (first === 0x30 && (second === 0x78 || second === 0x6f || second === 0x62)) return NaN;
  return Number(text);
}

export function isNumber(text: string): boolean {
  return !Number.isNaN(parseCell(text));
}

/** Empty, `?`, `NA`, `NaN` or `null`, whatever the case. */
export function isMissing(text: string): boolean {
  return text.length <= 4 && missing.has(text.toLowerCase());
}

/** `Infinity` or `inf` with or without a sign, or a number beyond the range of float64. */
export function isInfinite(text: string): boolean {
  return infinite.test(text) || Math.abs(parseCell(text)) === Infinity;
}
