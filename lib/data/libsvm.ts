/**
 * LIBSVM / SVMlight text: one row a line, `label index:value index:value ... # comment`.
 *
 * Indices count from 1, in any order, each at most once a row; what is not mentioned is zero. `qid:N` is ignored. The
 * result is dense. Labels are numbers when all are, otherwise strings as written.
 * Sources: https://www.csie.ntu.edu.tw/~cjlin/libsvm/ (README, data format), https://www.cs.cornell.edu/people/tj/svm_light/
 */
import { describe } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { dataError } from './data-error.js';
import { allocateDense, checkDenseSize } from './dense.js';
import { LibsvmParser, TextLabel, type LabelKind, type LibsvmPiece } from './libsvm-parser.js';
import { limitsFrom, type ReadLimits } from './limits.js';
import { readLines } from './read-file.js';
import type { LibsvmSchema, RawTarget, Table } from './table.js';

export interface LibsvmOptions {
  /** Columns of X; a feature beyond them is ignored, one that never occurs is zero. Default: the largest index. */
  readonly columns?: number | undefined;
  readonly schema?: LibsvmSchema | undefined;
  /** False: labels may be there or not, and the target is null. */
  readonly needsTarget: boolean;
  readonly limits?: Partial<ReadLimits> | undefined;
}

export async function readLibsvm(path: string, options: LibsvmOptions): Promise<Table> {
  const columns = options.columns ?? options.schema?.columns;
  const limits = limitsFrom(options.limits);
  const kind = options.needsTarget ? options.schema?.target ?? null : 'none';
  const parsed = await parseFile(path, kind ?? 'numbers', columns, limits).catch((error: unknown) => {
    if (!(error instanceof TextLabel)) throw error;
    // Nobody said what the labels are, and they are not all numbers: once more, for their texts.
    if (kind === null) return parseFile(path, 'strings', columns, limits);
    const received = describe(error.label);
    const place = `Line ${error.line} of ${describe(path)}`;
    throw dataError(`${place} must have a number as label, but has ${received}.`, 'a number', received);
  });
  const { pieces, rows } = parsed;
  const values = allocateDense(path, rows, parsed.columns, limits.matrixBytes);
  await scatter(pieces, parsed.columns, values);
  const target = kind === 'none' ? null : await targetOf(pieces, rows, parsed.labels);
  return {
    data: { values, rows, columns: parsed.columns }, target,
    schema: { format: 'libsvm', columns: parsed.columns, target: target?.kind ?? null },
  };
}

interface Parsed {
  readonly pieces: readonly LibsvmPiece[];
  readonly rows: number;
  readonly columns: number;
  readonly labels: LabelKind;
}

/** @param wanted columns of X; when they are not known, the largest index */
async function parseFile(path: string, labels: LabelKind, wanted: number | undefined, limits: ReadLimits): Promise<Parsed> {
  const parser = new LibsvmParser(path, { labels, columns: wanted ?? Infinity, limits });
  const pieces: LibsvmPiece[] = [];
  const pace = new Pace();
  let rows = 0;
  for await (const lines of readLines(path, limits)) {
    const piece = parser.parse(lines);
    pieces.push(piece);
    rows += piece.ends.length;
    if (rows > limits.rows) throw dataError(`${describe(path)} must have at most ${limits.rows} rows, but it has more.`);
    checkDenseSize(path, 'takes at least', rows, wanted ?? parser.largestIndex, limits.matrixBytes);
    if (pace.due) await pace.yield();
  }
  if (rows === 0) throw dataError(`${describe(path)} holds no data rows.`);
  const columns = wanted ?? parser.largestIndex;
  if (columns === 0) throw dataError(`${describe(path)} holds labels but no features.`);
  return { pieces, rows, columns, labels };
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

async function targetOf(pieces: readonly LibsvmPiece[], rows: number, kind: LabelKind): Promise<RawTarget> {
  const values = kind === 'strings' ? new Array<string>(rows) : new Float64Array(rows);
  const pace = new Pace();
  let row = 0;
  for (const { labels } of pieces) {
    for (const label of labels!) values[row++] = label;
    if (pace.due) await pace.yield();
  }
  return kind === 'strings' ? { kind, values: values as string[] } : { kind: 'numbers', values: values as Float64Array };
}
