/** Every built-in step rule, one line each. */
import { cosine, type ScheduleFactory } from '../schedules/index.js';
import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import { backtracking, type BacktrackingOptions } from './backtracking.js';
import { fixed, type FixedOptions } from './fixed.js';
import { layerwiseBacktracking, type LayerwiseBacktrackingOptions } from './layerwise-backtracking.js';
import { layerwise } from './layerwise.js';
import { line } from './line.js';
import { plane } from './plane.js';
import { schedule, type ScheduleRuleOptions } from './schedule.js';
import type { StepChoice, StepRule } from './step-rule.js';
import { strongWolfe, type StrongWolfeOptions } from './strong-wolfe.js';

/** What a step rule may be built from by name; each takes what it needs. */
export interface StepRuleParts {
  readonly solver: SubspaceSolver;
  /** First rate of 'fixed' and 'schedule', above 0. Default 0.1. */
  readonly rate?: number;
  /** Shape of 'schedule'. Default: cosine. */
  readonly schedule?: ScheduleFactory;
  /** Iterations that a schedule plans for. Default 500. */
  readonly iterations?: number;
}

export const stepRules = {
  fixed: ({ rate }) => fixed(rate === undefined ? {} : { rate }),
  schedule: ({ rate = 0.1, schedule: shape = cosine, iterations = 500 }) =>
    schedule({ schedule: shape({ rate, iterations }) }),
  backtracking: () => backtracking(),
  'layerwise-backtracking': () => layerwiseBacktracking(),
  'strong-wolfe': () => strongWolfe(),
  line: ({ solver }) => line(solver),
  plane: ({ solver }) => plane(solver),
  layerwise: ({ solver }) => layerwise(solver),
} as const satisfies Record<string, (parts: StepRuleParts) => StepRule>;

export type StepRuleName = keyof typeof stepRules;

/** The options of `train` that only some rules understand; the others refuse them. */
export const stepRuleOptions: Readonly<Record<'rate' | 'schedule', readonly StepRuleName[]>> = {
  rate: ['fixed', 'schedule'],
  schedule: ['schedule'],
};
export { backtracking, fixed, layerwise, layerwiseBacktracking, line, plane, schedule, strongWolfe };
export type {
  BacktrackingOptions,
  FixedOptions,
  LayerwiseBacktrackingOptions,
  ScheduleRuleOptions,
  StepChoice,
  StepRule,
  StrongWolfeOptions,
};
