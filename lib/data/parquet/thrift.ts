/**
 * Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md) as far as Parquet uses it. hyparquet
 * believes every length that it reads there and looks at no type; so what it is given is gone through here before, and keeps no more than a few numbers.
 */
const [TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12];

/** Deeper than Parquet's structures go, and far less than the stack allows. */
const DEPTH = 32;

/** Numbers and truth values of a structure by their field; null for everything else that is there. */
export type Fields = ReadonlyMap<number, number | boolean | Fields | null>;

export class ThriftReader {
  /** Elements and fields met so far: hyparquet makes a value of each. */
  things = 0;

  constructor(
    private readonly bytes: Uint8Array,
    /** Of the next byte. */
    public at = 0,
  ) {}

  /** @throws Error where the structure does not end within the bytes, or holds what Parquet has not */
  struct(keep = true, depth = 0): Fields {
    if (depth > DEPTH) throw new Error(`it has structures inside one another to more than ${DEPTH} levels`);
    const fields = new Map<number, number | boolean | Fields | null>();
    let id = 0;
    for (;;) {
      const byte = this.byte();
      const type = byte & 15;
      if (type === 0) return fields;
      id = byte >> 4 ? id + (byte >> 4) : this.int32();
      const value = this.value(type, keep, depth);
      if (keep) fields.set(id, value);
    }
  }

  private value(type: number, keep: boolean, depth: number): number | boolean | Fields | null {
    this.things++;
    if (type === TRUE || type === FALSE) return type === TRUE;
    if (type === BYTE) return (this.byte() << 24) >> 24;
    if (type === I16 || type === I32) return this.int32();
    if (type === STRUCT) return this.struct(keep, depth + 1);
    if (type === I64) this.varint(10);
    else if (type === DOUBLE) this.skip(8);
    else if (type === BINARY) this.skip(this.varint(5));
    else if (type === LIST) this.list(depth + 1);
    else throw new Error(`it has a value of type ${type}, which Parquet has not`);
    return null;
  }

  private list(depth: number): void {
    if (depth > DEPTH) throw new Error(`it has lists inside one another to more than ${DEPTH} levels`);
    const byte = this.byte();
    const size = byte >> 4 === 15 ? this.varint(5) : byte >> 4;
    // No element is shorter than a byte.
    if (size > this.bytes.length - this.at) throw new Error(`it has a list of ${size} elements that is not there`);
    const type = byte & 15;
    for (let k = 0; k < size; k++) this.value(type === TRUE || type === FALSE ? BYTE : type, false, depth);
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw new Error('it has a structure that does not end');
    return this.bytes[this.at++]!;
  }

  private skip(bytes: number): void {
    if (bytes > this.bytes.length - this.at) throw new Error(`it has a text of ${bytes} bytes that is not there`);
    this.at += bytes;
  }

  /** Exact below 2^53. */
  private varint(longest: number): number {
    let value = 0;
    for (let k = 0; k < longest; k++) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** (7 * k);
      if (byte < 128) return value;
    }
    throw new Error(`it has a number of more than ${longest} bytes`);
  }

  private int32(): number {
    const zigzag = this.varint(5);
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }
}
