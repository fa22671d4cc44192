import { PlanesearchError } from '../core/errors.js';

/** An INVALID_DATA error: one sentence, and what was expected and what came where that can be said in a few words. */
export function dataError(sentence: string, expected?: string, received?: string): PlanesearchError {
  return new PlanesearchError('INVALID_DATA', sentence, {
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received }),
  });
}
