/**
 * Which rows a run looks at: the first ones of X, whose order was drawn at random when X was copied. It begins on few and lets others
 * join, until it looks at all.
 */
import type { IterationRecord } from '../core/iteration-record.js';
import type { Objective } from '../core/objective.js';

export interface Sample<State = unknown> {
  readonly name: string;
  /** Plain numbers that `structuredClone` copies. */
  start(): State;
  /**
   * How many rows to look at from here on, at least those that the objective looks at. Asked before every iteration until these are all,
   * and again after each growth.
   *
   * @param ended whether the run would end here if these were all rows: a small gradient, no decrease any more
   */
  next(state: State, objective: Objective, history: readonly IterationRecord[], ended: boolean): number | Promise<number>;
}
