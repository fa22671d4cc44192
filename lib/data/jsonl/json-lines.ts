/** The objects of a file of JSON lines (https://jsonlines.org): one a line, blank lines left out. */
import { isUtf8 } from 'node:buffer';
import { describe, isError, PlanesearchError } from '../../core/errors.js';
import { Pace } from '../../core/pace.js';
import { dataError } from '../data-error.js';
import { fileOverLimit, type ReadLimits } from '../limits.js';
import { nameOf, readLines } from '../read-file.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface JsonRow {
  readonly value: JsonObject;
  /** From 1. */
  readonly line: number;
}

/** Some rows at a time. @throws PlanesearchError INVALID_DATA with the line that is no object */
export async function* readJsonRows(path: string, limits: ReadLimits): AsyncGenerator<JsonRow[]> {
  const pace = new Pace();
  let line = 0;
  let rows = 0;
  for await (const bytes of readLines(path, limits)) {
    let found: JsonRow[] = [];
    for (let at = 0; at < bytes.length; ) {
      let end = bytes.indexOf(0x0a, at);
      if (end < 0) end = bytes.length;
      line++;
      const value = parseLine(path, bytes.subarray(at, end), line);
      if (value !== null) found.push({ value, line });
      at = end + 1;
      if (pace.due) {
        yield found;
        found = [];
        await pace.yield();
      }
    }
    rows += found.length;
    if (rows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
    yield found;
  }
}

/** Null for a blank line. */
function parseLine(path: string, bytes: Buffer, line: number): JsonObject | null {
  const place = `Line ${line} of ${nameOf(path)}`;
  if (!isUtf8(bytes)) throw dataError(`${place} must be text in UTF-8, but is not.`, 'UTF-8', 'other bytes');
  // A byte order mark, and blanks as JSON knows them.
  const text = bytes.toString('utf8').replace(line === 1 ? /^\ufeff/ : '', '');
  if (/^[ \t\r]*$/.test(text)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = isError(cause) ? cause.message : 'it cannot be parsed';
    throw new PlanesearchError('INVALID_DATA', `${place} must be JSON, but is not: ${describe(problem)}.`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw dataError(`${place} must be an object, but is ${describe(value)}.`, 'an object', describe(value));
}
