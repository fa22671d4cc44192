/** JSON lines, held against `JSON.parse` of every line. */
import { expect } from 'vitest';
import { caseFile, pieces, read, rowOf, type Target } from '../target.js';

const file = caseFile('jsonl', 'case.jsonl');

export const jsonl: Target = {
  seeds: pieces(
    '{"a":1,"b":2.5,"y":"yes"}\n{"a":3,"b":-1e-3,"y":"no"}\n{"a":5,"b":0,"y":"yes"}\n',
    '{"vector":[0.1,0.2],"label":"spam"}\n\n{"vector":[1,2],"label":"ham"}\n',
    '\ufeff{"embedding":[1],"target":1}\r\n{"embedding":[2],"target":0}\r\n',
    '{"open":true,"day":"2024-01-31","y":1}\n{"open":false,"y":0}\n{"day":null,"open":true,"y":1}',
    '{"k\\u00e4se":"\\ud83d\\ude00","n":1,"y":2}\n{"n":2,"k\\u00e4se":"","y":3}\n',
  ),
  pieces: pieces(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '\n',
      '\r',
      'null',
      'true',
      'false',
      '1e999',
      '-0',
      '-',
      '.5',
      '1e-400',
      'NaN',
    ],
    ...[
      '"__proto__":{}',
      '"constructor":1,',
      '"vector":',
      '"label":',
      '"y":',
      '\ufeff',
      '\u2028',
      '\0',
      '{}',
      '[]',
      '\\ud800',
    ],
    ...['99999999999999999999', '"a":1,', '{"a":'.repeat(50), '['.repeat(200), Buffer.of(0xff), Buffer.of(0xed, 0xa0, 0x80)],
  ),
  async check(bytes) {
    const table = await read(file, bytes, { format: 'jsonl' });
    if (table === null) return false;
    const lines = bytes
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .split('\n');
    const rows = lines.filter((line) => !/^[ \t\r]*$/.test(line)).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(table.data.rows).toBe(rows.length);
    const vector = ['vector', 'embedding'].find((name) => Array.isArray(rows[0]![name]));
    if (vector !== undefined) {
      expect(rows.map((_, i) => Array.from(rowOf(table, i)))).toEqual(rows.map((row) => row[vector]));
      return true;
    }
    table.data.columnNames!.forEach((name, at) => {
      const cells = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : undefined));
      if (!cells.every((cell) => typeof cell === 'number')) return;
      expect(rows.map((_, i) => rowOf(table, i)[at]! + 0)).toEqual(cells.map((cell) => cell + 0));
    });
    return true;
  },
};
