/** Sums and integrals by their logarithms, for volumes in thousands of dimensions. */

/** log(e^a + e^b) */
export function logAdd(a: number, b: number): number {
  const larger = Math.max(a, b);
  return Number.isFinite(larger) ? larger + Math.log1p(Math.exp(Math.min(a, b) - larger)) : larger;
}

/** log of the area of the unit sphere in D dimensions: log 2 + (D/2) log pi - log Gamma(D/2). */
export function logSphere(dimension: number): number {
  let logGamma = dimension % 2 === 0 ? 0 : 0.5 * Math.log(Math.PI);
  for (let z = dimension % 2 === 0 ? 1 : 0.5; z < dimension / 2; z++) logGamma += Math.log(z);
  return Math.LN2 + (dimension / 2) * Math.log(Math.PI) - logGamma;
}

/** log of the mean of e^v, its standard error by the delta method, and (sum e^v)^2 / sum e^2v. */
export function logMean(logs: Float64Array): { mean: number; standardError: number; effectiveSamples: number } {
  const largest = logs.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!Number.isFinite(largest)) return { mean: largest, standardError: NaN, effectiveSamples: NaN };
  const n = logs.length;
  const weights = logs.map((value) => Math.exp(value - largest));
  const mean = weights.reduce((sum, w) => sum + w, 0) / n;
  const variance = weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / (n - 1);
  const squares = weights.reduce((sum, w) => sum + w * w, 0);
  return {
    mean: largest + Math.log(mean),
    standardError: Math.sqrt(variance / n) / mean,
    effectiveSamples: (n * mean) ** 2 / squares,
  };
}

/** Drop of the log integrand behind which nothing counts, and intervals of Simpson's rule within. */
const [DROP, INTERVALS] = [40, 400];

/**
 * log of the integral of r^(D-1) exp(-(2 r along + r^2 square) / (2 sigma^2)) over 0 <= r <= length: N(0, sigma^2 I) on a ray from w along s, along = w's
 * and square = s's, up to the factor at w. The log integrand is concave: only what surrounds its peak is summed.
 */
export function logAlongRay(length: number, dimension: number, along: number, square: number, sigma: number): number {
  const variance = sigma * sigma;
  const power = dimension - 1;
  const log = (r: number): number =>
    (power === 0 ? 0 : power * Math.log(r)) - (2 * r * along + r * r * square) / (2 * variance);
  const root = Math.sqrt(along * along + 4 * square * power * variance);
  const peak = Math.min(length, Math.max(0, (root - along) / (2 * square)));
  const slope = Math.abs((peak > 0 ? power / peak : 0) - (along + square * peak) / variance);
  const bend = (peak > 0 ? power / peak ** 2 : 0) + square / variance;
  const from = Math.max(0, peak - Math.min(DROP / slope, Math.sqrt((2 * DROP) / bend)));
  const to = Math.min(length, peak + Math.sqrt((2 * DROP * variance) / square));
  const h = (to - from) / INTERVALS;
  const top = log(peak);
  let sum = 0;
  for (let i = 0; i <= INTERVALS; i++) {
    const weight = i === 0 || i === INTERVALS ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(log(from + i * h) - top);
  }
  return top + Math.log((sum * h) / 3);
}
