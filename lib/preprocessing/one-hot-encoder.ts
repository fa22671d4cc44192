/**
 * Columns of categories as columns of 0 and 1, one for every category, in sparse rows:
 *
 *     [['red', 'S'], ['blue', 'L']]    ->    color=blue  color=red  size=L  size=S
 *                                            0           1          0       1
 *                                            1           0          1       0
 */
import { describe, PlanesearchError, reject } from '../core/errors.js';
import type { SparseData } from '../data/index.js';
import { labelsOf } from '../metrics/rows.js';
import { fittedOr, type Transformer } from './transformer.js';

export type Category = string | number;
export type CategoryRows = readonly (readonly Category[])[];

export interface OneHotOptions {
  /** Of the columns of categories. Default x0, x1, ... */
  readonly names?: readonly string[] | undefined;
  /** What becomes of a category that `fit` has not seen: 'ignore' (default), a row of zeros, or 'refuse'. */
  readonly unknown?: 'ignore' | 'refuse' | undefined;
  /** The categories of every column, instead of `fit`. */
  readonly categories?: CategoryRows | undefined;
}

/** Categories as columns of 0 and 1. */
export class OneHotEncoder implements Transformer<CategoryRows, SparseData> {
  #categories: CategoryRows | null;

  constructor(readonly options: OneHotOptions = {}) {
    const { unknown = 'ignore', categories = null } = options;
    if (unknown !== 'ignore' && unknown !== 'refuse') reject('INVALID_OPTION', 'unknown', "'ignore' or 'refuse'", unknown);
    this.#categories = categories;
  }

  /** The categories of every column, in ascending order. */
  fit(rows: CategoryRows): this {
    const width = checkRows(rows);
    this.#checkNames(width);
    this.#categories = Array.from({ length: width }, (_, c) => labelsOf(rows.map((row) => row[c]!)));
    return this;
  }

  transform(rows: CategoryRows): SparseData {
    const categories = this.categories;
    if (checkRows(rows) !== categories.length)
      reject('DIMENSION_MISMATCH', 'A row of categories', `of length ${categories.length}, as it was fitted`, rows[0]);
    let columns = 0;
    const places = categories.map((own) => new Map(own.map((category) => [category, columns++])));
    const indptr = new Float64Array(rows.length + 1);
    const indices: number[] = [];
    rows.forEach((row, i) => {
      row.forEach((category, c) => {
        const place = places[c]!.get(category);
        if (place !== undefined) indices.push(place);
        else if (this.options.unknown === 'refuse') this.#refuse(category, c, i);
      });
      indptr[i + 1] = indices.length;
    });
    return {
      kind: 'csr',
      indptr,
      indices: Uint32Array.from(indices),
      rows: rows.length,
      columns,
      columnNames: this.columnNames,
    };
  }

  copy(): OneHotEncoder {
    return new OneHotEncoder(this.options);
  }

  get categories(): CategoryRows {
    return fittedOr(this.#categories, 'OneHotEncoder');
  }

  /** `name=category`, as columns of a CSV file have it. */
  get columnNames(): string[] {
    return this.categories.flatMap((own, c) => own.map((category) => `${this.#name(c)}=${category}`));
  }

  #name(column: number): string {
    return this.options.names?.[column] ?? `x${column}`;
  }

  #checkNames(width: number): void {
    const { names } = this.options;
    if (names && names.length !== width) reject('INVALID_OPTION', 'names', `${width} names, one a column`, names);
  }

  #refuse(category: Category, column: number, row: number): never {
    const sentence = `Every category must be one that was fitted, but ${describe(category)} in row ${row} (from 0), column '${this.#name(column)}', is not.`;
    throw new PlanesearchError('INVALID_DATA', sentence, { received: describe(category) });
  }
}

/** The number of categories in a row, the same in all. */
function checkRows(rows: CategoryRows): number {
  if (!Array.isArray(rows) || !Array.isArray(rows[0]))
    return reject('INVALID_DATA', 'The categories', 'a list of rows, each a list', rows);
  const width = (rows[0] as readonly Category[]).length;
  const odd = rows.findIndex((row) => !Array.isArray(row) || row.length !== width);
  if (odd >= 0) reject('INVALID_DATA', `Row ${odd} of the categories`, `a list of ${width}, as row 0`, rows[odd]);
  return width;
}
