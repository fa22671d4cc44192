/** The arrays of the addon's algebra on vectors: each is asked once for what it is, and nothing that it says of itself is believed. */
import { describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/backends/native-module.js';
import { loadWasm } from '../../lib/backends/wasm/wasm.js';
import { nativeAbsence } from '../support/backends.js';
import { wasmAbsence } from '../support/compiled.js';
import { numbers } from './problem.js';

const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });

/** No Float64Arrays. */
const others: readonly unknown[] = [
  undefined,
  null,
  NaN,
  'x',
  {},
  [1, 2, 3],
  new Float32Array(3),
  new Uint32Array(3),
  new BigInt64Array(3),
  new DataView(new ArrayBuffer(24)),
  new ArrayBuffer(24),
  new Proxy(new Float64Array(3), {}),
];
const noSizes: readonly unknown[] = [undefined, null, NaN, '2', {}, -1, 1.5, Infinity, 2 ** 53, 2 ** 64, 2n];

function detached(length: number): Float64Array {
  const array = new Float64Array(length);
  structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

function lying(length: number, said: number): Float64Array {
  return Object.defineProperty(numbers(length, 1), 'length', { value: said });
}

const modules = [
  { name: 'addon', absence: nativeAbsence, load: loadNative },
  { name: 'module in WebAssembly', absence: wasmAbsence, load: loadWasm },
].filter(({ absence }) => absence === null);

describe.each(modules)('the $name', ({ load }) => {
  /** Arguments of any type. */
  const call = (name: string, ...given: unknown[]): unknown =>
    (load() as unknown as Record<string, (...all: unknown[]) => unknown>)[name]!(...given);
  const refuses = (name: string, ...given: unknown[]): void => {
    let thrown: unknown;
    try {
      call(name, ...given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown, name).toEqual(refused);
  };

  it('refuses what is no vector', () => {
    const vector = numbers(3, 1);
    for (const other of [...others, detached(3)]) {
      for (const pair of [
        [other, vector],
        [vector, other],
      ]) {
        refuses('dot', ...pair, 1);
        refuses('axpby', 1, pair[0], 1, pair[1], 1);
        if (!(other instanceof Float32Array)) {
          refuses('dots', [pair[0]], [pair[1]], null, 1);
          refuses('combine', null, numbers(1, 1), [pair[0]], pair[1], 1);
        }
        refuses('axpyByRow', numbers(1, 1), ...pair, 1);
        refuses('scaleRows', numbers(1, 1), ...pair, 1);
      }
      refuses('dots', other, [vector], null, 1);
      refuses('dots', [vector], other, null, 1);
      refuses('combine', null, numbers(1, 1), other, vector, 1);
      refuses('combine', null, other, [vector], vector, 1);
      refuses('axpyByRow', other, vector, vector, 1);
      refuses('scaleRows', other, vector, vector, 1);
    }
  });

  it('refuses rows and layers that do not fit', () => {
    const [x, layer, out] = [numbers(3, 1), numbers(8, 1), numbers(2 + 8, 1)];
    for (const other of [...others, numbers(2, 1), new Float64Array(0), detached(3)])
      refuses('affineInto', other, 1, layer, 2, out);
    for (const other of [...others, numbers(2, 1), numbers(7, 1), detached(8)]) refuses('affineInto', x, 1, other, 2, out);
    for (const bad of [...noSizes, 0, 2]) refuses('affineInto', x, bad, layer, 2, out);
    for (const bad of [...noSizes, 0, 3, 8, 2 ** 31, 2 ** 32]) refuses('affineInto', x, 1, layer, bad, out);
    for (const other of [...others, numbers(2 + 7, 1), detached(10)]) refuses('affineInto', x, 1, layer, 2, other);
  });

  it('reads no further than an array goes, whatever it says', () => {
    const vector = numbers(3, 1);
    expect(call('dot', lying(3, 2 ** 30), vector, 1)).toBe(call('dot', vector, vector, 1));
    refuses('dot', lying(3, 2 ** 20), numbers(2 ** 20, 1), 1);
    refuses('dots', [vector], [vector], lying(2, 3), 1);
    expect(call('dots', [lying(3, 2 ** 30)], [vector], null, 1)).toEqual(
      Float64Array.of(call('dot', vector, vector, 1) as number),
    );
    const affine = (x: Float64Array, layer: Float64Array): Float64Array => {
      const out = numbers(2 + 8, 1);
      call('affineInto', x, 1, layer, 2, out);
      return out.subarray(0, 2);
    };
    expect(affine(lying(3, 2 ** 30), numbers(8, 1))).toEqual(affine(vector, numbers(8, 1)));
    expect(affine(lying(4, 3), numbers(8, 1))).toEqual(affine(numbers(4, 1), numbers(8, 1)));
    refuses('affineInto', lying(2, 3), 1, numbers(8, 1), 2, numbers(10, 1));
    refuses('affineInto', vector, 1, lying(9, 8), 2, numbers(10, 1));
    refuses('affineInto', vector, 1, numbers(8, 1), 2, lying(9, 10));
  });

  it('makes a sparse matrix of compressed rows alone', () => {
    const sparse = {
      rows: 3,
      columns: 2,
      single: false,
      values: numbers(3, 1),
      indptr: Float64Array.of(0, 2, 2, 3),
      indices: Uint32Array.of(1, 0, 1),
    };
    const make = (changes: object): unknown =>
      Reflect.construct(loadNative().DataMatrix as unknown as () => void, [{ ...sparse, ...changes }, 1]);
    const given = others.slice(1);
    expect(() => make({ values: undefined })).not.toThrow();
    for (const values of [...given.filter((x) => !(x instanceof Float32Array)), numbers(2, 1), detached(3)])
      expect(() => make({ values })).toThrow(refused);
    expect(() => make({ values: Float64Array.of(1, 2, NaN) })).toThrow(refused);
    const offsets = [
      [0, 2, 3],
      [0, 2, 1, 3],
      [1, 2, 2, 3],
      [0, 2, 2, 4],
      [0, NaN, 2, 3],
      [0, 1e300, 2, 3],
      [0, 0.5, 2, 3],
      [-1, 2, 2, 3],
    ];
    for (const indptr of [...given, ...offsets.map((list) => Float64Array.from(list))])
      expect(() => make({ indptr })).toThrow(refused);
    const places = [[1, 1, 0], [0, 2, 0], [0, 2 ** 32 - 1, 0], [0, 1], []].map((list) => Uint32Array.from(list));
    for (const indices of [...others.filter((x) => !(x instanceof Uint32Array)), ...places])
      expect(() => make({ indices })).toThrow(refused);
  });
});
