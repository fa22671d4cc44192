/**
 * Losses whose `native` may be believed: those that our own factories have made. A variation of one, `{ ...squared(), row }`, copies the
 * name and not the arithmetic; it is another loss, and runs its own `row`.
 */
import type { Loss } from './loss.js';

const own = new WeakSet<Loss>();

/** Marks a loss that a factory has just made. */
export function vectorized(loss: Loss): Loss {
  own.add(loss);
  return loss;
}

/** The file of `native/losses` with the same arithmetic; null for a loss that has none. */
export function nativeNameOf(loss: Loss): string | null {
  return own.has(loss) ? (loss.native ?? null) : null;
}
