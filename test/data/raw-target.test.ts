import { describe, expect, it } from 'vitest';
import { rawTarget } from '../../lib/data/raw-target.js';

describe('rawTarget', () => {
  it('takes numbers and strings, as lists, typed arrays or tagged', () => {
    expect(rawTarget([1, 2])).toEqual({ kind: 'numbers', values: Float64Array.of(1, 2) });
    expect(rawTarget(['a', 'b'])).toEqual({ kind: 'strings', values: ['a', 'b'] });
    const values = Float64Array.of(3, 4);
    expect(rawTarget(values)).toEqual({ kind: 'numbers', values });
    expect(rawTarget({ kind: 'numbers', values })).toEqual({ kind: 'numbers', values });
    expect(rawTarget({ kind: 'strings', values: ['x'] })).toEqual({ kind: 'strings', values: ['x'] });
  });

  it.each([
    [['a', 'b', 5], 'The target of row 2 (from 0) must be a string, as in row 0, but 5 was given.'],
    [[1, 'a'], "The target of row 1 (from 0) must be a number, as in row 0, but 'a' was given."],
    [[null, 1], 'The target of row 0 (from 0) must be a number or a string, but null was given.'],
    [[1, undefined], 'The target of row 1 (from 0) must be a number, as in row 0, but undefined was given.'],
  ])('refuses a list of mixed kinds: %j', (list, sentence) => {
    expect(() => rawTarget(list)).toThrow(sentence);
  });

  it('takes rows of numbers, with their width, and rows of labels', () => {
    const values = Float64Array.of(1, 2, 3, 4);
    expect(
      rawTarget([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual({ kind: 'numbers', values, width: 2 });
    expect(rawTarget({ values, width: 2 })).toEqual({ kind: 'numbers', values, width: 2 });
    expect(rawTarget([[], ['a', 'b'], ['b']])).toEqual({ kind: 'label-sets', values: [[], ['a', 'b'], ['b']] });
  });

  it.each([
    [
      [[1, 2], [3]],
      'The target of row 1 (from 0) must be a list of 2 numbers, as in row 0, but an array of 1 values was given.',
    ],
    [[['a'], [1]], 'The target of row 1 (from 0) must be a list of strings, but 1 was given.'],
    [[['a'], 'b'], "The target of row 1 (from 0) must be a list, as in row 0, but 'b' was given."],
    [{ values: Float64Array.of(1, 2, 3), width: 2 }, 'The target y must be of a length that 2 divides'],
  ])('refuses rows that do not agree: %j', (rows, sentence) => expect(() => rawTarget(rows)).toThrow(sentence));

  it.each([[undefined], [new Int32Array(2)], [{ kind: 'numbers', values: [1] }], ['text']])(
    'refuses what is no list: %s',
    (y) => {
      expect(() => rawTarget(y)).toThrow(
        'The target y must be a Float64Array, a list of numbers or a list of strings, but ',
      );
    },
  );

  it('refuses detached and shared memory in one sentence', () => {
    const detached = Float64Array.of(1, 2);
    structuredClone(detached, { transfer: [detached.buffer] });
    expect(() => rawTarget(detached)).toThrow(
      'The target y must not be detached, but its ArrayBuffer was transferred elsewhere.',
    );
    const shared = new Float64Array(new SharedArrayBuffer(16));
    expect(() => rawTarget({ kind: 'numbers', values: shared })).toThrow(
      'The target y must be backed by an ArrayBuffer of its own',
    );
  });
});
