/** The diagonal of a square matrix, row-major: what metrics damp and measure it by. */

export function meanDiagonal(F: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += F[i * n + i]!;
  return sum / n;
}

export function shiftDiagonal(F: Float64Array, n: number, shift: number): void {
  for (let i = 0; i < n; i++) F[i * n + i] = F[i * n + i]! + shift;
}

export function diagonalOf(F: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => F[i * n + i]!);
}
