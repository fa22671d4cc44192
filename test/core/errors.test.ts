import { describe, expect, it } from 'vitest';
import {
  describe as describeValue,
  lookUp,
  PlanesearchError,
  reject,
  requireInteger,
  requireNumber,
} from '../../lib/core/errors.js';

function thrown(action: () => unknown): PlanesearchError {
  try {
    action();
  } catch (error) {
    return error as PlanesearchError;
  }
  throw new Error('nothing was thrown');
}

describe('reject', () => {
  it.each([
    ['text', "'text'"],
    [3, '3'],
    [NaN, 'NaN'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [new Float64Array(4), 'a Float64Array of 4 values'],
    [[1, 2], 'an array of 2 values'],
    [{}, 'an object (Object)'],
    [Object.create(null), 'an object (no class)'],
    [() => 1, 'a function'],
    [new Map(), 'an object (Map)'],
  ])('shows %s', (value, shown) => {
    const error = thrown(() => reject('INVALID_OPTION', 'The thing', 'another', value));
    expect(error.message).toBe(`The thing must be another, but ${shown} was given.`);
    expect(error).toMatchObject({ name: 'PlanesearchError', code: 'INVALID_OPTION', expected: 'another', received: shown });
    expect(error).toBeInstanceOf(Error);
  });
});

describe('describe', () => {
  it('writes every character that does something as an escape', () => {
    const steering = '\u001b[31m\u0000\u007f\u009b\u202e\u2028\u2066\ufeff\ud800';
    expect(describeValue(steering)).toBe(String.raw`'\u{1b}[31m\u{0}\u{7f}\u{9b}\u{202e}\u{2028}\u{2066}\u{feff}\u{d800}'`);
    expect(describeValue('a\nb\r\tc')).toBe(String.raw`'a\nb\r\tc'`);
    expect(describeValue('k\u00e4se \u2603 \u{1f600}')).toBe("'k\u00e4se \u2603 \u{1f600}'");
  });

  it('quotes long texts by their ends', () => {
    expect(describeValue('x'.repeat(256))).toHaveLength(258);
    const long = describeValue(`begin${'x'.repeat(15_000_000)}end`);
    expect(long).toMatch(/^'beginx+\.\.\.x+end' \(15000008 characters\)$/);
    expect(long.length).toBeLessThan(260);
  });
});

describe('PlanesearchError', () => {
  it('keeps its cause, and has none of its own', () => {
    const cause = new Error('inner');
    expect(new PlanesearchError('INVALID_DATA', 'Outer.', { cause }).cause).toBe(cause);
    expect('cause' in new PlanesearchError('INVALID_DATA', 'Outer.')).toBe(false);
  });
});

describe('lookUp', () => {
  const registry = { one: 1, two: 2 };
  it('finds', () => expect(lookUp(registry, 'number', 'two')).toBe(2));
  it.each(['three', 'toString', '__proto__', ''])('lists what is known when %j is not', (name) => {
    expect(thrown(() => lookUp(registry, 'number', name)).message).toBe(
      `number must be one of one, two, but '${name}' was given.`,
    );
  });
});

describe('requireNumber and requireInteger', () => {
  it('take the ends of the range', () => {
    expect(requireNumber('x', 0, 0, 1)).toBe(0);
    expect(requireNumber('x', 1, 0, 1)).toBe(1);
    expect(requireInteger('x', 3, 3, 3)).toBe(3);
  });

  it.each([-1, 1.5, NaN, Infinity, '1', null, undefined, 1n])('refuse %s', (value) => {
    expect(thrown(() => requireNumber('x', value, 0, 1)).code).toBe('INVALID_OPTION');
    expect(thrown(() => requireInteger('x', value, 0, 9)).code).toBe('INVALID_OPTION');
  });

  it('name the range', () => {
    expect(thrown(() => requireNumber('l2', -1, 0)).message).toBe(
      'l2 must be a finite number of at least 0, but -1 was given.',
    );
    const { MIN_VALUE: open, EPSILON } = Number;
    expect(thrown(() => requireNumber('delta', 0, open)).message).toContain('a finite number above 0, but');
    expect(thrown(() => requireNumber('r', 0, open, 1)).message).toContain('a number above 0 and at most 1, but');
    expect(thrown(() => requireNumber('least', 1, open, 1 - EPSILON)).message).toContain('above 0 and below 1, but');
    expect(thrown(() => requireNumber('decay', 1, 0, 1 - EPSILON)).message).toContain('a number from 0 to below 1, but');
    expect(thrown(() => requireInteger('k', 9, 1, 8)).message).toBe('k must be an integer from 1 to 8, but 9 was given.');
    expect(thrown(() => requireInteger('k', 0, 1)).message).toBe('k must be an integer of at least 1, but 0 was given.');
  });
});
