/**
 * Arrow's IPC formats, file (Feather, version 2) and stream, through flechette (https://arrow.apache.org/docs/format/Columnar.html#format-ipc). The file is
 * kept in memory while it is read.
 */
import { clauseOf, isOurs, PlanesearchError } from '../core/errors.js';
import { allocationFailed } from '../core/out-of-memory.js';
import { checkArrow } from './arrow-check.js';
import type { ColumnOptions } from './column-options.js';
import { noRows } from './data-error.js';
import { fileOverLimit, limitsFrom } from './limits.js';
import { readNamedRows, type Part } from './named-rows.js';
import { absent } from './optional-package.js';
import { readWhole } from './random-access.js';
import { nameOf } from './read-file.js';
import type { TableReading } from './table.js';

const HEAD_ROWS = 1000;
const PART_ROWS = 4096;
/** Of a message of the stream format, followed by its length. */
const CONTINUATION = 0xffffffff;

/** Whether a file that begins with these bytes is in one of Arrow's formats. */
export function looksLikeArrow(start: Buffer): boolean {
  if (start.toString('latin1', 0, 6) === 'ARROW1') return true;
  return start.length >= 8 && start.readUInt32LE(0) === CONTINUATION && start.readInt32LE(4) > 0;
}

/** @throws PlanesearchError INCOMPATIBLE without flechette; UNREADABLE_FILE for another format and a damaged file; as `readNamedColumns` */
export async function readArrow(path: string, options: ColumnOptions): Promise<TableReading> {
  const limits = limitsFrom(options.limits);
  const { tableFromIPC, Type } = await import('@uwdata/flechette').catch(absent('@uwdata/flechette', path, 'an Arrow file'));
  const listTypes: number[] = [Type.List, Type.LargeList, Type.FixedSizeList, Type.ListView, Type.LargeListView];
  const bytes = await readWhole(path, limits);
  if (!looksLikeArrow(bytes)) throw unreadable(path, 'it begins with other bytes');
  try {
    checkArrow(bytes, limits.rows);
    const table = tableFromIPC(bytes, { useDate: true });
    if (table.numRows < 1) throw noRows(nameOf(path));
    if (table.numRows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
    const rows = (at: number, from: number, end: number): unknown[] => {
      const column = table.getChildAt(at)!;
      return Array.from({ length: end - from }, (_, k) => {
        const cell: unknown = column.at(from + k);
        // A missing value is null.
        if (cell === undefined) throw new Error(`its column ${at} (from 0) ends before row ${from + k}`);
        return cell;
      });
    };
    const { fields } = table.schema;
    return await readNamedRows(
      {
        path,
        names: fields.map(({ name }) => name),
        head: fields.map((_, at) => rows(at, 0, Math.min(HEAD_ROWS, table.numRows))),
        lists: fields.map(({ type }) => listTypes.includes(('dictionary' in type ? type.dictionary : type).typeId)),
        place: (row) => `Row ${row} (from 0) of ${nameOf(path)}`,
        async *parts(places) {
          for (let from = 0; from < table.numRows; from += PART_ROWS) {
            const end = Math.min(table.numRows, from + PART_ROWS);
            const columns: unknown[][] = [];
            for (const at of places) columns[at] = rows(at, from, end);
            const part: Part = { rows: end - from, columns };
            yield part;
          }
        },
      },
      options,
    );
  } catch (error) {
    if (isOurs(error)) throw error;
    throw allocationFailed(error) ?? unreadable(path, clauseOf(error), error);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): PlanesearchError {
  const sentence = `${nameOf(path)} is not an Arrow file that can be read: ${reason}.`;
  return new PlanesearchError('UNREADABLE_FILE', sentence, { cause });
}
