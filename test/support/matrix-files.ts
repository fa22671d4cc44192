/** Files of numbers for the tests of X out of memory. */
import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type {
  DataMatrix,
  FileSource,
  DenseSource,
  MatrixOptions,
  RowRange,
  SparseSource,
} from '../../lib/backends/backend.js';
import { createRandom, type Random } from '../../lib/core/random.js';
import { nativeBackend } from './backends.js';

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

/** Compressed rows of all lengths: empty ones, a full column far from 0, an empty one, columns of different units. */
export function drawnEntries(
  rows: number,
  columns: number,
  { share, kind = 'float64' }: { share: number; kind?: 'float64' | 'float32' | 'ones' },
): SparseSource {
  const random = createRandom(rows + columns);
  const indices: number[] = [];
  const values: number[] = [];
  const indptr = [0];
  for (let i = 0; i < rows; i++) {
    const taken = i % 5 === 2 ? 0 : share * (0.5 + random.uniform());
    for (let j = 0; j < columns; j++) {
      const full = j === 1 && share > 0;
      if (!(full || (share === 1 && j !== 2) || (j !== 2 && random.uniform() < taken))) continue;
      indices.push(j);
      values.push(full ? 1000 + random.uniform() : 10 ** ((j % 5) - 2) * random.normal());
    }
    indptr.push(indices.length);
  }
  const typed = kind === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
  return {
    kind: 'csr',
    indptr: Float64Array.from(indptr),
    indices: Int32Array.from(indices),
    ...(kind === 'ones' ? {} : { values: typed }),
    rows,
    columns,
  };
}

/** The same in a file: three arrays behind `offset` bytes of something else; `wide`: integers of 64 bits. */
export async function entriesInFile(
  { indptr, indices, values, rows, columns }: SparseSource,
  path: string,
  { offset = 0, wide = false }: { offset?: number; wide?: boolean } = {},
): Promise<FileSource> {
  const integers = (list: ArrayLike<number>): Buffer =>
    Buffer.from(wide ? BigInt64Array.from(Array.from(list, BigInt)).buffer : Int32Array.from(Array.from(list)).buffer);
  const parts = [Buffer.alloc(offset, 0xff), integers(indptr), integers(indices)];
  if (values) parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  await writeFile(path, Buffer.concat(parts));
  const type = wide ? 'int64' : 'int32';
  const starts = parts.map((_, k) => parts.slice(0, k).reduce((sum, part) => sum + part.length, 0));
  return {
    kind: 'file',
    path,
    rows,
    columns,
    type: values?.BYTES_PER_ELEMENT === 4 ? 'float32' : 'float64',
    offset: starts[3] ?? 0,
    entries: {
      count: indices.length,
      indptr: { offset: starts[1]!, type },
      indices: { offset: starts[2]!, type },
      ones: values === undefined,
    },
  };
}

/** What a matrix answers, by name. */
export type Findings = [what: string, values: Float64Array][];

/** Both products with random factors of these widths, of all rows and of a range. */
export async function productsOf(
  matrix: DataMatrix,
  widths: readonly number[],
  range: RowRange,
  random: Random = createRandom(5),
): Promise<Findings> {
  const { rows, columns } = matrix;
  const numbers = (length: number): Float64Array => Float64Array.from({ length }, () => random.uniform() - 0.5);
  const found: Findings = [];
  for (const width of widths) {
    const W = numbers(columns * width);
    const R = numbers(rows * width);
    found.push([`X W, ${width}`, await matrix.multiply(W, width)]);
    found.push([`X' R, ${width}`, await matrix.multiplyTransposed(R, width)]);
    found.push([`X W of a range, ${width}`, await matrix.multiply(W, width, range)]);
    const part = R.subarray(0, range.count * width);
    found.push([`X' R of a range, ${width}`, await matrix.multiplyTransposed(part, width, range)]);
  }
  return found;
}

const bytesOf = (values: Float64Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

function expectSame(mine: Float64Array, theirs: Float64Array, what: string): void {
  expect(bytesOf(mine).equals(bytesOf(theirs)), what).toBe(true);
}

/** X in a file answers with the bits of X in memory, whatever is kept and for any number of threads, and counts the same products. */
export async function expectSameAsInMemory(
  source: DenseSource | SparseSource,
  file: FileSource,
  options: MatrixOptions,
  findings: (matrix: DataMatrix) => Promise<Findings>,
): Promise<void> {
  const memory = await nativeBackend(2).matrix(source, options);
  const expected = await findings(memory);
  for (const [threads, kept] of [
    [1, 0],
    [3, 1e9],
    [2, 5e6],
    [2, 8e6],
  ] as const) {
    const matrix = await nativeBackend(threads).matrix({ ...file, memory: kept }, options);
    const found = await findings(matrix);
    found.forEach(([what, values], k) => {
      expectSame(values, expected[k]![1], `${what}, ${threads} threads, ${kept} bytes kept`);
    });
    expect(matrix.counts).toEqual(memory.counts);
    matrix.dispose();
  }
  memory.dispose();
}
