import type { DataMatrix, ProductCounts } from '../backends/backend.js';

const NO_PRODUCTS: ProductCounts = { multiply: 0, multiplyTransposed: 0, gram: 0 };

/** a + sign b, to a row of `rows`: a product over a part of the rows is that part of one. */
export function summed(rows: number, a: ProductCounts, b: ProductCounts, sign: number): ProductCounts {
  const whole = (x: number, y: number): number => Math.round(rows * (x + sign * y)) / rows;
  return {
    multiply: whole(a.multiply, b.multiply),
    multiplyTransposed: whole(a.multiplyTransposed, b.multiplyTransposed),
    gram: whole(a.gram, b.gram),
  };
}

/** The products of one run over a matrix that counts those of everybody. */
export class RunCounts {
  readonly #matrix: DataMatrix;
  /** What the matrix had made for others. */
  readonly #foreign: ProductCounts;
  /** Those before what the matrix counts: of the run that this one continues, less what the matrix did meanwhile. */
  #before: ProductCounts = NO_PRODUCTS;

  constructor(matrix: DataMatrix) {
    this.#matrix = matrix;
    this.#foreign = summed(matrix.rows, NO_PRODUCTS, matrix.counts, 1);
    this.restart();
  }

  get total(): ProductCounts {
    return summed(this.#matrix.rows, this.#before, this.#matrix.counts, 1);
  }

  restart(): void {
    this.#before = summed(this.#matrix.rows, NO_PRODUCTS, this.#foreign, -1);
  }

  resume(products: ProductCounts): void {
    this.#before = summed(this.#matrix.rows, products, this.#matrix.counts, -1);
  }

  add(products: ProductCounts): void {
    this.#before = summed(this.#matrix.rows, this.#before, products, 1);
  }
}
