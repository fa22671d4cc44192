/** Whether the memory behind a typed array is there and its own: JavaScript can transfer it elsewhere, or share it. */
import { PlanesearchError, reject } from './errors.js';

const lengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')!.get!;

/**
 * Refuses what only looks like a typed array (a Proxy of one), one that says another length than it has, and a typed array whose buffer was transferred elsewhere
 * (detached), or is shared with other threads that may write to it.
 */
export function checkAttached(what: string, values: ArrayBufferView): void {
  if (!ArrayBuffer.isView(values) || values instanceof DataView) reject('INVALID_ARGUMENT', what, 'a typed array', values);
  const [length, said] = [lengthOf.call(values) as number, (values as { length?: unknown }).length];
  if (said !== length) reject('INVALID_ARGUMENT', what, `a typed array that gives its length, ${length}`, said);
  if (Object.prototype.toString.call(values.buffer) === '[object SharedArrayBuffer]') {
    reject('INVALID_ARGUMENT', what, 'backed by an ArrayBuffer of its own', values.buffer);
  }
  if (isDetached(values.buffer)) {
    const sentence = `${what} must not be detached, but its ArrayBuffer was transferred elsewhere.`;
    throw new PlanesearchError('INVALID_ARGUMENT', sentence, {
      expected: 'an attached ArrayBuffer',
      received: 'a detached ArrayBuffer',
    });
  }
}

/** `ArrayBuffer.prototype.detached` arrived after Node 20; a view on a detached buffer cannot be made. */
function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
