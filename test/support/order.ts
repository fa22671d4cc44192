/** Trial lengths above the rounding of the value, below the third-order term and, mostly, the distance to a kink of relu. */
const LENGTHS = Array.from({ length: 7 }, (_, i) => 10 ** (-3.5 - 0.25 * i));

/**
 * The order p of an error that goes as C h^p: slope of the least-squares line through (log h, log |error(h)|). A right
 * first-order Taylor model has order 2; a model that is wrong in first order has order 1. (As Manopt's `checkgradient`.)
 */
export async function errorOrder(error: (h: number) => number | Promise<number>): Promise<number> {
  const points: [number, number][] = [];
  for (const h of LENGTHS) points.push([Math.log(h), Math.log(Math.abs(await error(h)))]);
  const mean = [0, 1].map((side) => points.reduce((sum, point) => sum + point[side]! / points.length, 0));
  let covariance = 0;
  let variance = 0;
  for (const [x, y] of points) {
    covariance += (x - mean[0]!) * (y - mean[1]!);
    variance += (x - mean[0]!) ** 2;
  }
  return covariance / variance;
}
