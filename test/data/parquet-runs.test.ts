import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { checkDifferences, checkRuns } from '../../lib/data/parquet/runs.js';
import { packed, run, varint, zigzag } from '../support/parquet-file.js';

const runsOf = (count: number, width: number, ...runs: readonly Buffer[]): number => {
  const bytes = Buffer.concat(runs);
  return checkRuns(bytes, 0, bytes.length, width, count, 1);
};

describe('runs', () => {
  it('are accepted as long as the page, and refused one longer', () => {
    expect(runsOf(100, 1, run(100, 1))).toBe(100);
    expect(() => runsOf(99, 1, run(100, 1))).toThrow('it has a run of 100 values where 99 are left in the page');
    expect(runsOf(100, 1, run(60, 1), run(40, 0))).toBe(60);
    expect(() => runsOf(100, 1, run(60, 1), run(41, 0))).toThrow('it has a run of 41 values where 40 are left in the page');
    expect(() => runsOf(100, 1, run(60, 1), run(39, 0))).toThrow('whose runs end after 99 of 100 values');
  });

  it('may be packed with padding behind the last value', () => {
    expect(runsOf(9, 1, packed([1, 0, 1, 1, 0, 0, 0, 1, 1], 1))).toBe(5);
    expect(runsOf(3, 2, packed([1, 2, 1, 1, 1, 1, 1, 1], 2))).toBe(2);
  });

  it('have all of their bytes', () => {
    const whole = packed([1, 2, 3, 4, 5, 6, 7, 1], 3);
    expect(runsOf(8, 3, whole)).toBe(2);
    expect(() => runsOf(8, 3, whole.subarray(0, -1))).toThrow('it has a run of 8 values that is not there');
    expect(() => runsOf(8, 9, run(8, 1))).toThrow('it has a run of 8 values that is not there');
  });

  it('of no bits end too', () => {
    expect(() => runsOf(8, 0, varint(2 ** 31 + 1))).toThrow('it has a run of 8589934592 values where 8 are left');
    expect(() => runsOf(8, 0, Buffer.alloc(9, 0xff))).toThrow('whose runs end after 0 of 8 values');
    expect(() => runsOf(8, 33, run(8, 1))).toThrow('values of 33 bits');
  });

  it('are counted as they are written', () => {
    const random = createRandom(1);
    for (let trial = 0; trial < 200; trial++) {
      const width = 1 + Math.floor(6 * random.uniform());
      const values: number[] = [];
      const parts: Buffer[] = [];
      for (let k = 0; k < 5; k++) {
        const length = 8 * Math.ceil(9 * random.uniform());
        const drawn = Array.from({ length }, () => Math.floor(2 ** width * random.uniform()));
        const repeats = random.uniform() < 0.5;
        parts.push(repeats ? run(length, drawn[0]!) : packed(drawn, width));
        values.push(...(repeats ? drawn.fill(drawn[0]!) : drawn));
      }
      expect(runsOf(values.length, width, ...parts)).toBe(values.filter((value) => value === 1).length);
    }
  });
});

/** One block of 32 differences, the first part with `width` bits and the others with none. */
const block = (first: number, least: number, width: number, bits: Buffer, size = 128, parts = 4): Buffer =>
  Buffer.concat([
    varint(size),
    varint(parts),
    varint(0),
    zigzag(first),
    zigzag(least),
    Buffer.from([width, ...new Array<number>(3).fill(0)]),
    bits,
  ]);

describe('differences', () => {
  it('are added to the least one of their block', () => {
    const differences = Array.from({ length: 32 }, (_, k) => (5 * k) % 16);
    const bytes = block(7, -3, 4, packed(differences, 4).subarray(1));
    const values = new Int32Array(40);
    expect(checkDifferences(bytes, 0, 40, values)).toBe(bytes.length);
    let expected = 7;
    for (let k = 0; k < 40; k++) {
      expect(values[k]).toBe(expected);
      expected += -3 + (differences[k] ?? 0);
    }
  });

  it('go forward, in blocks that can be', () => {
    const bits = Buffer.alloc(16);
    // -128 for hyparquet, which would read the same block for ever.
    expect(() => checkDifferences(block(0, 0, 8, bits, 2 ** 32 - 128, 1), 0, 40)).toThrow(
      'it has blocks of 4294967168 differences',
    );
    expect(() => checkDifferences(block(0, 0, 8, bits, 128, 0), 0, 40)).toThrow(
      'it has blocks of 128 differences in 0 parts',
    );
    expect(() => checkDifferences(block(0, 0, 8, bits, 2 ** 30, 2 ** 27), 0, 40)).toThrow('differences end too soon');
    expect(() => checkDifferences(block(0, 0, 65, bits), 0, 40)).toThrow('it has differences of 65 bits');
    expect(() => checkDifferences(Buffer.concat([varint(128), varint(4), varint(0), Buffer.alloc(20, 0xff)]), 0, 1)).toThrow(
      'it has a number of more than 10 bytes',
    );
  });
});
