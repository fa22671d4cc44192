/**
 * A step rule chooses the step vector t, given phi over the subspace that it asked for.
 *
 * Like a direction it holds no problem data; what it remembers between iterations is the state made by `start`. A search
 * that fails is a result with a reason, never an exception.
 */
import type { Settings } from '../core/identity.js';
import type { Need } from '../core/needs.js';
import type { Split } from '../core/objective.js';
import type { SubspaceFunction } from '../core/subspace-function.js';

export interface StepContext {
  /** Iterations completed before this one. */
  readonly iteration: number;
  /** Whether t = 1 along the main direction is a sensible first trial. */
  readonly unitStep: boolean;
}

export interface StepChoice {
  readonly t: Float64Array;
  /** phi(t). */
  readonly value: number;
  /** Whether the trainer may commit t; when false it falls back to steepest descent. */
  readonly accepted: boolean;
  /** Why this t, with the numbers compared. */
  readonly reason: string;
  /** Decrease over the decrease foretold, when the rule has a model: see `SubspaceSolution`. */
  readonly modelRatio?: number;
}

export interface StepRule<State = unknown> {
  readonly name: string;
  /** One step size per direction, or one per direction and layer. */
  readonly split: Split;
  /** Most past steps that the rule can use as columns; more is refused before the run. */
  readonly maxMemory: number;
  /** The objective never rises under this rule. */
  readonly safeguarded: boolean;
  /** What it was made with, as plain JSON: the state of a run goes on with an equal one only. */
  readonly settings?: Settings | undefined;
  /** What it asks of the other parts; compared before the run. */
  readonly needs?: readonly Need[] | undefined;
  /** 'several-directions': whether it finds a step size for each of several fresh directions. */
  readonly offers?: readonly Need[];
  start(): State;
  choose(phi: SubspaceFunction, state: State, context: StepContext): Promise<StepChoice>;
}

/** What a step rule has for other parts: what it says itself, and what its `split` tells. */
export function offersOfRule({ split, offers = [] }: Pick<StepRule, 'split' | 'offers'>): Need[] {
  return [...offers, split === 'layers' ? 'step-sizes-by-layer' : 'one-step-size'];
}

/** scale * column */
export function along(column: Float64Array, scale: number): Float64Array {
  return column.map((x) => scale * x);
}
