import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isCode,
  isInfinite,
  isMissing,
  isMissingNumber,
  isNumber,
  looksLikeNumber,
  numberParser,
  parseCell,
  printsBack,
} from '../../lib/data/number-cell.js';

describe('parseCell', () => {
  it('reads back every finite number as JavaScript writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) =>
        Object.is(parseCell(Object.is(x, -0) ? '-0' : String(x)), x),
      ),
    );
  });

  it.each(['+1', '1.', '.5', '-.5e-3', '1E5', '0e5', '007'])('takes %s for the number it is', (text) => {
    expect(parseCell(text)).toBe(Number(text));
  });

  it.each([
    '',
    ' ',
    '.',
    '-',
    '+',
    'e5',
    '1e',
    '0x10',
    '0b1',
    '0o7',
    '1_000',
    '1,5',
    '1 2',
    ' 1',
    '1\n',
    '--1',
    'Infinity',
    'NaN',
    '12x',
  ])('does not take %j for a number', (text) => {
    expect(isNumber(text)).toBe(false);
  });
});

describe('isMissing and isInfinite', () => {
  it.each(['', '?', 'NA', 'na', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', '#N/A', '<NA>', '\\N'])(
    '%j is missing',
    (text) => {
      expect(isMissing(text)).toBe(true);
      expect(isMissingNumber(text)).toBe(true);
    },
  );

  it.each(['-', '.', 'None', 'none', '--'])('%j is missing among numbers only', (text) => {
    expect(isMissing(text)).toBe(false);
    expect(isMissingNumber(text)).toBe(true);
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

describe('other ways to write numbers', () => {
  it.each([
    '1',
    '-2.5e3',
    '1,030',
    '1,234,567.89',
    '1.234.567,89',
    '12,34,567',
    "1'000",
    '1 000',
    '1\u202f000',
    '1_000',
    '0,5',
    '12 %',
    '$5',
    '-$5.00',
    '5 \u20ac',
    '\u22125',
    '(5)',
    '5-',
    '1D3',
    '\u0663',
  ])('%j looks like a number', (text) => {
    expect(looksLikeNumber(text)).toBe(true);
  });

  it.each([
    '',
    'a',
    '3kg',
    '2020-01-01',
    '12:30',
    '1.2.3',
    '10-20',
    '555-1234',
    '1st',
    '192.168.0.1',
    '--5',
    '5%%',
    'e5',
    '1,,000',
    ',5,',
  ])('%j does not', (text) => {
    expect(looksLikeNumber(text)).toBe(false);
  });

  it('a format reads back what is written in it', () => {
    const marks = fc.constantFrom(
      { decimal: '.', thousands: ',' },
      { decimal: ',', thousands: '.' },
      { decimal: ',', thousands: ' ' },
      { decimal: '.', thousands: "'" },
    ) as fc.Arbitrary<{ decimal: '.' | ','; thousands: string }>;
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), fc.nat({ max: 99 }), marks, (whole, cents, format) => {
        const grouped = String(Math.abs(whole)).replace(/\B(?=(\d{3})+$)/g, format.thousands);
        const text = `${whole < 0 ? '-' : ''}${grouped}${format.decimal}${String(cents).padStart(2, '0')}`;
        expect(numberParser(format)(text)).toBe(Number(`${whole}.${String(cents).padStart(2, '0')}`));
      }),
    );
  });
});

describe('labels of digits', () => {
  it.each([
    ['1', true],
    ['+1', true],
    ['-1.5', true],
    ['1.0', false],
    ['2.10', false],
    ['01', false],
    ['1e3', false],
    ['740245381351497731', false],
  ])('%j prints back: %j', (text, expected) => {
    expect(printsBack(text, Number(text))).toBe(expected);
  });

  it.each([
    ['01234', true],
    ['-007', true],
    ['00', true],
    ['740245381351497731', true],
    ['9007199254740991', false],
    ['0', false],
    ['0.5', false],
    ['10', false],
    ['1.10', false],
  ])('%j is a code: %j', (text, expected) => {
    expect(isCode(text)).toBe(expected);
  });
});
