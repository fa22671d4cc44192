import { describe, expect, it } from 'vitest';
import { detectHeader } from '../../lib/data/csv-header.js';

const detect = (text: string, ignored?: ReadonlySet<number>): boolean =>
  detectHeader(
    text.split('\n').map((line, at) => ({ cells: line.split(','), line: at + 1 })),
    ignored,
  );

describe('detectHeader', () => {
  it.each([
    ['text over numbers', 'a,b\n1,2\n3,4'],
    ['text over numbers, one row', 'a,b\n1,2'],
    ['text over numbers and text', 'a,kind\n1,x\n2,y'],
    ['years among the names', 'id,2019,2020,price\n1,5,6,7\n2,5,6,7'],
    ['an unnamed column', ',a\n1,2\n2,3'],
    ['names over gaps', 'a,b\n1,\n,2'],
    ['one word among years', 'id,2019,2020\n1,2,3\n2,3,4\n3,4,5'],
    ['years alone', '2018,2019,2020\n1,2,3\n4,5,6'],
    ['numbered columns, as pandas writes them', '0,1,2,3\n5.1,3.5,1.4,0\n4.9,3,1.4,1'],
    ['one word among numbered columns', 'y,0,1,2\n5.1,3.5,1.4,0\n4.9,3,1.4,1'],
    ['names over numbers with an odd cell and a gap', 'a,b\n1,2\nx,NA\n3,4\n5,-'],
    ['names over numbers with separators', 'a,b\n$5,1\n$7,2'],
    ['names over words of which one column repeats itself', 'who,colour\np1,red\np2,blue\np3,red\np4,blue'],
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
    ['a word that comes again below it', 'yes,1,2\nyes,3,4\n7,5,6\n8,7,8\n9,9,9'],
    ['years over years', '2018,2019,2020\n2019,2020,2021\n2020,2021,2022'],
    ['two numbers in a row', '1,2\n3,4\n5,6'],
    ['numbers with a word that is none of a name', 'abc,7,9\n1,2,3\n4,5,6'],
    ['numbers over numbers beside text', 'x,1\ny,2'],
  ])('is false for %s', (_, text) => {
    expect(detect(text)).toBe(false);
  });

  it('is true for a single row of names: a header without data', () => {
    expect(detect('a,b')).toBe(true);
  });

  it('is true for a row with a name that was given', () => {
    const head = ['a,b', 'c,d', 'e,f'].map((line, at) => ({ cells: line.split(','), line: at + 1 }));
    expect(detectHeader(head)).toBe(false);
    expect(detectHeader(head, new Set(), ['b'])).toBe(true);
    expect(detectHeader(head, new Set(), ['d'])).toBe(false);
  });

  it('does not go by columns known to be categorical', () => {
    expect(detect('A\n1\n1')).toBe(true);
    expect(detect('A\n1\n1', new Set([0]))).toBe(false);
  });
});
