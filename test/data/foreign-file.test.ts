/** Files of other programs: one sentence that says what they are. */
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable } from '../../lib/index.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

/** The head of a ZIP archive whose first member has this name. */
function zipHead(name: string): Buffer {
  const head = Buffer.alloc(30);
  head.write('PK\x03\x04', 'latin1');
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, Buffer.from(name), deflateRawSync('...')]);
}

const foreign: readonly (readonly [string, string | Uint8Array, readonly string[]])[] = [
  ['book.xlsx', zipHead('[Content_Types].xml'), ['is a spreadsheet, which is not read: save it as CSV']],
  ['book.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex'), ['spreadsheet or document of old Office programs']],
  ['page.csv', '<!DOCTYPE html>\n<html><body>404</body></html>\n', ['is a page of HTML']],
  ['list.json', '[\n  {"a": 1, "y": 2}\n]\n', ['is a JSON list', 'an object a line is read']],
  ['rows.json', '[[1, 2], [3, 4]]', ['is a JSON list']],
  ['table.arff', '% made\n@relation t\n@attribute a numeric\n@data\n1\n', ['is an ARFF file', 'behind its @data are CSV']],
  ['table.csv.bz2', Buffer.from('BZh91AY&SY....', 'latin1'), ['is packed with bzip2']],
  ['table.csv.zst', Buffer.from('28b52ffd00000000', 'hex'), ['is packed with zstd']],
];

describe('a file that no reader reads', () => {
  it.each(foreign)('%s is refused by its first bytes', async (name, content, parts) => {
    const path = await files.write(name, content);
    await expectError(() => loadTable(path), 'UNREADABLE_FILE', ...parts);
  });

  it('texts that begin alike are read', async () => {
    const wiki = await files.write('wiki.csv', '[[Link]],1\n[2020] spam,2\n[[a]],3\n{x},1\n');
    expect((await loadTable(wiki)).data.rows).toBe(4);
    const asked = await files.write('asked.csv', '"[{""a"": 1}]",1\n"[{""a"": 2}]",2\n');
    expect((await loadTable(asked, { format: 'csv' })).data.rows).toBe(2);
  });
});
