/**
 * LIBSVM / SVMlight text: one row a line, `label index:value index:value ... # comment`.
 *
 * Indices count from 1, or from 0 where `indexBase` says so, in any order, each at most once a row; what is not mentioned is
 * zero. `qid:N` is ignored. The result is dense. Labels are numbers when all are (and none is a code such as `01234`), otherwise
 * strings as written.
 * Sources: https://www.csie.ntu.edu.tw/~cjlin/libsvm/ (README, data format), https://www.cs.cornell.edu/people/tj/svm_light/
 */
import { describe, reject } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { dataError } from './data-error.js';
import { allocateDense } from './dense.js';
import { LibsvmParser, type LibsvmPiece } from './libsvm-parser.js';
import { readLines } from './read-file.js';
import type { LibsvmSchema, RawTarget, TableReading } from './table.js';

export interface LibsvmOptions {
  /** Columns of X; a feature beyond them is ignored, one that never occurs is zero. Default: the largest index. */
  readonly columns?: number | undefined;
  readonly schema?: LibsvmSchema | undefined;
  /** The index of the first column: 1, the default, or 0. */
  readonly indexBase?: 0 | 1 | undefined;
  /** False: labels may be there or not, and the target is null. */
  readonly needsTarget: boolean;
}

export async function readLibsvm(path: string, options: LibsvmOptions): Promise<TableReading> {
  const indexBase = options.indexBase ?? options.schema?.indexBase ?? 1;
  if (indexBase !== 0 && indexBase !== 1) reject('INVALID_OPTION', '--index-base', '0 or 1', indexBase);
  const wanted = options.columns ?? options.schema?.columns;
  const parser = new LibsvmParser(path, options.needsTarget, wanted ?? Infinity, indexBase);
  const pieces: LibsvmPiece[] = [];
  const pace = new Pace();
  for await (const lines of readLines(path)) {
    pieces.push(parser.parse(lines));
    if (pace.due) await pace.yield();
  }
  const rows = pieces.reduce((sum, piece) => sum + piece.ends.length, 0);
  if (rows === 0) throw dataError(`${describe(path)} holds no data rows.`);
  const columns = wanted ?? parser.largestIndex;
  if (columns === 0) throw dataError(`${describe(path)} holds labels but no features.`);
  const values = allocateDense(path, rows, columns);
  await scatter(pieces, columns, values);
  const target = options.needsTarget ? await targetOf(path, parser, pieces, rows, options.schema?.target ?? null) : null;
  const schema = {
    format: 'libsvm',
    columns,
    target: target?.kind ?? null,
    ...(indexBase === 0 ? { indexBase } : {}),
  } as const;
  return { data: { values, rows, columns }, target, schema, notices: noticesOf(path, parser, options), incompleteRows: [] };
}

function noticesOf(path: string, parser: LibsvmParser, { indexBase, schema }: LibsvmOptions): string[] {
  const { largestIndex, dropped, queries } = parser;
  const said: string[] = [];
  if (indexBase === undefined && schema === undefined) {
    said.push(`took its indices to count from 1 (--index-base), the largest being ${largestIndex}`);
  }
  if (dropped > 0) {
    const entries = dropped === 1 ? '1 entry is' : `${dropped} entries are`;
    said.push(`${entries} of features that the training data does not have, and left out`);
  }
  if (queries > 0) said.push('its qid entries were left out: rows are not grouped');
  return said.map((sentence) => `${describe(path)}: ${sentence}.`);
}

async function scatter(pieces: readonly LibsvmPiece[], columns: number, values: Float64Array): Promise<void> {
  const pace = new Pace();
  let offset = 0;
  for (const piece of pieces) {
    let entry = 0;
    for (const end of piece.ends) {
      for (; entry < end; entry++) values[offset + piece.indices[entry]! - 1] = piece.values[entry]!;
      offset += columns;
    }
    if (pace.due) await pace.yield();
  }
}

async function targetOf(
  path: string,
  parser: LibsvmParser,
  pieces: readonly LibsvmPiece[],
  rows: number,
  wanted: RawTarget['kind'] | null,
): Promise<RawTarget> {
  const bad = parser.firstTextLabel;
  if (wanted === 'numbers' && bad !== null) {
    const received = describe(bad.label);
    const place = `Line ${bad.line} of ${describe(path)}`;
    throw dataError(`${place} must have a number as label, but has ${received}.`, 'a number', received);
  }
  const code = wanted === 'numbers' ? null : parser.firstCodeLabel;
  if (wanted === 'strings' || bad !== null || code !== null)
    return { kind: 'strings', values: pieces.flatMap((piece) => piece.labels) };
  const values = new Float64Array(rows);
  const pace = new Pace();
  let row = 0;
  for (const piece of pieces) {
    for (const label of piece.labels) values[row++] = Number(label);
    if (pace.due) await pace.yield();
  }
  if (parser.faithful) return { kind: 'numbers', values };
  return { kind: 'numbers', values, texts: pieces.flatMap((piece) => piece.labels) };
}
