/**
 * X as compressed rows in an NPZ file, as `scipy.sparse.save_npz(..., compressed=False)` writes it. Columns and values wait in temporary files until
 * all rows are there; in memory is where each row begins.
 */
import { describe, PlanesearchError } from '../../core/errors.js';
import { Pace } from '../../core/pace.js';
import { unwritable } from '../../io/output-file.js';
import { dataError } from '../data-error.js';
import type { SparseData } from '../matrix-data.js';
import { npyHeader, requireLittleEndian, type NpyNumbers } from './npy-rows.js';
import type { RowSink } from './row-sink.js';
import { bytesOf, Spool, writeAll } from './spool.js';
import { StoredZip } from './stored-zip.js';

const BLOCK = 2 ** 16;
const LARGEST_INT32 = 2 ** 31 - 1;

export class SparseRows implements RowSink {
  rows = 0;
  columns = 0;
  #begun = 0;
  /** Where each row begins, of as many as there is room for. */
  #begin = new Float64Array(1024);
  /** The row at hand. */
  readonly #rowColumns: number[] = [];
  readonly #rowValues: number[] = [];
  #ascending = true;
  #indices!: Queue;
  #values!: Queue;
  #ones = true;

  /**
   * @param source what is read, for messages
   * @param target what is written, for messages
   */
  constructor(
    private readonly file: number,
    private readonly source: string,
    private readonly target: string,
    private readonly type: NpyNumbers,
    readonly spool: Spool,
    private readonly signal: AbortSignal | undefined,
  ) {
    requireLittleEndian();
    this.restart();
  }

  get begun(): boolean {
    return this.rows > 0;
  }

  restart(): void {
    this.close();
    const own = (): Spool => new Spool(this.target, this.signal);
    this.#indices = new Queue(own(), new Int32Array(BLOCK));
    this.#values = new Queue(own(), this.type === 'float32' ? new Float32Array(BLOCK) : new Float64Array(BLOCK));
    [this.#begun, this.#ones] = [0, true];
    this.#rowColumns.length = this.#rowValues.length = 0;
  }

  begin(rows: number, columns: number): SparseData {
    [this.rows, this.columns] = [rows, columns];
    return { kind: 'csr', indptr: [], indices: new Uint32Array(0), rows, columns };
  }

  nextRow(): void {
    this.#endRow();
    if (this.#begun + 1 >= this.#begin.length) {
      const longer = new Float64Array(2 * this.#begin.length);
      longer.set(this.#begin);
      this.#begin = longer;
    }
    this.#begin[this.#begun++] = this.#indices.length;
  }

  put(column: number, value: number): void {
    if (this.#rowColumns.length > 0 && this.#rowColumns.at(-1)! >= column) this.#ascending = false;
    this.#rowColumns.push(column);
    this.#rowValues.push(value);
  }

  #endRow(): void {
    const [columns, values] = [this.#rowColumns, this.#rowValues];
    const order = this.#ascending ? null : columns.map((_, k) => k).sort((a, b) => columns[a]! - columns[b]!);
    for (let k = 0; k < columns.length; k++) {
      const [column, value] = [columns[order?.[k] ?? k]!, values[order?.[k] ?? k]!];
      if (this.type === 'float32' && !Number.isFinite(Math.fround(value))) this.#refuse(column);
      this.#ones &&= value === 1;
      this.#indices.add(column);
      this.#values.add(value);
    }
    columns.length = values.length = 0;
    this.#ascending = true;
  }

  /** Writes the file. @throws PlanesearchError UNREADABLE_FILE when rows are missing, or there are more */
  async end(): Promise<void> {
    this.#endRow();
    if (this.#begun !== this.rows)
      throw new PlanesearchError('UNREADABLE_FILE', `${describe(this.source)} was changed while it was in use.`);
    const entries = this.#indices.length;
    this.#begin[this.rows] = entries;
    const begin = this.#begin.subarray(0, this.rows + 1);
    const zip = new StoredZip((bytes, at) => this.#write(bytes, at));
    await zip.add('indices.npy', array('<i4', [entries], this.#indices.parts()));
    const wide = entries > LARGEST_INT32;
    await zip.add('indptr.npy', array(wide ? '<i8' : '<i4', [begin.length], integers(begin, wide)));
    await zip.add('format.npy', array('|S3', [], [Buffer.from('csr')]));
    await zip.add('shape.npy', array('<i8', [2], integers(Float64Array.of(this.rows, this.columns), true)));
    const descr = this.#ones ? '|b1' : this.type === 'float32' ? '<f4' : '<f8';
    await zip.add('data.npy', array(descr, [entries], this.#ones ? truths(entries) : this.#values.parts()));
    zip.end();
  }

  /** Harmless when it is done again. */
  close(): void {
    this.#indices?.spool.close();
    this.#values?.spool.close();
  }

  #write(bytes: Uint8Array, at: number): void {
    this.signal?.throwIfAborted();
    try {
      writeAll(this.file, bytes, at);
    } catch (error) {
      throw unwritable(this.target, (error as Error).message, error);
    }
  }

  #refuse(column: number): never {
    const place = `row ${this.#begun - 1}, column ${column} of X (from 0)`;
    throw dataError(
      `${describe(this.source)} must hold numbers within the range of float32 for --type float32, but holds a larger one in ${place}.`,
    );
  }
}

/** Numbers that wait in a file, all but the last ones. */
class Queue {
  length = 0;
  #filled = 0;

  constructor(
    readonly spool: Spool,
    private readonly block: Int32Array | Float32Array | Float64Array,
  ) {}

  add(value: number): void {
    this.block[this.#filled++] = value;
    this.length++;
    if (this.#filled < BLOCK) return;
    this.spool.add(this.block);
    this.#filled = 0;
  }

  *parts(): Generator<Uint8Array> {
    const last = this.block.slice(0, this.#filled);
    for (let at = 0; (at + 1) * BLOCK <= this.length; at++) {
      this.spool.read(at, this.block);
      yield bytesOf(this.block);
    }
    yield bytesOf(last);
  }
}

/** An NPY file of these parts; long ones let others have their turn. */
async function* array(descr: string, shape: readonly number[], parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pace = new Pace();
  yield npyHeader(descr, shape);
  for (const part of parts) {
    yield part;
    if (pace.due) await pace.yield();
  }
}

function* integers(values: Float64Array, wide: boolean): Generator<Uint8Array> {
  for (let from = 0; from < values.length; from += BLOCK) {
    const part = values.subarray(from, from + BLOCK);
    yield wide ? new Uint8Array(BigInt64Array.from(part, BigInt).buffer) : bytesOf(Int32Array.from(part));
  }
}

function* truths(count: number): Generator<Uint8Array> {
  const block = new Uint8Array(BLOCK).fill(1);
  for (let from = 0; from < count; from += BLOCK) yield block.subarray(0, Math.min(BLOCK, count - from));
}
