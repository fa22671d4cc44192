/**
 * The frame of an Arrow file, its messages and the flatbuffers in them, looked at before a reader goes by it: readers take places and sizes from there
 * as they stand, and a few wrong bytes would make them loop for ever, fill the memory, or read what lies beside the file.
 *
 * https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc, its `File.fbs`, `Message.fbs` and `Schema.fbs`, and
 * https://flatbuffers.dev/internals: fields are at 4 + 2 k bytes of the table of their table, k from 0 in the order of the schema.
 */

const FILE_MAGIC = 'ARROW1';
const DEEPEST = 32;
/** The version of the metadata from which a buffer is two numbers and not three. */
const V4 = 3;
const SCHEMA = 1;
const DICTIONARY_BATCH = 2;
const RECORD_BATCH = 3;
const UNION = 14;

/** Where field `slot` of a table lies, 0 where it is absent. */
type Fields = (slot: number) => number;

/** What is looked at, of a file with all its parts together: shared parts could make a small file endless. */
interface Budget {
  left: number;
}

class Flat {
  constructor(
    private readonly bytes: Buffer,
    private readonly budget: Budget,
  ) {}

  get length(): number {
    return this.bytes.length;
  }

  #require(at: number, count: number): void {
    if (!Number.isSafeInteger(at) || !Number.isSafeInteger(count) || at < 0 || count < 0 || at + count > this.length)
      throw new Error(`it points to byte ${at} of a part of ${this.length}`);
    this.#spend(1);
  }

  #spend(count: number): void {
    this.budget.left -= count;
    if (this.budget.left < 0) throw new Error('its description is longer than it');
  }

  byte(at: number): number {
    this.#require(at, 1);
    return this.bytes[at]!;
  }

  short(at: number): number {
    this.#require(at, 2);
    return this.bytes.readInt16LE(at);
  }

  int(at: number): number {
    this.#require(at, 4);
    return this.bytes.readInt32LE(at);
  }

  long(at: number): number {
    this.#require(at, 8);
    return Number(this.bytes.readBigInt64LE(at));
  }

  table(at: number): Fields {
    const place = at + this.int(at);
    const fields = place - this.int(place);
    const size = this.short(fields);
    return (slot) => {
      const offset = slot < size ? this.short(fields + slot) : 0;
      return offset === 0 ? 0 : place + offset;
    };
  }

  /** Places of the entries of a vector; none where it is absent. */
  vector(at: number, stride: number): number[] {
    if (at === 0) return [];
    const base = at + this.int(at);
    const count = this.int(base);
    this.#require(base + 4, count * stride);
    this.#spend(count);
    return Array.from({ length: count }, (_, k) => base + 4 + k * stride);
  }

  part(from: number, count: number): Flat {
    this.#require(from, count);
    return new Flat(this.bytes.subarray(from, from + count), this.budget);
  }
}

/** @throws Error with what is wrong, for what a reader would come to harm by */
export function checkArrow(bytes: Buffer, mostRows: number): void {
  const flat = new Flat(bytes, { left: Math.max(64, 4 * bytes.length) });
  if (bytes.toString('latin1', 0, FILE_MAGIC.length) === FILE_MAGIC) checkFile(flat, mostRows);
  else for (let at: number | null = 0; at !== null && at + 4 <= flat.length; ) at = checkMessage(flat, at, mostRows);
}

function checkFile(flat: Flat, mostRows: number): void {
  const end = flat.length - FILE_MAGIC.length - 4;
  const footer = flat.table(end - flat.int(end));
  if (footer(6) === 0) throw new Error('it has no schema');
  checkSchema(flat, footer(6));
  for (const slot of [8, 10])
    for (const block of flat.vector(footer(slot), 24)) checkMessage(flat, flat.long(block), mostRows);
  checkMetadata(flat, footer(12));
}

/** @returns where the next message is, null behind the last */
function checkMessage(flat: Flat, from: number, mostRows: number): number | null {
  let at = from;
  let size = flat.int(at);
  at += 4;
  if (size === -1) {
    size = flat.int(at);
    at += 4;
  }
  if (size === 0) return null;
  const head = flat.part(at, size);
  at += size;
  const message = head.table(0);
  const version = message(4) === 0 ? 0 : head.short(message(4));
  const kind = message(6) === 0 ? 0 : head.byte(message(6));
  const bodyBytes = message(10) === 0 ? 0 : head.long(message(10));
  flat.part(at, bodyBytes);
  const header = message(8);
  if (header !== 0) {
    if (kind === SCHEMA) checkSchema(head, header);
    else if (kind === RECORD_BATCH) checkBatch(head, header, version, bodyBytes, mostRows);
    else if (kind === DICTIONARY_BATCH) checkBatch(head, head.table(header)(6), version, bodyBytes, mostRows);
    else throw new Error(`it has a message of kind ${kind}`);
  }
  return at + bodyBytes;
}

function checkSchema(flat: Flat, at: number): void {
  const schema = flat.table(at);
  for (const field of flat.vector(schema(6), 4)) checkField(flat, field, 1);
  checkMetadata(flat, schema(8));
}

function checkField(flat: Flat, at: number, depth: number): void {
  if (depth > DEEPEST) throw new Error(`its columns are nested more than ${DEEPEST} deep`);
  const field = flat.table(at);
  flat.vector(field(4), 1);
  const type = field(10);
  if (type !== 0 && field(8) !== 0 && flat.byte(field(8)) === UNION) flat.vector(flat.table(type)(6), 4);
  for (const child of flat.vector(field(14), 4)) checkField(flat, child, depth + 1);
  checkMetadata(flat, field(16));
}

function checkMetadata(flat: Flat, at: number): void {
  for (const entry of flat.vector(at, 4)) for (const slot of [4, 6]) flat.vector(flat.table(entry)(slot), 1);
}

function checkBatch(flat: Flat, at: number, version: number, bodyBytes: number, mostRows: number): void {
  if (at === 0) throw new Error('it has a dictionary without a table');
  const batch = flat.table(at);
  const rows = batch(4) === 0 ? 0 : flat.long(batch(4));
  if (!(rows >= 0 && rows <= mostRows))
    throw new Error(`it has ${rows} rows in a part, and at most ${mostRows} are allowed`);
  for (const node of flat.vector(batch(6), 16)) {
    const count = flat.long(node);
    if (!(count >= 0 && count <= 8 * bodyBytes + mostRows)) throw new Error(`it has ${count} values in a column of a part`);
  }
  const extra = version < V4 ? 8 : 0;
  const buffers = flat.vector(batch(8), 16 + extra);
  for (const buffer of buffers) {
    const [offset, bytes] = [flat.long(buffer + extra), flat.long(buffer + extra + 8)];
    if (!(offset >= 0 && bytes >= 0 && offset + bytes <= bodyBytes))
      throw new Error(`it points to ${bytes} bytes from byte ${offset} of a part of ${bodyBytes}`);
  }
  for (const count of flat.vector(batch(12), 8))
    if (!(flat.long(count) >= 0 && flat.long(count) <= buffers.length))
      throw new Error('it counts more buffers than it has');
}
