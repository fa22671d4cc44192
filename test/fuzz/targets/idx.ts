/** IDX, held against its definition: a header, and as many values as it says. */
import { expect } from 'vitest';
import { writeFileSync } from 'node:fs';
import { loadTable, type DenseData } from '../../../lib/data/index.js';
import { accepted, caseFile, LIMITS, pieces, type Target } from '../target.js';

const file = caseFile('idx', 'case.idx');
const header = (type: number, ...shape: number[]): Buffer => {
  const bytes = Buffer.from([0, 0, type, shape.length, ...new Array<number>(4 * shape.length).fill(0)]);
  shape.forEach((size, k) => bytes.writeUInt32BE(size, 4 + 4 * k));
  return bytes;
};
const numbers = (count: number, bytes: number, write: (to: Buffer, value: number, at: number) => void): Buffer => {
  const all = Buffer.alloc(count * bytes);
  for (let k = 0; k < count; k++) write(all, k * 1.5 - 2, k * bytes);
  return all;
};
type Reader = (from: Buffer, at: number) => number;
const readers: Readonly<Record<number, readonly [number, Reader]>> = {
  0x08: [1, (from, at) => from.readUInt8(at) / 255],
  0x09: [1, (from, at) => from.readInt8(at)],
  0x0b: [2, (from, at) => from.readInt16BE(at)],
  0x0c: [4, (from, at) => from.readInt32BE(at)],
  0x0d: [4, (from, at) => from.readFloatBE(at)],
  0x0e: [8, (from, at) => from.readDoubleBE(at)],
};

export const idx: Target = {
  seeds: [
    Buffer.concat([header(0x08, 3, 2, 2), Buffer.from([0, 1, 2, 3, 127, 128, 200, 255, 9, 8, 7, 6])]),
    Buffer.concat([header(0x08, 4), Buffer.from([0, 1, 2, 1])]),
    Buffer.concat([header(0x0b, 2, 3), numbers(6, 2, (to, value, at) => to.writeInt16BE(Math.round(value), at))]),
    Buffer.concat([header(0x0d, 2, 2), numbers(4, 4, (to, value, at) => to.writeFloatBE(value, at))]),
    Buffer.concat([header(0x0e, 2, 2, 1, 2), numbers(8, 8, (to, value, at) => to.writeDoubleBE(value, at))]),
  ],
  pieces: pieces(
    ...[
      [0],
      [0, 0],
      [0, 0, 0, 0],
      [8],
      [0x0c],
      [0x0d],
      [0x0e],
      [255, 255, 255, 255],
      [0x7f, 0xff, 0xff, 0xff],
      [0, 0, 0, 1],
    ].map((bytes) => Buffer.from(bytes)),
    ...[Buffer.from([0x7f, 0xf8, 0, 0, 0, 0, 0, 0]), Buffer.from([0, 0, 8, 1, 0, 0, 0, 2]), Buffer.from([0x1f, 0x8b])],
  ),
  async check(bytes) {
    writeFileSync(file, bytes);
    const options = { format: 'idx', needsTarget: false, storage: 'dense', limits: LIMITS } as const;
    const table = await accepted(() => loadTable(file, options));
    if (table === null) return false;
    expect([...bytes.subarray(0, 2)]).toEqual([0, 0]);
    const [size, number] = readers[bytes[2]!]!;
    const shape = Array.from({ length: bytes[3]! }, (_, k) => bytes.readUInt32BE(4 + 4 * k));
    const start = 4 + 4 * shape.length;
    const count = shape.reduce((product, side) => product * side, 1);
    expect(bytes.length).toBe(start + count * size);
    const data = table.data as DenseData;
    expect([data.rows, data.rows * data.columns]).toEqual([shape[0], count]);
    expect(Array.from(data.values)).toEqual(Array.from({ length: count }, (_, k) => number(bytes, start + k * size)));
    return true;
  },
};
