/** Whether the memory behind a typed array is there and its own: JavaScript can transfer it elsewhere, or share it. */
import { PlanesearchError, reject } from './errors.js';

// These read what an object was made as: no realm of its own, no property of the caller's and no Proxy deceives them.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const nameOf = getterOf(typedArray, Symbol.toStringTag);
const lengthOf = getterOf(typedArray, 'length');
const bufferOf = getterOf(typedArray, 'buffer');
const byteLengthOf = getterOf(ArrayBuffer.prototype, 'byteLength');

function getterOf(prototype: object, name: PropertyKey): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)!.get!;
}

/** 'Float64Array' and the like, whichever realm it was made in; null for what is no typed array. */
export function typedArrayName(values: unknown): string | null {
  return (nameOf.call(values) as string | undefined) ?? null;
}

/**
 * Refuses what only looks like a typed array (a Proxy of one), one that says another length than it has, and a typed array
 * whose buffer was transferred elsewhere (detached), or is shared with other threads that may write to it.
 */
export function checkAttached(what: string, values: ArrayBufferView): void {
  if (typedArrayName(values) === null) reject('INVALID_ARGUMENT', what, 'a typed array', values);
  const length = lengthOf.call(values) as number;
  const said = (values as { length?: unknown }).length;
  if (said !== length) reject('INVALID_ARGUMENT', what, `a typed array that gives its length, ${length}`, said);
  const buffer = bufferOf.call(values) as ArrayBufferLike;
  const bytes = bytesOf(buffer);
  if (bytes === null) reject('INVALID_ARGUMENT', what, 'backed by an ArrayBuffer of its own', buffer);
  if (bytes === 0 && isDetached(buffer)) {
    const sentence = `${what} must not be detached, but its ArrayBuffer was transferred elsewhere.`;
    throw new PlanesearchError('INVALID_ARGUMENT', sentence, {
      expected: 'an attached ArrayBuffer',
      received: 'a detached ArrayBuffer',
    });
  }
}

/** Of an ArrayBuffer, whichever realm it was made in; null for a SharedArrayBuffer, on which the getter throws. */
function bytesOf(buffer: ArrayBufferLike): number | null {
  try {
    return byteLengthOf.call(buffer) as number;
  } catch {
    return null;
  }
}

/** `ArrayBuffer.prototype.detached` arrived after Node 20; a view on a detached buffer cannot be made. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
