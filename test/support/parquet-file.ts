/** Parquet files of a few pages, written byte by byte, so that any of their numbers can be wrong. */

type Field = readonly [id: number, type: number, value: Buffer];

export const I32 = 5;
export const I64 = 6;
export const BINARY = 8;
export const LIST = 9;
export const STRUCT = 12;

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

export const zigzag = (value: number): Buffer => varint(value < 0 ? -2 * value - 1 : 2 * value);

export function struct(...fields: readonly Field[]): Buffer {
  let last = 0;
  const parts = fields.map(([id, type, value]) => {
    const head = Buffer.from([((id - last) << 4) | type]);
    last = id;
    return Buffer.concat([head, value]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

export const text = (value: string): Buffer => Buffer.concat([varint(value.length), Buffer.from(value)]);
export const list = (type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0xf0 | type]), varint(items.length), ...items]);

/** `count` times the same value of at most 8 bits. */
export const run = (count: number, value: number): Buffer => Buffer.concat([varint(2 * count), Buffer.from([value])]);

/** Values of `width` bits, filled up with zeros to a multiple of 8. */
export function packed(values: readonly number[], width: number): Buffer {
  const groups = Math.ceil(values.length / 8);
  const bytes = Buffer.alloc(groups * width);
  for (const [k, value] of values.entries())
    for (let b = 0; b < width; b++) bytes[(k * width + b) >> 3]! |= ((value >> b) & 1) << ((k * width + b) & 7);
  return Buffer.concat([varint(2 * groups + 1), bytes]);
}

/** With its length before it. */
export function section(...runs: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(runs);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export const doubles = (...values: readonly number[]): Buffer => Buffer.from(new Float64Array(values).buffer as ArrayBuffer);

const page = (type: number, bytes: Buffer, data: Field): Buffer =>
  Buffer.concat([
    struct([1, I32, zigzag(type)], [2, I32, zigzag(bytes.length)], [3, I32, zigzag(bytes.length)], data),
    bytes,
  ]);

/** Levels and values of version 1. */
export const firstPage = (count: number, encoding: number, ...parts: readonly Buffer[]): Buffer =>
  page(0, Buffer.concat(parts), [
    5,
    STRUCT,
    struct([1, I32, zigzag(count)], [2, I32, zigzag(encoding)], [3, I32, zigzag(3)], [4, I32, zigzag(3)]),
  ]);

export const dictionaryPage = (count: number, values: Buffer): Buffer =>
  page(2, values, [7, STRUCT, struct([1, I32, zigzag(count)], [2, I32, zigzag(0)])]);

/** Version 2, with the lengths of its levels in the head. */
export function secondPage(
  count: number,
  encoding: number,
  levels: { readonly nulls?: number; readonly repetitions?: Buffer; readonly definitions?: Buffer },
  values: Buffer,
): Buffer {
  const { nulls = 0, repetitions = Buffer.alloc(0), definitions = Buffer.alloc(0) } = levels;
  const head = [count, nulls, count, encoding, definitions.length, repetitions.length].map(
    (value, k): Field => [k + 1, I32, zigzag(value)],
  );
  return page(3, Buffer.concat([repetitions, definitions, values]), [8, STRUCT, struct(...head)]);
}

/** `BOOLEAN`, `INT32`, ..., as Parquet counts them. */
export const TYPES = { BOOLEAN: 0, INT32: 1, INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 };

export interface FileColumn {
  readonly type: keyof typeof TYPES;
  readonly pages: readonly Buffer[];
  /** A list has a structure of its own around its values. */
  readonly kind: 'required' | 'optional' | 'list';
  readonly values?: number;
}

/** A file of one row group, with the columns `a`, `b`, ... */
export function parquetFile(rows: number, columns: readonly FileColumn[]): Buffer {
  const schema = [struct([4, BINARY, text('schema')], [5, I32, zigzag(columns.length)])];
  const chunks: Buffer[] = [];
  const pieces = [Buffer.from('PAR1')];
  let at = 4;
  for (const [k, { type, pages, kind, values = rows }] of columns.entries()) {
    const name = String.fromCharCode(97 + k);
    const typeField: Field = [1, I32, zigzag(TYPES[type])];
    const required: Field = [3, I32, zigzag(0)];
    if (kind === 'list')
      schema.push(
        struct(required, [4, BINARY, text(name)], [5, I32, zigzag(1)], [6, I32, zigzag(3)]),
        struct([3, I32, zigzag(2)], [4, BINARY, text('list')], [5, I32, zigzag(1)]),
        struct(typeField, required, [4, BINARY, text('element')]),
      );
    else schema.push(struct(typeField, [3, I32, zigzag(kind === 'optional' ? 1 : 0)], [4, BINARY, text(name)]));
    const bytes = Buffer.concat(pages);
    const path = kind === 'list' ? [name, 'list', 'element'] : [name];
    const metadata = struct(
      typeField,
      [2, LIST, list(I32, [zigzag(0)])],
      [3, LIST, list(BINARY, path.map(text))],
      [4, I32, zigzag(0)],
      [5, I64, zigzag(values)],
      [6, I64, zigzag(bytes.length)],
      [7, I64, zigzag(bytes.length)],
      [9, I64, zigzag(at)],
    );
    chunks.push(struct([2, I64, zigzag(at)], [3, STRUCT, metadata]));
    pieces.push(bytes);
    at += bytes.length;
  }
  const group = struct([1, LIST, list(STRUCT, chunks)], [2, I64, zigzag(at)], [3, I64, zigzag(rows)]);
  const footer = struct(
    [1, I32, zigzag(1)],
    [2, LIST, list(STRUCT, schema)],
    [3, I64, zigzag(rows)],
    [4, LIST, list(STRUCT, [group])],
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...pieces, footer, length, Buffer.from('PAR1')]);
}
