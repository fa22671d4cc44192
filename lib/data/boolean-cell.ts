/** Yes or no in a field: 1 and 0, in whatever case. */

const pairs = [
  ['true', 'false'],
  ['yes', 'no'],
  ['t', 'f'],
  ['y', 'n'],
] as const;

const values = new Map<string, number>([
  ...pairs.flatMap(([yes, no]) => [[yes, 1] as const, [no, 0] as const]),
  ['1', 1],
  ['0', 0],
]);
const LONGEST = 5;

/** NaN for what is neither. */
export function parseBoolean(text: string): number {
  return text.length > LONGEST ? NaN : (values.get(text.toLowerCase()) ?? NaN);
}

/**
 * Whether these, in lower case, are both words of one pair. One word alone is taken for a category (a column of `f` may have an `m` further
 * down), but for true and false, which are nothing else.
 */
export function areBooleans(words: ReadonlySet<string>): boolean {
  if (words.size === 0 || words.size > 2) return false;
  if ([...words].every((word) => word === 'true' || word === 'false')) return true;
  return pairs.some(([yes, no]) => words.has(yes) && words.has(no));
}
