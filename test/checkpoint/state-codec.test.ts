import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeState, encodeState } from '../../lib/checkpoint/state-codec.js';
import { expectError } from '../data/files.js';

const refuse = (problem: string): never => {
  throw new Error(problem);
};
const through = (value: unknown): unknown => {
  const { json, tensors } = encodeState(value);
  return decodeState({ json: JSON.parse(JSON.stringify(json)), tensors }, refuse);
};

it('brings back every value that a state can hold, the signs of zeros included', () => {
  const arrays = fc.oneof(fc.float64Array(), fc.float32Array(), fc.int32Array(), fc.uint8Array());
  const { state } = fc.letrec((tie) => ({
    state: fc.oneof(
      { depthSize: 'small' },
      fc.double(),
      fc.string(),
      fc.constantFrom(null, undefined, true, false, -0, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE),
      arrays,
      fc.array(tie('state'), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('state'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(state, (value) => {
      expect(through(value)).toStrictEqual(structuredClone(value));
    }),
  );
});

it('tells empty arrays apart by their types', () => {
  const value = { a: new Float64Array(0), b: [new Uint8Array(0), new Int32Array(0)] };
  expect(through(value)).toStrictEqual(value);
});

it('keeps two references to one array', () => {
  const array = Float64Array.of(1, 2);
  const back = through({ a: array, b: [array] }) as { a: Float64Array; b: Float64Array[] };
  expect(back.a).toBe(back.b[0]);
});

it.each([
  ['a function', { step: () => 1 }, 'state.step'],
  ['a Map', { pairs: [new Map()] }, 'state.pairs[0]'],
  ['64-bit integers', { counts: new BigInt64Array(1) }, 'state.counts'],
  ['a key that is a mark', { a: { $: 1 } }, 'state.a'],
])('refuses %s', (_, value, where) => expectError(() => encodeState(value), 'INVALID_OPTION', where));
