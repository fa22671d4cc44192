/** Calls into the addon: results now or later, errors of ours as PlanesearchError. */
import { isError, isOurs, PlanesearchError, type ErrorCode } from '../core/errors.js';
import { outOfMemory } from '../core/out-of-memory.js';
import type { MaybePromise } from './backend.js';

const ownCodes: readonly string[] = [
  'INVALID_ARGUMENT',
  'INVALID_DATA',
  'FILE_NOT_FOUND',
  'UNREADABLE_FILE',
  'INCOMPATIBLE',
  'OUT_OF_MEMORY',
  'NO_THREAD',
  'INTERNAL',
  'DISPOSED',
] satisfies ErrorCode[];

/** An error of the addon that carries one of our codes becomes a PlanesearchError. */
function translate(error: unknown): unknown {
  if (!isError(error) || isOurs(error)) return error;
  // Memory that failed before a guard of the addon was reached, or in JavaScript on the way there.
  const shortage = outOfMemory(error);
  if (shortage) return shortage;
  const { code, expected, received } = error as Error & { code?: string; expected?: string; received?: string };
  if (code === undefined || !ownCodes.includes(code)) return error;
  const details = { ...(expected === undefined ? {} : { expected }), ...(received === undefined ? {} : { received }) };
  return new PlanesearchError(code as ErrorCode, error.message, details);
}

/** Calls the addon and hands its result, now or later, to `use`. */
export function call<T, R>(run: () => MaybePromise<T>, use: (result: T) => R): MaybePromise<R> {
  let result: MaybePromise<T>;
  try {
    result = run();
  } catch (error) {
    throw translate(error);
  }
  if (!isPromise(result)) return use(result);
  return result.then(use, (error) => {
    throw translate(error);
  });
}

/** A promise of the addon is one of the realm that loaded it, which in a VM context is not the `Promise` seen here. */
function isPromise<T>(result: MaybePromise<T>): result is Promise<T> {
  return typeof (result as { then?: unknown } | null | undefined)?.then === 'function';
}

export const same = <T>(result: T): T => result;
