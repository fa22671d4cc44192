import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInfinite, isMissing, isNumber, parseCell } from '../../lib/data/number-cell.js';

describe('parseCell', () => {
  it('reads back every finite number as JavaScript writes it', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => Object.is(parseCell(Object.is(x, -0) ? '-0' : String(x)), x)));
  });

  it.each(['+1', '1.', '.5', '-.5e-3', '1E5', '0e5', '007'])('takes %s for the number it is', (text) => {
    expect(parseCell(text)).toBe(Number(text));
  });

  it.each(['', ' ', '.', '-', '+', 'e5', '1e', '0x10', '0b1', '0o7', '1_000', '1,5', '1 2', ' 1', '1\n', '--1', 'Infinity', 'NaN', '12x'])(
    'does not take %j for a number',
    (text) => {
      expect(isNumber(text)).toBe(false);
    },
  );
});

describe('isMissing and isInfinite', () => {
  it.each(['', '?', 'NA', 'na', 'NaN', 'nan', 'null', 'NULL'])('%j is missing', (text) => {
    expect(isMissing(text)).toBe(true);
  });

  it.each(['0', 'none', 'Namibia', '??'])('%j is not missing', (text) => {
    expect(isMissing(text)).toBe(false);
  });

  it.each(['Infinity', '-Infinity', '+inf', 'INF', '1e999', '-1e400'])('%j is infinite', (text) => {
    expect(isInfinite(text)).toBe(true);
  });

  it.each(['1e308', 'information', 'infinite', ''])('%j is not infinite', (text) => {
    expect(isInfinite(text)).toBe(false);
  });
});
