/** X made by the libraries themselves. */
import { tableFromArrays, tableFromIPC, tableToIPC, float32, float64 } from '@uwdata/flechette';
import { Matrix, MatrixSubView, MatrixTransposeView, WrapperMatrix1D } from 'ml-matrix';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { toMatrix, train, type DenseData, type GivenMatrix } from '../../../lib/index.js';

const rows = [
  [1, 2],
  [3, 5],
  [4, -1],
];
const flat = Float64Array.from(rows.flat());

describe('X of', () => {
  const matrix = new Matrix(rows);
  const array = ndarray(flat, [3, 2]);
  const columns = { a: [1, 3, 4], b: [2, 5, -1] };
  it.each<[string, GivenMatrix]>([
    ['ml-matrix', matrix],
    ['a transposed view of ml-matrix', new MatrixTransposeView(matrix.transpose())],
    ['a part of an ml-matrix', new MatrixSubView(new Matrix([...rows, [9, 9]]), 0, 2, 0, 1)],
    ['a wrapped list of ml-matrix', new WrapperMatrix1D(rows.flat(), { rows: 3 })],
    ['ndarray', array],
    ['a transposed ndarray', ndarray(Float64Array.of(1, 3, 4, 2, 5, -1), [2, 3]).transpose(1, 0)],
    ['a reversed ndarray', ndarray(Float64Array.of(4, -1, 3, 5, 1, 2), [3, 2]).step(-1, 1)],
    ['a part of an ndarray', ndarray(Float64Array.of(0, 0, 1, 2, 3, 5, 4, -1), [4, 2]).lo(1, 0)],
    ['flechette', tableFromArrays(columns, { types: { a: float64(), b: float64() } })],
    ['flechette, integers', tableFromArrays(columns)],
    ['flechette, from IPC', tableFromIPC(tableToIPC(tableFromArrays(columns), { format: 'stream' })!)],
  ])('%s', async (_library, x) => {
    expect((toMatrix(x) as DenseData).values).toEqual(flat);
    const { model } = await train({ x, y: [1, 2, 3] });
    expect(await model.predict(x)).toEqual(await model.predict({ values: flat, rows: 3, columns: 2 }));
  });

  it('flechette in float32, with names, and not with gaps', () => {
    const data = toMatrix(tableFromArrays({ a: [1, 2], b: [3, 4] }, { types: { a: float32(), b: float32() } })) as DenseData;
    expect(data).toMatchObject({ values: Float32Array.of(1, 3, 2, 4), columnNames: ['a', 'b'] });
    const gap = tableFromArrays({ a: [1, null], b: [3, 4] }, { types: { a: float64(), b: float64() } });
    expect(() => toMatrix(gap)).toThrow("X must hold numbers, but null was given in row 1, column 0 ('a') (from 0).");
    expect(() => toMatrix(tableFromArrays({ a: ['x', 'y'] }))).toThrow("The column 'a' of X must hold numbers");
  });
});
