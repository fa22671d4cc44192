/** LIBSVM, held against a reader of a few lines. */
import { expect } from 'vitest';
import { caseFile, pieces, read, rowOf, type Target } from '../target.js';

const file = caseFile('libsvm', 'case.svm');

export const libsvm: Target = {
  seeds: pieces(
    '1 1:0.5 3:2\n-1 2:7\n',
    '+1 qid:3 1:1e-3 2:-0 # a note\n\n-1 1:.5 4:5.\n',
    '\ufeffyes 3:1 1:2\r\nno 2:1\r\n',
    '1,3 1:1\n2 2:1\n',
    '0.25 1:3.14159265358979 2:1e300\n007 1:1\n',
  ),
  pieces: pieces(
    ...[
      ':',
      ' ',
      '\n',
      '\r',
      '\t',
      '#',
      '-',
      '+',
      '.',
      'e',
      '0',
      '1:1',
      ' 2:3',
      '0:1',
      '-1:1',
      '1:',
      ':1',
      'qid:1',
      'qid:',
      '1e999',
    ],
    ...[
      '2147483647:1',
      '2147483648:1',
      '99999999999999999999:1',
      '1:0x10',
      '1:1e-400',
      '1:NaN',
      '1:inf',
      '1:1_0',
      '1:1,5',
      '\0',
    ],
    ...['\ufeff', '\u00a0', '1.5:1', '1:1:1', 'a,b', '123456789012345678901234567890', Buffer.of(0xff), Buffer.of(0x0b)],
  ),
  async check(bytes) {
    const table = await read(file, bytes, { format: 'libsvm', indexBase: 1 });
    if (table === null) return false;
    const rows = bytes
      .toString('latin1')
      .replace(/^\xef\xbb\xbf/, '')
      .split('\n')
      .map((line) =>
        line
          .replace(/#.*/s, '')
          .split(/[\0- ]+/)
          .filter((token) => token !== ''),
      )
      .filter((tokens) => tokens.length > 0);
    expect(table.data.rows).toBe(rows.length);
    rows.forEach(([label, ...entries], i) => {
      const row = new Float64Array(table.data.columns);
      for (const entry of entries) {
        const [, index, value] = /^(\d+|qid):(.*)$/s.exec(entry) ?? [];
        if (index === 'qid') continue;
        expect(value).toMatch(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i);
        row[Number(index) - 1] = Number(value);
      }
      expect(rowOf(table, i).map((x) => x + 0)).toEqual(row.map((x) => x + 0));
      if (table.target.kind === 'numbers') expect(table.target.values[i]! + 0).toBe(Number(label) + 0);
    });
    return true;
  },
};
