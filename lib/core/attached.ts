/** Whether the memory behind a typed array is there and its own: JavaScript can transfer it elsewhere, or share it. */
import { PlanesearchError, reject } from './errors.js';

/**
 * Refuses what only looks like a typed array (a Proxy of one), and a typed array whose buffer was transferred elsewhere
 * (detached), or is shared with other threads that may write to it.
 */
export function checkAttached(what: string, values: ArrayBufferView): void {
  if (!ArrayBuffer.isView(values)) reject('INVALID_ARGUMENT', what, 'a typed array', values);
  const { buffer } = values;
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

const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!;

/** Of an ArrayBuffer, whichever realm it was made in; null for a SharedArrayBuffer, on which the getter throws. */
function bytesOf(buffer: ArrayBufferLike): number | null {
  try {
    return byteLength.call(buffer) as number;
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
