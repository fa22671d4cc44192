/** Tables that were damaged at random: each is read, or refused in one harmless sentence with a code. Seeds are fixed. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlanesearchError } from '../../lib/core/errors.js';
import { loadTable, type LoadOptions } from '../../lib/data/index.js';
import { temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const tables = [
  'a,b,y\n1,2,yes\n3,4,no\n5,6,yes\n',
  '# made by x\na;kind;y\n0,5;"p; q";1\n1,5;r;2\n',
  '1 2 3\n4 5 6\n',
  'id|2019|2020\n1|2|3\n2|3|4\n',
  '"say ""so""",\t5\r\n"two\nlines",\t6\r\n',
  '1 1:0.5 3:2\n-1 2:7\n',
  'sep=;\na;b\n1;2\n',
  '\ufeffname,y\nk\u00e4se,1\nk\u00f6se,2\n',
].map((text) => Buffer.from(text));

const pieces = [
  ',',
  ';',
  '\t',
  '|',
  ' ',
  '"',
  '""',
  '\n',
  '\r',
  '\r\n',
  '#',
  '\0',
  '\u001b[2J',
  '\u009b',
  '\u202e',
  'NA',
  '-',
  '1e999',
  '0x10',
  '01',
  '1,030',
  '\ufeff',
  '__proto__',
  'constructor',
  'sep=,\n',
  '99999999999999999999',
  ':',
  '1:1',
  '='.repeat(300),
  '\u2028',
]
  .map((text) => Buffer.from(text))
  .concat(Buffer.of(0xff), Buffer.of(0xe4), Buffer.of(0xff, 0xfe), Buffer.of(0xed, 0xa0, 0x80));

const change = fc.record({
  at: fc.nat(1000),
  remove: fc.nat(4),
  insert: fc.option(fc.constantFrom(...pieces), { nil: Buffer.alloc(0) }),
});

const options = fc.record<Omit<LoadOptions, 'needsTarget'>>(
  {
    header: fc.boolean(),
    delimiter: fc.constantFrom(',', ';', ' ', '\t'),
    comment: fc.constantFrom('', '#'),
    decimal: fc.constantFrom('.', ','),
    thousands: fc.constantFrom('', ' ', "'"),
    missing: fc.constantFrom([], ['NA'], ['1']),
    categorical: fc.constantFrom([0], ['a'], [-1]),
    numeric: fc.constant([0]),
    ignore: fc.constantFrom([0], [1]),
    encoding: fc.constantFrom('latin1', 'utf-16le', 'windows-1252'),
    task: fc.constantFrom('classification', 'regression'),
    missingCells: fc.constantFrom('keep', 'refuse'),
    limits: fc.constantFrom({ fields: 2 }, { levels: 1 }, { rowBytes: 5 }),
    target: fc.constantFrom('a', 0, -2),
  },
  { requiredKeys: [] },
);

it('a damaged table is a table or a sentence', async () => {
  let loaded = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...tables),
      fc.array(change, { maxLength: 4 }),
      fc.oneof(fc.constant({}), options),
      async (table, changes, given: Omit<LoadOptions, 'needsTarget' | 'storage'>) => {
        let bytes: Buffer = table;
        for (const { at, remove, insert } of changes) {
          const place = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]);
        }
        const path = await files.write('damaged', bytes);
        try {
          const { data, target, notices } = await loadTable(path, { ...given, storage: 'dense' });
          loaded++;
          expect(data.values.length).toBe(data.rows * data.columns);
          expect(target.values.length).toBe(data.rows);
          expect(notices.join('')).not.toMatch(/[\p{Cc}\u202e\u2028\ufeff]/u);
          if (given.missingCells !== 'keep') expect(data.values.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(PlanesearchError);
          const { code, message } = error as PlanesearchError;
          expect({ code, message }).toEqual({
            code: expect.stringMatching(/^(INVALID_|UNREADABLE_)/),
            message: expect.stringMatching(/^[^\p{Cc}\u202e\u2028\ufeff]{1,1500}\.$/u),
          });
        }
      },
    ),
    { numRuns: Number(process.env['PLANESEARCH_FUZZ'] ?? 500), seed: 9 },
  );
  expect(loaded).toBeGreaterThan(30);
});
