/** X as an NPY file (version 1.0, row by row, little-endian), written as its rows come in. */
import { endianness } from 'node:os';
import { describe, PlanesearchError } from '../../core/errors.js';
import { unwritable } from '../../io/output-file.js';
import { dataError } from '../data-error.js';
import type { DenseData } from '../dense.js';
import type { RowSink } from './row-sink.js';
import { bytesOf, writeAll, type Spool } from './spool.js';

const BUFFER_VALUES = 2 ** 17;
/** The numbers begin at a multiple of it. */
const ALIGNMENT = 64;

export type NpyNumbers = 'float64' | 'float32';

/** @param descr the type as NumPy writes it: `<f8` */
export function npyHeader(descr: string, shape: readonly number[]): Buffer {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(length - start.length, 8);
  return Buffer.concat([start, Buffer.from(`${text.padEnd(length - start.length - 1)}\n`, 'latin1')]);
}

/** @throws PlanesearchError INCOMPATIBLE on a processor that writes numbers the other way round */
export function requireLittleEndian(): void {
  if (endianness() === 'LE') return;
  throw new PlanesearchError(
    'INCOMPATIBLE',
    'A file of NumPy is written by a little-endian processor, but this one is big-endian.',
  );
}

export class NpyRows implements RowSink {
  rows = 0;
  columns = 0;
  #buffer: Float64Array | Float32Array = new Float64Array(0);
  /** Where the row at hand begins in the buffer, and how many rows were begun and written. */
  #start = 0;
  #begun = 0;
  #written = 0;
  #at = 0;

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
  ) {}

  get begun(): boolean {
    return this.rows > 0;
  }

  begin(rows: number, columns: number): DenseData {
    requireLittleEndian();
    [this.rows, this.columns] = [rows, columns];
    const size = columns * Math.max(1, Math.min(rows, Math.floor(BUFFER_VALUES / columns)));
    this.#buffer = this.type === 'float32' ? new Float32Array(size) : new Float64Array(size);
    this.#start = -columns;
    this.#write(npyHeader(this.type === 'float32' ? '<f4' : '<f8', [rows, columns]));
    return { values: new Float64Array(0), rows, columns };
  }

  nextRow(): void {
    if (this.#begun === this.rows) throw this.#changed();
    this.#start += this.columns;
    if (this.#start === this.#buffer.length) this.#flush();
    this.#begun++;
  }

  put(column: number, value: number): void {
    this.#buffer[this.#start + column] = value;
  }

  /** Writes what is left. @throws PlanesearchError UNREADABLE_FILE when rows are missing */
  async end(): Promise<void> {
    this.#start += this.columns;
    this.#flush();
    if (this.#begun < this.rows) throw this.#changed();
  }

  #flush(): void {
    const full = this.#buffer.subarray(0, this.#start);
    if (this.type === 'float32') this.#checkRange(full);
    this.#write(bytesOf(full));
    this.#written = this.#begun;
    this.#buffer.fill(0);
    this.#start = 0;
  }

  /** Numbers of float64 that float32 has not. */
  #checkRange(values: Float64Array | Float32Array): void {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return;
    const place = `row ${this.#written + Math.floor(bad / this.columns)}, column ${bad % this.columns} of X (from 0)`;
    throw dataError(
      `${describe(this.source)} must hold numbers within the range of float32 for --type float32, but holds a larger one in ${place}.`,
    );
  }

  #write(bytes: Uint8Array): void {
    this.signal?.throwIfAborted();
    try {
      writeAll(this.file, bytes, this.#at);
      this.#at += bytes.length;
    } catch (error) {
      throw unwritable(this.target, (error as Error).message, error);
    }
  }

  close(): void {
    // The file is that of the caller.
  }

  #changed(): PlanesearchError {
    return new PlanesearchError('UNREADABLE_FILE', `${describe(this.source)} was changed while it was in use.`);
  }
}
