import type { ProductCounts } from '../backends/backend.js';

export const NO_PRODUCTS: ProductCounts = { multiply: 0, multiplyTransposed: 0, gram: 0 };

/** a + sign b, to a row of `rows`: a product over a part of the rows is that part of one. */
export function summed(rows: number, a: ProductCounts, b: ProductCounts, sign: number): ProductCounts {
  const whole = (x: number, y: number): number => Math.round(rows * (x + sign * y)) / rows;
  return {
    multiply: whole(a.multiply, b.multiply),
    multiplyTransposed: whole(a.multiplyTransposed, b.multiplyTransposed),
    gram: whole(a.gram, b.gram),
  };
}
