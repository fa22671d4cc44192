/** How well predictions fit: what people read beside the loss. */

/** Share of rows whose predicted class is the true one. */
export function accuracy(predicted: ArrayLike<string | number>, truth: ArrayLike<string | number>): number {
  let hits = 0;
  for (let i = 0; i < truth.length; i++) if (predicted[i] === truth[i]) hits++;
  return hits / truth.length;
}

/** Coefficient of determination, 1 - sum (y - p)^2 / sum (y - mean y)^2; NaN when the truth is constant. */
export function r2(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  let mean = 0;
  for (let i = 0; i < truth.length; i++) mean += truth[i]! / truth.length;
  let residual = 0;
  let total = 0;
  // The rounded mean of equal numbers may differ from them, so that a total of 0 alone would not tell.
  let constant = true;
  for (let i = 0; i < truth.length; i++) {
    residual += (truth[i]! - predicted[i]!) ** 2;
    total += (truth[i]! - mean) ** 2;
    constant &&= truth[i] === truth[0];
  }
  return constant || total === 0 ? NaN : 1 - residual / total;
}
