/** Every built-in step rule, one line each. */
import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import { backtracking, type BacktrackingOptions } from './backtracking.js';
import { fixed, type FixedOptions } from './fixed.js';
import { layerwise } from './layerwise.js';
import { line } from './line.js';
import { plane } from './plane.js';
import type { StepRule } from './step-rule.js';

/** What a step rule may be built from by name; each takes what it needs. */
export interface StepRuleParts {
  readonly solver: SubspaceSolver;
  readonly rate?: number;
}

export const stepRules = {
  fixed: ({ rate }) => fixed(rate === undefined ? {} : { rate }),
  backtracking: () => backtracking(),
  line: ({ solver }) => line(solver),
  plane: ({ solver }) => plane(solver),
  layerwise: ({ solver }) => layerwise(solver),
} as const satisfies Record<string, (parts: StepRuleParts) => StepRule>;

export type StepRuleName = keyof typeof stepRules;
export { backtracking, fixed, layerwise, line, plane };
export type { BacktrackingOptions, FixedOptions, StepRule };
