/**
 * What hyparquet would decode of a column chunk, looked at before: it takes every count and every length of a page for true, and an array that is made
 * or grows by a damaged one can end the process. Heads and levels that are not compressed are gone through at once, everything else when hyparquet asks for it
 * to be decompressed.
 */
import { getHeapStatistics } from 'node:v8';
import type { ColumnMetaData } from 'hyparquet';
import { describe, PlanesearchError } from '../../core/errors.js';
import { checkDifferences, checkRuns } from './runs.js';
import { ThriftReader, type Fields } from './thrift.js';

/** More elements make V8 keep an array as a hash table. */
const PAGE_VALUES = 2 ** 25;
/** Somewhat more elements are more than an array of V8 can grow to. */
const CHUNK_VALUES = 10 ** 8;
/** Of the structures around one value, each of which becomes an array. */
const CONTAINER_BYTES = 64;

const [DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2] = [0, 2, 3];
const [PLAIN, PLAIN_DICTIONARY, RLE, DELTA_BINARY_PACKED, DELTA_BYTE_ARRAY, RLE_DICTIONARY, BYTE_STREAM_SPLIT] = [
  0, 2, 3, 5, 7, 8, 9,
];
const DELTA_LENGTH_BYTE_ARRAY = 6;

/** A column as hyparquet decodes it. */
export interface ParquetLeaf {
  readonly name: string;
  readonly typeLength: number | undefined;
  /** Whether a value is more than a number: a text, a date. */
  readonly converted: boolean;
  /** Of one value; hyparquet takes the square of them for decimals. */
  readonly mostBytes: number;
  readonly definition: number;
  readonly repetition: number;
  /** Steps from the schema's root; 1 without structures around it. */
  readonly depth: number;
  /** Whether hyparquet stops at the last row that is asked for. */
  readonly flat: boolean;
}

type Check = (bytes: Uint8Array) => void;

/** The pages of one column chunk. */
export class ParquetPages {
  /** Behind the last page that was looked at. */
  readonly end: number;
  /** By where the bytes begin that hyparquet has decompressed. */
  private readonly checks = new Map<number, Check>();
  /** What the values stay in memory with, at least. */
  readonly keptBytes: number;
  private readonly heapLimit = getHeapStatistics().heap_size_limit;
  private unpacked = 0;

  /**
   * @param rows that will be asked for, from the first one of the chunk on
   * @param pageBytes that all pages may have when they are unpacked
   * @param heapBytes that other columns are kept with
   * @throws Error for a chunk that hyparquet must not be given
   */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly leaf: ParquetLeaf,
    private readonly chunk: Pick<ColumnMetaData, 'type' | 'num_values'>,
    rows: number,
    private readonly pageBytes: number,
    private heapBytes = 0,
  ) {
    const most = Math.min(CHUNK_VALUES, leaf.flat ? Infinity : Number(chunk.num_values));
    let at = 0;
    let values = 0;
    // As hyparquet, which takes a last byte for none.
    while (at < bytes.length - 1 && (!leaf.flat || values < rows)) {
      const reader = new ThriftReader(bytes, at);
      const header = reader.struct();
      const size = sizeIn(header, 3, 'compressed bytes');
      if (size > bytes.length - reader.at) throw new Error(`it has a page of ${size} bytes that is not there`);
      values += this.page(header, reader.at, size);
      if (!(values <= most))
        throw new Error(`column ${describe(leaf.name)} has a part of ${values} values where ${most} would be most`);
      at = reader.at + size;
    }
    this.end = at;
    // A single page of numbers may be taken as it lies.
    this.keptBytes = leaf.definition === 0 && this.checks.size <= 1 ? 0 : 8 * values;
  }

  /** The unpacked form of bytes that begin at `at` of the chunk. @throws Error for one that hyparquet must not decode */
  check(at: number, unpacked: Uint8Array): void {
    const check = this.checks.get(at);
    if (!check) throw new Error(`column ${describe(this.leaf.name)} has no page at byte ${at} of a part`);
    check(unpacked);
  }

  /** @returns how many values it has */
  private page(header: Fields, at: number, size: number): number {
    const unpacked = sizeIn(header, 2, 'bytes');
    this.unpacked += unpacked;
    if (this.unpacked > this.pageBytes)
      throw new Error(`column ${describe(this.leaf.name)} has a part of more than ${this.pageBytes} bytes`);
    const type = header.get(1);
    if (type === DICTIONARY_PAGE) {
      const count = sizeIn(inside(header, 7), 1, 'values');
      this.spend(count, PLAIN, unpacked);
      this.checks.set(at, (bytes) => this.plain(bytes, 0, count));
      return 0;
    }
    if (type !== DATA_PAGE && type !== DATA_PAGE_V2) throw new Error(`it has a page of type ${String(type)}`);
    const data = inside(header, type === DATA_PAGE ? 5 : 8);
    const count = sizeIn(data, 1, 'values');
    const encoding = sizeIn(data, type === DATA_PAGE ? 2 : 4, 'its encoding');
    this.spend(count, encoding, unpacked);
    if (type === DATA_PAGE) this.checks.set(at, (bytes) => this.first(bytes, count, encoding));
    else this.second(data, at, size, unpacked, count, encoding);
    return count;
  }

  /** Version 1: repetition and definition levels, each with its length before it, and values. */
  private first(bytes: Uint8Array, count: number, encoding: number): void {
    const { repetition, definition } = this.leaf;
    let at = 0;
    let present = count;
    if (repetition > 0) {
      const [from, end] = sectionAt(bytes, at);
      this.repetitions(bytes, from, end, count);
      at = end;
    } else if (this.leaf.depth > 1) this.spendContainers(count);
    if (definition > 0) {
      const [from, end] = sectionAt(bytes, at);
      present = checkRuns(bytes, from, end, widthOf(definition), count, definition);
      at = end;
    }
    this.values(bytes, at, present, encoding, false);
  }

  /** Version 2: levels, which are never compressed, have their lengths in the header. */
  private second(data: Fields, at: number, size: number, unpacked: number, count: number, encoding: number): void {
    const { bytes, leaf } = this;
    const nulls = sizeIn(data, 2, 'missing values');
    const [definitions, repetitions] = [sizeIn(data, 5, 'bytes of levels'), sizeIn(data, 6, 'bytes of levels')];
    sizeIn(data, 3, 'rows');
    if (nulls > count || (nulls > 0 && leaf.definition === 0))
      throw new Error(`it has a page with ${nulls} missing ones among ${count} values of column ${describe(leaf.name)}`);
    const levels = repetitions + definitions;
    if (levels > Math.min(size, unpacked)) throw new Error(`it has a page of ${size} bytes with ${levels} bytes of levels`);
    const between = at + repetitions;
    if (leaf.repetition > 0) this.repetitions(bytes, at, between, count);
    else if (leaf.depth > 1) this.spendContainers(count);
    if (leaf.definition > 0) checkRuns(bytes, between, at + levels, widthOf(leaf.definition), count);
    const compressed = data.has(7) ? data.get(7) : true;
    if (typeof compressed !== 'boolean') throw new Error('it has a page that is neither compressed nor not');
    const check: Check = (values) => this.values(values, 0, count - nulls, encoding, true);
    if (compressed && unpacked > levels) this.checks.set(at + levels, check);
    else check(bytes.subarray(at + levels, at + size));
  }

  private repetitions(bytes: Uint8Array, from: number, end: number, count: number): void {
    const { repetition } = this.leaf;
    this.spendContainers(count - checkRuns(bytes, from, end, widthOf(repetition), count, repetition));
  }

  private values(bytes: Uint8Array, at: number, count: number, encoding: number, second: boolean): void {
    const boolean = this.chunk.type === 'BOOLEAN';
    // For version 1 hyparquet takes the three for the same.
    const dictionary = encoding === RLE || encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY;
    if (encoding === PLAIN) this.plain(bytes, at, count);
    else if (second ? encoding === RLE : boolean && dictionary) checkRuns(bytes, ...sectionAt(bytes, at), 1, count);
    else if (dictionary) {
      if (at >= bytes.length) throw new Error('it has a page that ends before its values');
      // Without a bit all of them are the first of the dictionary; version 2 has runs nevertheless.
      if (bytes[at]! > 0 || second) checkRuns(bytes, at + 1, bytes.length, bytes[at]!, count);
    } else if (encoding === DELTA_BINARY_PACKED) checkDifferences(bytes, at, count);
    else if (encoding === DELTA_LENGTH_BYTE_ARRAY) this.lengths(bytes, at, count);
    else if (encoding === DELTA_BYTE_ARRAY) this.prefixed(bytes, at, count);
    else if (encoding === BYTE_STREAM_SPLIT)
      this.fits(count * bitsOf(this.chunk.type, this.leaf.typeLength), bytes, at, count);
  }

  private plain(bytes: Uint8Array, at: number, count: number): void {
    if (count === 0) return;
    const { type } = this.chunk;
    this.fits(count * bitsOf(type, this.leaf.typeLength), bytes, at, count);
    if (type === 'FIXED_LEN_BYTE_ARRAY') this.checkLength(this.leaf.typeLength!);
    if (type !== 'BYTE_ARRAY' || this.leaf.mostBytes === Infinity) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let k = 0, from = at; k < count; k++) {
      const length = view.getUint32(from, true);
      this.checkLength(length);
      from += 4 + length;
    }
  }

  private lengths(bytes: Uint8Array, at: number, count: number): void {
    const lengths = this.leaf.mostBytes < Infinity ? new Int32Array(count) : undefined;
    checkDifferences(bytes, at, count, lengths);
    for (const length of lengths ?? []) this.checkLength(length);
  }

  private checkLength(length: number): void {
    const { name, mostBytes } = this.leaf;
    if (length > mostBytes) throw new Error(`column ${describe(name)} has a decimal of ${length} bytes`);
  }

  private fits(bits: number, bytes: Uint8Array, at: number, count: number): void {
    if (!(bits <= 8 * (bytes.length - at)))
      throw new Error(`column ${describe(this.leaf.name)} has a page of ${bytes.length} bytes for ${count} values`);
  }

  /** Every text takes its beginning from the one before, so that few bytes can stand for many long ones. */
  private prefixed(bytes: Uint8Array, at: number, count: number): void {
    const [prefixes, suffixes] = [new Int32Array(count), new Int32Array(count)];
    checkDifferences(bytes, checkDifferences(bytes, at, count, prefixes), count, suffixes);
    let [before, sum] = [0, 0];
    for (let k = 0; k < count; k++) {
      if (prefixes[k]! < 0 || suffixes[k]! < 0 || prefixes[k]! > before)
        throw new Error(`it has a text that shares ${prefixes[k]} of the ${before} bytes of the one before`);
      before = prefixes[k]! + suffixes[k]!;
      this.checkLength(before);
      sum += before;
    }
    if (sum > this.pageBytes)
      throw new Error(`column ${describe(this.leaf.name)} has a part of more than ${this.pageBytes} bytes`);
    this.spendBytes(sum);
  }

  /** Values of a page, about as much as hyparquet keeps of them at once: levels, the column as it grows, and what each is converted to. */
  private spend(count: number, encoding: number, unpacked: number): void {
    if (count > PAGE_VALUES)
      throw new Error(`column ${describe(this.leaf.name)} has a page of ${count} values where ${PAGE_VALUES} would be most`);
    const { type } = this.chunk;
    const shared = encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY;
    const plain = !this.leaf.converted && (type === 'DOUBLE' || type === 'FLOAT' || type === 'INT32' || type === 'BOOLEAN');
    const texts = type === 'BYTE_ARRAY' && !shared ? unpacked : 0;
    this.spendBytes(count * (shared || plain ? 40 : type === 'INT64' && !this.leaf.converted ? 64 : 140) + texts);
  }

  private spendContainers(count: number): void {
    this.spendBytes(count * this.leaf.definition * CONTAINER_BYTES);
  }

  private spendBytes(bytes: number): void {
    this.heapBytes += bytes;
    if (this.heapBytes <= this.heapLimit) return;
    const sentence =
      `Column ${describe(this.leaf.name)} has too many values in one row group: JavaScript's ${Math.round(this.heapLimit / 2 ** 20)} MiB of memory do not hold ` +
      'them; write smaller row groups, or start Node with a larger --max-old-space-size.';
    throw new PlanesearchError('OUT_OF_MEMORY', sentence);
  }
}

const widthOf = (level: number): number => 32 - Math.clz32(level);

/** Bits that a value has at least. */
function bitsOf(type: ColumnMetaData['type'], length: number | undefined): number {
  if (type === 'FIXED_LEN_BYTE_ARRAY') {
    if (length === undefined || !(length >= 1)) throw new Error(`it has values of ${length ?? 'no'} bytes`);
    return 8 * length;
  }
  return { BOOLEAN: 1, INT32: 32, INT64: 64, INT96: 96, FLOAT: 32, DOUBLE: 64, BYTE_ARRAY: 32 }[type] ?? NaN;
}

/** Where a section with its length before it begins and ends. */
function sectionAt(bytes: Uint8Array, at: number): [number, number] {
  if (at + 4 > bytes.length) throw new Error('it has a page that ends before its values');
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
  if (length > bytes.length - at - 4) throw new Error(`it has a page of ${bytes.length} bytes with ${length} bytes of runs`);
  return [at + 4, at + 4 + length];
}

function inside(header: Fields, field: number): Fields {
  const found = header.get(field);
  if (!(found instanceof Map)) throw new Error('it has a page without its header');
  return found;
}

function sizeIn(fields: Fields, field: number, what: string): number {
  const found = fields.get(field);
  if (typeof found !== 'number' || found < 0)
    throw new Error(`it has a page with ${typeof found === 'number' ? found : 'no number'} for ${what}`);
  return found;
}
