import { PlanesearchError } from '../core/errors.js';

/** An INVALID_DATA error: one sentence, and what was expected and what came where that can be said in a few words. */
export function dataError(sentence: string, expected?: string, received?: string): PlanesearchError {
  return new PlanesearchError('INVALID_DATA', sentence, {
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received }),
  });
}

const ROWS = 'data rows';

/** @param what the file, for messages, and what it holds instead */
export function noRows(what: string, instead = ''): PlanesearchError {
  return dataError(`${what} holds ${instead}no data rows.`, ROWS, 'none');
}

/** Whether an error says that there are none. */
export function saysNoRows(error: unknown): boolean {
  return error instanceof PlanesearchError && error.code === 'INVALID_DATA' && error.expected === ROWS;
}
