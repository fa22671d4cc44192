/** Memory that could not be had, wherever it was asked for, as an error of ours. */
import { PlanesearchError } from './errors.js';

/**
 * As {@link outOfMemory} where sizes come from a file: one that no array can have tells of damage, and not of too little memory.
 */
export function allocationFailed(error: unknown): PlanesearchError | null {
  return error instanceof RangeError && /Invalid (typed array|array buffer) length/.test(error.message)
    ? null
    : outOfMemory(error);
}

/** An array that V8 or the addon could not make, as a PlanesearchError OUT_OF_MEMORY; null for any other error. */
export function outOfMemory(error: unknown): PlanesearchError | null {
  if (!(error instanceof Error)) return null;
  const inJavaScript =
    error instanceof RangeError && /allocation failed|Invalid (typed array|array buffer) length/.test(error.message);
  if (!inJavaScript && error.message !== 'std::bad_alloc') return null;
  const sentence = 'The memory that this takes must be available, but the system does not give it.';
  return new PlanesearchError('OUT_OF_MEMORY', sentence, { cause: error });
}
