/** What an array says of itself is not believed, in whichever realm it was made. */
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { checkAttached, typedArrayName } from '../../lib/core/attached.js';

const foreign = (source: string): never => vm.runInNewContext(source) as never;
const own = (name: PropertyKey, value: unknown, array: object = new Float64Array(3)): never =>
  Object.defineProperty(array, name, { value }) as never;

function detached(): Float64Array {
  const array = new Float64Array(3);
  structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

const shared = (): Float64Array => new Float64Array(new SharedArrayBuffer(24));

describe('the name of a typed array', () => {
  it.each<[string, unknown, string | null]>([
    ['of this realm', new Float32Array(1), 'Float32Array'],
    ['of another realm', foreign('new Uint32Array(2)'), 'Uint32Array'],
    ['that calls itself otherwise', own(Symbol.toStringTag, 'Float64Array', new Uint8Array(8)), 'Uint8Array'],
    ['of a subclass', new (class Mine extends Float64Array {})(2), 'Float64Array'],
    ['of what calls itself one', { [Symbol.toStringTag]: 'Float64Array' }, null],
    ['of a DataView', new DataView(new ArrayBuffer(8)), null],
    ['of a Proxy', new Proxy(new Float64Array(1), {}), null],
    ['of a detached one', detached(), 'Float64Array'],
    ['of nothing', undefined, null],
    ['of null', null, null],
    ['of a number', 1, null],
  ])('%s', (_what, values, name) => expect(typedArrayName(values)).toBe(name));
});

describe('memory that is its own', () => {
  it.each<[string, ArrayBufferView]>([
    ['of this realm', new Float64Array(3)],
    ['of another realm', foreign('new Float64Array(3)')],
    ['without anything in it', new Float64Array(0)],
    ['a part of more', new Float64Array(new ArrayBuffer(80), 8, 3)],
  ])('%s', (_what, values) => expect(() => checkAttached('X', values)).not.toThrow());

  it.each<[string, ArrayBufferView, string]>([
    ['a longer length', own('length', 9), 'a typed array that gives its length, 3'],
    ['a length of another kind', own('length', '3'), 'a typed array that gives its length, 3'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'X must be a typed array'],
    ['a DataView of another realm', foreign('new DataView(new ArrayBuffer(8))'), 'X must be a typed array'],
    ['a Proxy', new Proxy(new Float64Array(1), {}), 'X must be a typed array'],
    ['shared', shared(), 'backed by an ArrayBuffer of its own'],
    [
      'shared, in another realm',
      foreign('new Float64Array(new SharedArrayBuffer(8))'),
      'backed by an ArrayBuffer of its own',
    ],
    [
      'shared, with another buffer in front',
      own('buffer', new ArrayBuffer(24), shared()),
      'backed by an ArrayBuffer of its own',
    ],
    ['detached', detached(), 'X must not be detached'],
    ['detached, with another buffer in front', own('buffer', new ArrayBuffer(24), detached()), 'X must not be detached'],
  ])('not %s', (_what, values, sentence) => expect(() => checkAttached('X', values)).toThrow(sentence));
});
