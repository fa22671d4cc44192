/** How well predictions fit: what people read beside the loss. */
import { atOnce, endsStride, type Steps } from './pace.js';

/** Share of rows whose predicted class is the true one. */
export function accuracy(predicted: ArrayLike<string | number>, truth: ArrayLike<string | number>): number {
  let hits = 0;
  for (let i = 0; i < truth.length; i++) if (predicted[i] === truth[i]) hits++;
  return hits / truth.length;
}

/** Coefficient of determination, 1 - sum (y - p)^2 / sum (y - mean y)^2; NaN when the truth is constant. */
export function r2(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  return atOnce(r2Steps(predicted, truth));
}

/** The same of every `width`-th number from `from` on. */
export function* r2Steps(predicted: ArrayLike<number>, truth: ArrayLike<number>, from = 0, width = 1): Steps<number> {
  const count = truth.length / width;
  let mean = 0;
  for (let i = 0; i < count; i++) {
    mean += truth[i * width + from]! / count;
    if (endsStride(i)) yield;
  }
  const first = truth[from];
  let residual = 0;
  let total = 0;
  // The rounded mean of equal numbers may differ from them, so that a total of 0 alone would not tell.
  let constant = true;
  for (let i = 0; i < count; i++) {
    const y = truth[i * width + from]!;
    residual += (y - predicted[i * width + from]!) ** 2;
    total += (y - mean) ** 2;
    constant &&= y === first;
    if (endsStride(i)) yield;
  }
  return constant || total === 0 ? NaN : 1 - residual / total;
}
