/**
 * Rates as functions of the iteration k of T, one line each; all start at eta_0.
 */
import { requireInteger, requireNumber } from '../core/errors.js';
import type { Schedule, ScheduleOptions } from './schedule.js';

/** eta_0 throughout. */
export function constant({ rate }: ScheduleOptions): Schedule {
  return () => rate;
}

/** eta_0 (1 - k/T)^power, power 1 by default, above 0. */
export function polynomial({ rate, iterations }: ScheduleOptions, power = 1): Schedule {
  requireNumber('power', power, Number.MIN_VALUE);
  return (k) => rate * Math.max(0, 1 - k / iterations) ** power;
}

/** eta_0 end^(k/T): reaches `end` times eta_0 after T iterations; 0.01 by default, from above 0 to 1. */
export function exponential({ rate, iterations }: ScheduleOptions, end = 0.01): Schedule {
  requireNumber('end', end, Number.MIN_VALUE, 1);
  return (k) => rate * end ** (k / iterations);
}

/** eta_0 (1 + cos(pi k / P)) / 2 over each of `cycles` periods P = T / cycles (Loshchilov & Hutter 2017, arXiv 1608.03983). */
export function cosine({ rate, iterations }: ScheduleOptions, cycles = 1): Schedule {
  const share = phase(iterations, cycles);
  return (k) => (rate * (1 + Math.cos(Math.PI * share(k)))) / 2;
}

/**
 * eta_0 (1 - ln(1 + k) / ln(1 + P)) over each of `cycles` periods P = T / cycles: the logarithmic step size with warm restarts,
 * arXiv 2404.01257, with k counted from 0.
 */
export function logarithmic({ rate, iterations }: ScheduleOptions, cycles = 1): Schedule {
  const share = phase(iterations, cycles);
  const period = iterations / cycles;
  return (k) => rate * Math.max(0, 1 - Math.log1p(period * share(k)) / Math.log1p(period));
}

/** Where k stands inside its period, 0 to below 1; 1 beyond the last. */
function phase(iterations: number, cycles: number): (k: number) => number {
  requireInteger('cycles', cycles, 1);
  const period = iterations / cycles;
  return (k) => (k >= iterations ? 1 : (k % period) / period);
}

export type ScheduleFactory = (options: ScheduleOptions) => Schedule;

export const schedules = {
  constant,
  polynomial,
  exponential,
  cosine,
  /** `cosine` in 4 cycles. */
  'cosine-restarts': (options: ScheduleOptions) => cosine(options, 4),
  logarithmic,
  /** `logarithmic` in 4 cycles. */
  'logarithmic-restarts': (options: ScheduleOptions) => logarithmic(options, 4),
} as const satisfies Record<string, ScheduleFactory>;

export type ScheduleName = keyof typeof schedules;
export type { Schedule, ScheduleOptions };
