import { describe, expect, it } from 'vitest';
import { detectHeader } from '../../lib/data/csv-header.js';

const detect = (text: string, ignored?: ReadonlySet<number>): boolean =>
  detectHeader(text.split('\n').map((line, at) => ({ cells: line.split(','), line: at + 1 })), ignored);

describe('detectHeader', () => {
  it.each([
    ['text over numbers', 'a,b\n1,2\n3,4'],
    ['text over numbers, one row', 'a,b\n1,2'],
    ['text over numbers and text', 'a,kind\n1,x\n2,y'],
    ['years among the names', 'id,2019,2020,price\n1,5,6,7\n2,5,6,7'],
    ['an unnamed column', ',a\n1,2\n2,3'],
    ['names over gaps', 'a,b\n1,\n,2'],
    ['names that stand out over text', 'color,size\nred,big\nred,small\nblue,big\nblue,small'],
  ])('is true for %s', (_, text) => {
    expect(detect(text)).toBe(true);
  });

  it.each([
    ['numbers', '1,2\n3,4'],
    ['a missing first number', 'NA,2\n3,4\n5,6'],
    ['one slip among numbers', '1,2,3x,4,5\n1,2,3,4,5\n1,2,3,4,5'],
    ['text over text', 'red,big\nblue,small\nred,small\nblue,big'],
    ['text that never repeats', 'a,b\nc,d\ne,f\ng,h'],
    ['a single row with a number', 'a,1'],
    ['numbers over numbers beside text', 'x,1\ny,2'],
  ])('is false for %s', (_, text) => {
    expect(detect(text)).toBe(false);
  });

  it('is true for a single row of names: a header without data', () => {
    expect(detect('a,b')).toBe(true);
  });

  it('does not go by columns known to be categorical', () => {
    expect(detect('A\n1\n1')).toBe(true);
    expect(detect('A\n1\n1', new Set([0]))).toBe(false);
  });
});
