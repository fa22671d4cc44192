/**
 * Between the search and the commit: a step is validated before the objective moves, so that neither a non-finite number
 * nor, under a safeguarded rule, a rise enters the accepted state, whoever wrote the direction or the rule.
 */
import type { StepChoice, StepRule } from '../steps/step-rule.js';
import { reject } from './errors.js';
import type { IterationRecord } from './iteration-record.js';
import type { Objective } from './objective.js';
import type { SubspaceFunction } from './subspace-function.js';

/** What an iteration may commit, with what its record says about it. */
export interface Proposal {
  readonly choice: StepChoice;
  readonly steps: IterationRecord['steps'];
  readonly evaluations: number;
}

export function describeProposal(
  objective: Objective,
  phi: SubspaceFunction,
  choice: StepChoice,
  names: readonly string[],
): Proposal {
  return { choice, steps: namedSteps(objective, phi, choice.t, names), evaluations: phi.evaluations };
}

/** Stay at 0. */
export function refused(phi: SubspaceFunction, reason: string): StepChoice {
  return { t: new Float64Array(phi.dimension), value: phi.value0, accepted: false, reason };
}

/** Rise of phi, relative to phi(0), that is put down to rounding: sums over the data in another order. */
const ROUNDING = 1e-12;

/** The choice itself when it may be committed, otherwise a refusal that says what is wrong with it. */
export function validated(choice: StepChoice, phi: SubspaceFunction, rule: StepRule): StepChoice {
  const { t, value } = choice;
  if (t.length !== phi.dimension)
    reject('DIMENSION_MISMATCH', `The step vector of '${rule.name}'`, `of length ${phi.dimension}`, t);
  if (!choice.accepted) return choice;
  if (!Number.isFinite(value) || !t.every((step, v) => Number.isFinite(step * phi.norms[v]!))) {
    return refused(phi, `a step to the value ${value} is not finite`);
  }
  if (rule.safeguarded && value > phi.value0 + ROUNDING * Math.abs(phi.value0)) {
    return refused(phi, `a step would raise the objective from ${phi.value0} to ${value}`);
  }
  return choice;
}

/** Fresh columns are named after the direction, memory columns by age. */
export function columnNames(direction: string, fresh: number, phi: SubspaceFunction): string[] {
  const columns = phi.stepsByLayer(new Float64Array(phi.dimension))[0]!.length;
  return Array.from({ length: columns }, (_, j) => {
    if (j >= fresh) return `memory-${j - fresh + 1}`;
    return fresh === 1 ? direction : `${direction}-${j + 1}`;
  });
}

function namedSteps(
  objective: Objective,
  phi: SubspaceFunction,
  t: Float64Array,
  names: readonly string[],
): IterationRecord['steps'] {
  const byLayer = phi.stepsByLayer(t);
  return Object.fromEntries(
    objective.layout.layers.map((layer, l) => {
      return [layer.name, Object.fromEntries(names.map((name, j) => [name, byLayer[l]![j]!]))];
    }),
  );
}
