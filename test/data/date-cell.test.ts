/** Dates as days since 1970-01-01: agreement with the calendar of the platform, and what is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateParser, isoDate, isUndecidedDate, looksLikeDate } from '../../lib/data/date-cell.js';

const DAY = 86_400_000;
const date = fc.date({
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const parse = dateParser();

describe('dates that begin with the year', () => {
  it('are what Date makes of them', () => {
    fc.assert(
      fc.property(date, (when) => {
        const text = when.toISOString();
        expect(parse(text)).toBe(when.getTime() / DAY);
        expect(parse(text.slice(0, 10))).toBe(Math.floor(when.getTime() / DAY));
        expect(parse(text.replace('T', ' ').replace('Z', ''))).toBe(when.getTime() / DAY);
        expect(looksLikeDate(text)).toBe(true);
        expect(isUndecidedDate(text)).toBe(false);
      }),
    );
  });

  it.each([
    ['1970-01-01', 0],
    ['1970-01-02', 1],
    ['1969-12-31', -1],
    ['2024/2/29', 19782],
    ['1970-01-01T12:00', 0.5],
    ['1970-01-01 06:00:00', 0.25],
    ['1970-01-01T00:00:00.5Z', 0.5 / 86400],
    ['1970-01-01T00:00:00,5', 0.5 / 86400],
    ['1970-01-01T02:00:00+02:00', 0],
    ['1970-01-01T02:00:00 +0200', 0],
    ['1970-01-01T00:00-12', 0.5],
  ])('%s is day %d', (text, days) => {
    expect(parse(text)).toBe(days);
  });

  it.each([
    '2023-02-29',
    '2023-02-30',
    '2023-13-01',
    '2023-00-10',
    '2023-01-00',
    '2023-01-01T24:00',
    '2023-01-01T12:60',
    '23-01-01',
    '2023-1-1-1',
    '2023-01/01',
    '20230101',
    'today',
    '',
    '2023-01-01x',
    `2023-01-01${' '.repeat(80)}12:00`,
  ])('%j is none', (text) => {
    expect(parse(text)).toBeNaN();
  });
});

describe('dates that end in the year', () => {
  it('are the same day in the order that was told, and none without', () => {
    fc.assert(
      fc.property(date, fc.constantFrom('/', '.', '-'), (when, mark) => {
        const [year, month, day] = when.toISOString().slice(0, 10).split('-');
        const days = Math.floor(when.getTime() / DAY);
        expect(dateParser('dmy')([day, month, year].join(mark))).toBe(days);
        expect(dateParser('mdy')([month, day, year].join(mark))).toBe(days);
        expect(parse([day, month, year].join(mark))).toBeNaN();
        expect(isUndecidedDate([day, month, year].join(mark))).toBe(true);
        expect(dateParser('dmy')(when.toISOString().slice(0, 10))).toBe(days);
      }),
    );
  });

  it('a month 13 is none', () => {
    expect(dateParser('mdy')('13/01/2020')).toBeNaN();
    expect(dateParser('dmy')('13/01/2020')).toBe(parse('2020-01-13'));
  });
});

it('days are written as they are read', () => {
  fc.assert(
    fc.property(date, (when) => {
      expect(parse(isoDate(when.getTime() / DAY))).toBe(when.getTime() / DAY);
    }),
  );
});
