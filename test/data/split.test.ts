import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { everyFifthRow, splitRows, splitTable } from '../../lib/data/split.js';
import type { Table } from '../../lib/data/table.js';
import { expectError } from './files.js';

describe('splitRows', () => {
  it('puts every row on exactly one side, in order, in the share asked for, the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 500 }),
        fc.double({ min: 0.25, max: 0.75, noNaN: true }),
        fc.nat(),
        (rows, share, seed) => {
          const { train, test } = splitRows(rows, share, seed);
          expect(test.length).toBe(Math.round(rows * share));
          expect([...train]).toEqual([...train].sort((a, b) => a - b));
          expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, row) => row));
          expect(splitRows(rows, share, seed)).toEqual({ train, test });
        },
      ),
    );
  });

  it('takes another fifth for another seed', () => {
    expect(splitRows(1000).test.length).toBe(200);
    expect(splitRows(1000, 0.2, 1).test).not.toEqual(splitRows(1000, 0.2, 2).test);
  });

  it('refuses a split with an empty side', async () => {
    await expectError(() => splitRows(10, 0.01), 'INVALID_DATA', 'takes 0 of 10 rows for testing');
    await expectError(() => splitRows(10, 1), 'INVALID_DATA', 'takes 10 of 10 rows');
    await expectError(() => splitRows(10, 1.5), 'INVALID_OPTION', 'testShare', '1.5 was given');
    await expectError(() => splitRows(1), 'INVALID_OPTION', 'rows');
  });
});

describe('permutation', () => {
  it('gives each of the 24 orders of 4 rows about equally often over neighboring seeds', () => {
    const counts = new Map<string, number>();
    const runs = 4800;
    for (let seed = 0; seed < runs; seed++) {
      const order = createRandom(seed).permutation(4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // Chi-square with 23 degrees of freedom: 49.7 is passed once in 1000 times.
    const expected = runs / 24;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(49.7);
  });
});

describe('everyFifthRow', () => {
  it('tests rows 4, 9, 14, ...', () => {
    const { train, test } = everyFifthRow(12);
    expect([...test]).toEqual([4, 9]);
    expect([...train]).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 10, 11]);
  });
});

describe('splitTable', () => {
  it('keeps rows and labels together', () => {
    const values = Float64Array.from({ length: 20 }, (_, k) => k);
    const schema = { format: 'libsvm', columns: 2, target: 'strings' } as const;
    const labels = Array.from({ length: 10 }, (_, row) => `row ${row}`);
    const table: Table = {
      data: { values, rows: 10, columns: 2, columnNames: ['a', 'b'] },
      target: { kind: 'strings', values: labels },
      schema,
    };
    const { train, test } = splitTable(table, everyFifthRow(10));
    expect(test).toEqual({
      data: { values: Float64Array.of(8, 9, 18, 19), rows: 2, columns: 2, columnNames: ['a', 'b'] },
      target: { kind: 'strings', values: ['row 4', 'row 9'] },
      schema,
    });
    expect(train.data.rows).toBe(8);
    const numbers = splitTable({ ...table, target: { kind: 'numbers', values: values.slice(0, 10) } }, everyFifthRow(10));
    expect(numbers.test.target).toEqual({ kind: 'numbers', values: Float64Array.of(4, 9) });
    expect(splitTable({ ...table, target: null }, everyFifthRow(10)).test.target).toBeNull();
  });
});
