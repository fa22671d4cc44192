/** A schedule gives the rate of iteration k = 0, 1, 2, ... of T planned ones. */
export type Schedule = (iteration: number) => number;

export interface ScheduleOptions {
  /** The first rate eta_0, above 0. */
  readonly rate: number;
  /** T, the number of iterations planned, at least 1. */
  readonly iterations: number;
}
