/**
 * LIBSVM / SVMlight text: one row a line, `label index:value index:value ... # comment`.
 *
 * Indices count from 1, or from 0 where `indexBase` says so, in any order, each at most once a row; what is not mentioned is
 * zero. `qid:N` is ignored. Labels are numbers when all are (and none is a code such as `01234`), otherwise
 * strings as written.
 * Sources: https://www.csie.ntu.edu.tw/~cjlin/libsvm/ (README, data format), https://www.cs.cornell.edu/people/tj/svm_light/
 */
import { describe, reject } from '../core/errors.js';
import { Pace, paced } from '../core/pace.js';
import type { RowSink } from './convert/row-sink.js';
import { dataError, noRows } from './data-error.js';
import { allocateDense, checkDenseSize, type DenseData } from './dense.js';
import { LibsvmParser, TextLabel, type LabelKind, type LibsvmPiece, type ParserOptions } from './libsvm-parser.js';
import { fileOverLimit, limitsFrom, type ReadLimits } from './limits.js';
import type { MatrixData, SparseData } from './matrix-data.js';
import { readLines } from './read-file.js';
import { ENTRY_BYTES, SPARSE_SHARE, storages, type Storage } from './storage.js';
import type { LibsvmSchema, RawTarget, TableReading } from './table.js';

export interface LibsvmOptions {
  /** Columns of X; a feature beyond them is ignored, one that never occurs is zero. Default: the largest index. */
  readonly columns?: number | undefined;
  readonly schema?: LibsvmSchema | undefined;
  /** The index of the first column: 1, the default, or 0. */
  readonly indexBase?: 0 | 1 | undefined;
  /** Default 'auto': sparse when little of X is stored, or when it would be over the limit otherwise. */
  readonly storage?: Storage | undefined;
  /** False: labels may be there or not, and the target is null. */
  readonly needsTarget: boolean;
  /**
   * `classification` keeps labels as written where numbers would not print so, however many there are; `regression` takes codes
   * for numbers.
   */
  readonly task?: 'auto' | 'classification' | 'regression' | undefined;
  readonly limits?: Partial<ReadLimits> | undefined;
  /** Takes the rows of X, which are not in what is returned; read in a pass of their own where their number has to be known before. */
  readonly sink?: RowSink | undefined;
}

export async function readLibsvm(path: string, options: LibsvmOptions): Promise<TableReading> {
  const indexBase = options.indexBase ?? options.schema?.indexBase ?? 1;
  if (indexBase !== 0 && indexBase !== 1) reject('INVALID_OPTION', '--index-base', '0 or 1', indexBase);
  const { storage = 'auto', sink } = options;
  if (!storages.includes(storage)) reject('INVALID_OPTION', '--storage', `one of ${storages.join(', ')}`, storage);
  const limits = limitsFrom(options.limits);
  const parsed = await parseLabels(path, options, {
    columns: options.columns ?? options.schema?.columns,
    indexBase,
    limits,
    storage,
    sink,
  });
  const { parser, columns } = parsed;
  const data = sink
    ? await sendRows(path, parsed, { columns, indexBase, limits, labels: 'none', codes: true }, sink)
    : await (isKeptSparse(parsed, storage, limits) ? compress(parsed) : fillUp(path, parsed, limits));
  const target = await targetOf(parsed);
  const schema = {
    format: 'libsvm',
    columns,
    target: target?.kind ?? null,
    ...(indexBase === 0 ? { indexBase } : {}),
  } as const;
  return { data, target, schema, notices: noticesOf(path, parser, options), incompleteRows: [] };
}

const NO_INDICES = new Int32Array(0);
const NO_VALUES = new Float64Array(0);

interface Wanted extends Pick<ParserOptions, 'indexBase' | 'limits'> {
  readonly storage: Storage;
  /** Of X; when they are not known, the largest index. */
  readonly columns: number | undefined;
  /** Takes the entries, now or in a pass of their own; they are not kept then. */
  readonly sink: RowSink | undefined;
}

interface Parsed {
  readonly parser: LibsvmParser;
  readonly pieces: readonly LibsvmPiece[];
  readonly rows: number;
  readonly columns: number;
  readonly entries: number;
  readonly labels: LabelKind;
}

/** The file with its labels as numbers where all are, which takes far less memory than texts; otherwise read once more. */
async function parseLabels(path: string, { needsTarget, schema, task }: LibsvmOptions, wanted: Wanted): Promise<Parsed> {
  const known = needsTarget ? (schema?.target ?? null) : 'none';
  if (known === 'none' || known === 'strings') return parseFile(path, { labels: known, codes: true }, wanted);
  try {
    const parsed = await parseFile(path, { labels: 'numbers', codes: known === 'numbers' || task === 'regression' }, wanted);
    const { texts } = parsed.parser;
    const lost = !texts.faithful && texts.lost;
    return lost && task === 'classification' ? await parseFile(path, { labels: 'strings', codes: true }, wanted) : parsed;
  } catch (error) {
    if (!(error instanceof TextLabel)) throw error;
    if (known === null) return parseFile(path, { labels: 'strings', codes: true }, wanted);
    const received = describe(error.label);
    const place = `Line ${error.line} of ${describe(path)}`;
    throw dataError(`${place} must have a number as label, but has ${received}.`, 'a number', received);
  }
}

async function parseFile(
  path: string,
  kind: Pick<ParserOptions, 'labels' | 'codes'>,
  { columns: wanted, indexBase, limits, storage, sink }: Wanted,
): Promise<Parsed> {
  const parser = new LibsvmParser(path, { ...kind, columns: wanted ?? Infinity, indexBase, limits });
  const pieces: LibsvmPiece[] = [];
  const pace = new Pace();
  let [rows, entries] = [0, 0];
  sink?.restart?.();
  for await (const lines of readLines(path, limits)) {
    const piece = parser.parse(lines);
    if (sink?.restart) await sendPiece(piece, sink, pace);
    pieces.push(sink ? { ...piece, indices: NO_INDICES, values: NO_VALUES } : piece);
    rows += piece.ends.length;
    entries += piece.indices.length;
    if (rows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
    const width = wanted ?? parser.largestIndex;
    const overDense = storage === 'sparse' || rows * width * 8 > limits.matrixBytes;
    if (storage === 'dense') checkDenseSize(path, rows, width, limits.matrixBytes, 'takes at least');
    else if (entries * ENTRY_BYTES > limits.matrixBytes && overDense)
      throw fileOverLimit('matrixBytes', limits, path, 'bytes of entries');
    if (pace.due) await pace.yield();
  }
  if (rows === 0) throw noRows(describe(path));
  const columns = wanted ?? parser.largestIndex;
  if (columns === 0) throw dataError(`${describe(path)} holds labels but no features.`);
  return { parser, pieces, rows, columns, entries, labels: kind.labels };
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

function isKeptSparse({ rows, columns, entries }: Parsed, storage: Storage, limits: ReadLimits): boolean {
  if (storage !== 'auto') return storage === 'sparse';
  const cells = rows * columns;
  return entries <= SPARSE_SHARE * cells || cells * 8 > limits.matrixBytes;
}

/** X of a file whose columns are known by now, read once more unless the rows are there. */
async function sendRows(
  path: string,
  { rows, columns }: Parsed,
  options: ParserOptions,
  sink: RowSink,
): Promise<MatrixData> {
  const data = sink.begin(rows, columns);
  if (sink.restart) return data;
  const parser = new LibsvmParser(path, options);
  const pace = new Pace();
  for await (const lines of readLines(path, options.limits)) await sendPiece(parser.parse(lines), sink, pace);
  return data;
}

async function sendPiece({ indices, values, ends }: LibsvmPiece, sink: RowSink, pace: Pace): Promise<void> {
  let entry = 0;
  for (const end of ends) {
    sink.nextRow();
    for (; entry < end; entry++) sink.put(indices[entry]! - 1, values[entry]!);
    if (pace.due) await pace.yield();
  }
}

async function fillUp(path: string, { pieces, rows, columns }: Parsed, limits: ReadLimits): Promise<DenseData> {
  const values = allocateDense(path, rows, columns, limits.matrixBytes);
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
  return { values, rows, columns };
}

/** Values that are all 1 are left out. */
async function compress({ pieces, rows, columns, entries }: Parsed): Promise<SparseData> {
  const indptr = new Float64Array(rows + 1);
  const indices = new Uint32Array(entries);
  const ones = pieces.every(({ values }) => values.every((x) => x === 1));
  const values = ones ? undefined : new Float64Array(entries);
  const pace = new Pace();
  let [row, offset] = [0, 0];
  for (const piece of pieces) {
    for (const end of piece.ends) indptr[++row] = offset + end;
    for (let e = 0; e < piece.indices.length; e++) indices[offset + e] = piece.indices[e]! - 1;
    values?.set(piece.values, offset);
    offset += piece.indices.length;
    if (pace.due) await pace.yield();
  }
  return { kind: 'csr', indptr, indices, ...(values ? { values } : {}), rows, columns };
}

async function targetOf({ parser, pieces, rows, labels: kind }: Parsed): Promise<RawTarget | null> {
  if (kind === 'none') return null;
  const values = kind === 'strings' ? new Array<string>(rows) : new Float64Array(rows);
  const pace = new Pace();
  let row = 0;
  for (const { labels } of pieces) {
    for (const label of labels!) values[row++] = label;
    if (pace.due) await pace.yield();
  }
  if (kind === 'strings') return { kind, values: values as string[] };
  const numbers = { kind, values: values as Float64Array };
  return parser.texts.faithful ? numbers : { ...numbers, texts: await paced(parser.texts.written()) };
}
