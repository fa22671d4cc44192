/** Where a value lies on an axis, and which values are named on it. */

export interface Axis {
  readonly label: string;
  /** Logarithmic. Values that are not positive are not drawn. */
  readonly log?: boolean | undefined;
  /** Least value shown. */
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

export interface Tick {
  readonly value: number;
  /** Empty for a line without a name. */
  readonly text: string;
}

export interface Scale {
  /** From a value to a place between the two ends of the axis. */
  place(value: number): number;
  readonly ticks: readonly Tick[];
}

/** Below it powers of ten lose their digits. */
const LEAST_STEP = 1e-290;

/** @param ends places of the least and the largest value */
export function scaleOf(axis: Axis, values: readonly number[], ends: readonly [number, number], most: number): Scale {
  const drawable = axis.log ? values.filter((value) => value > 0) : values;
  let low = axis.minimum ?? Infinity;
  let high = axis.maximum ?? -Infinity;
  for (const value of drawable) {
    if (!Number.isFinite(value)) continue;
    if (axis.minimum === undefined) low = Math.min(low, value);
    if (axis.maximum === undefined) high = Math.max(high, value);
  }
  if (!(low < Infinity && high > -Infinity)) [low, high] = axis.log ? [0.1, 1] : [0, 1];
  const make = axis.log ? logarithmic : linear;
  return make(low, Math.max(high, low), ends, most);
}

function linear(low: number, high: number, [from, to]: readonly [number, number], most: number): Scale {
  const [least, largest] = high / most - low / most >= LEAST_STEP ? [low, high] : around(low);
  const step = niceStep(largest / most - least / most);
  // Halves: a difference of two numbers near the end of float64 is beyond it.
  const half = largest / 2 - least / 2;
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(largest / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
  return {
    place: (value) => from + ((value / 2 - least / 2) / half) * (to - from),
    ticks: ticks.map((value) => ({ value, text: tickText(value, step) })),
  };
}

/** A range about a value that is the only one. */
function around(value: number): [number, number] {
  const half = Math.max(Math.abs(value) || 1, 2 * LEAST_STEP) / 2;
  return [Math.max(-Number.MAX_VALUE, value - half), Math.min(Number.MAX_VALUE, value + half)];
}

/** The least of 1, 2 and 5 times a power of ten that is at least `length`. */
function niceStep(length: number): number {
  const power = 10 ** Math.floor(Math.log10(length));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= length * (1 - 1e-9)) ?? 10);
}

function tickText(value: number, step: number): string {
  const largest = Math.max(Math.abs(value), step);
  if (largest >= 1e6 || largest < 1e-4)
    return value === 0 ? '0' : Number(value.toPrecision(3)).toExponential().replace('e+', 'e');
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

function logarithmic(low: number, high: number, [from, to]: readonly [number, number], most: number): Scale {
  const [first, last] = [Math.log10(low), Math.log10(high)];
  const [least, largest] = last - first > 1e-6 ? [first, last] : [first - 0.5, last + 0.5];
  return {
    place: (value) => from + ((Math.log10(value) - least) / (largest - least)) * (to - from),
    ticks: logTicks(least, largest, most),
  };
}

/** Whole powers of 10, thinned out where there are many; multiples of them where there are few. */
function logTicks(least: number, largest: number, most: number): Tick[] {
  const range = largest - least;
  const every = Math.max(1, Math.ceil(range / most));
  const factors = range < 0.6 ? [1, 1.5, 2, 3, 4, 5, 6, 8] : range <= 2.5 ? [1, 2, 5] : [1];
  const ticks: Tick[] = [];
  for (let power = Math.floor(least); power <= Math.ceil(largest); power++) {
    if (factors.length === 1 && power % every !== 0) continue;
    for (const factor of factors) {
      const at = power + Math.log10(factor);
      if (at < least - 1e-9 || at > largest + 1e-9) continue;
      ticks.push({ value: factor * 10 ** power, text: powerText(power, factor) });
    }
  }
  return ticks;
}

function powerText(power: number, factor: number): string {
  if (power >= -3 && power <= 4) return String(Number((factor * 10 ** power).toPrecision(2)));
  const exponent = [...String(power)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻').join('');
  return `${factor === 1 ? '' : `${factor}·`}10${exponent}`;
}
