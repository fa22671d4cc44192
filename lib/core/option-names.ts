/**
 * Options that nobody understands are refused, with the name that was probably meant: a misspelt option is never ignored.
 */
import { PlanesearchError } from './errors.js';

/** @throws PlanesearchError INVALID_OPTION for a key of `given`, not undefined, that is not among the known names */
export function refuseUnknown(given: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === null ? `The options are ${known.join(', ')}.` : `Did you mean '${near}'?`;
    throw new PlanesearchError('INVALID_OPTION', `There is no option '${name}'. ${hint}`, {
      expected: near ?? known.join(', '),
      received: name,
    });
  }
}

/** The name that fewest edits lead to, when they are few. */
function nearest(name: string, known: readonly string[]): string | null {
  const ranked = known.map((other) => ({ other, edits: editDistance(name.toLowerCase(), other.toLowerCase()) }));
  const best = ranked.reduce((a, b) => (b.edits < a.edits ? b : a));
  return best.edits <= Math.max(2, Math.floor(name.length / 3)) ? best.other : null;
}

/** Levenshtein 1966: insertions, deletions and substitutions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
