/**
 * A ZIP archive whose members lie in it as they are, written one after the other; with sizes of 64 bits, as NumPy writes an NPZ file.
 * Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.3.10, sections 4.3 and 4.5.3)
 */
import { crc32 } from 'node:zlib';

interface Member {
  readonly name: Buffer;
  readonly start: number;
  readonly bytes: number;
  readonly checksum: number;
}

const VERSION = 45; // 4.5: sizes of 64 bits
const UNKNOWN = 0xffffffff; // in the place of a size that the extra field has
const FIRST_DAY = 0x21; // 1980-01-01: the same bytes for the same members

export class StoredZip {
  #at = 0;
  readonly #members: Member[] = [];

  /** @param write puts bytes at a place of the file */
  constructor(private readonly write: (bytes: Uint8Array, at: number) => void) {}

  /** @param parts the bytes of the member, piece by piece */
  async add(name: string, parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const start = this.#at;
    const path = Buffer.from(name);
    this.#at += localHeader({ name: path, start, bytes: 0, checksum: 0 }).length;
    const from = this.#at;
    let checksum = 0;
    for await (const part of parts) {
      checksum = crc32(part, checksum);
      this.#append(part);
    }
    const member = { name: path, start, bytes: this.#at - from, checksum };
    this.write(localHeader(member), start);
    this.#members.push(member);
  }

  end(): void {
    const start = this.#at;
    for (const member of this.#members) this.#append(centralHeader(member));
    this.#append(endOf(this.#members.length, start, this.#at - start));
  }

  #append(bytes: Uint8Array): void {
    this.write(bytes, this.#at);
    this.#at += bytes.length;
  }
}

function localHeader(member: Member): Buffer {
  const extra = sizes(member.bytes, member.bytes);
  return Buffer.concat([signature(0x04034b50), fieldsOf(member, extra), member.name, extra]);
}

function centralHeader(member: Member): Buffer {
  const extra = sizes(member.bytes, member.bytes, member.start);
  const madeBy = Buffer.alloc(2);
  // Of comment, disk and attributes, which there are none of, and where the member begins.
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(UNKNOWN, 10);
  return Buffer.concat([signature(0x02014b50), madeBy, fieldsOf(member, extra), rest, member.name, extra]);
}

/** What both headers say of a member. */
function fieldsOf({ name, checksum }: Member, extra: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(FIRST_DAY, 8);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(UNKNOWN, 14);
  fields.writeUInt32LE(UNKNOWN, 18);
  fields.writeUInt16LE(name.length, 22);
  fields.writeUInt16LE(extra.length, 24);
  return fields;
}

function signature(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number, 0);
  return bytes;
}

/** The extra field of sizes and places. */
function sizes(...numbers: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * numbers.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * numbers.length, 2);
  numbers.forEach((number, k) => field.writeBigUInt64LE(BigInt(number), 4 + 8 * k));
  return field;
}

function endOf(members: number, start: number, bytes: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(VERSION, 12);
  end.writeUInt16LE(VERSION, 14);
  for (const at of [24, 32]) end.writeBigUInt64LE(BigInt(members), at);
  end.writeBigUInt64LE(BigInt(bytes), 40);
  end.writeBigUInt64LE(BigInt(start), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(start + bytes), 64);
  end.writeUInt32LE(1, 72);
  end.writeUInt32LE(0x06054b50, 76);
  for (const at of [84, 86]) end.writeUInt16LE(members, at);
  for (const at of [88, 92]) end.writeUInt32LE(UNKNOWN, at);
  return end;
}
