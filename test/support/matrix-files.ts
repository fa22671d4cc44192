/** Files of numbers for the tests of X out of memory. */
import { writeFile } from 'node:fs/promises';
import type { DenseSource, FileSource } from '../../lib/backends/backend.js';

/** The bytes of an NPY file, of which the header can be another one. */
export function npyBytes(
  values: Float64Array | Float32Array,
  shape: readonly number[],
  header: { descr?: string; fortran?: boolean } = {},
): Buffer {
  const { descr = values.BYTES_PER_ELEMENT === 4 ? '<f4' : '<f8', fortran = false } = header;
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(length, 8);
  const numbers = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([start, Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1'), numbers]);
}

/** The same numbers in a file, behind `offset` bytes of something else. */
export async function inFile({ values, rows, columns }: DenseSource, path: string, offset = 0): Promise<FileSource> {
  const numbers = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  await writeFile(path, Buffer.concat([Buffer.alloc(offset, 0xff), numbers]));
  return { kind: 'file', path, rows, columns, type: values.BYTES_PER_ELEMENT === 4 ? 'float32' : 'float64', offset };
}
