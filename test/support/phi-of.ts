/** phi over chosen directions at a state with history, where step rules can be compared with each other. */
import type { Objective } from '../../lib/core/objective.js';
import type { SubspaceFunction } from '../../lib/core/subspace-function.js';
import type { Direction } from '../../lib/directions/index.js';
import type { StepChoice, StepRule } from '../../lib/steps/step-rule.js';
import { plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';

export interface History {
  readonly objective: Objective;
  /** The direction at the accepted point. */
  readonly fresh: Float64Array[];
}

/** Moves `objective`, started, by `steps` iterations of plane search and proposes the direction there. */
export async function afterSteps(
  objective: Objective,
  direction: Direction,
  steps: number,
  state: unknown = direction.start(),
): Promise<History> {
  for (let i = 0; i < steps; i++) {
    const phi = await objective.span(await direction.next(state, objective), 1, 'joint');
    const { t } = await plane(gaussNewton()).choose(phi, { last: null }, { iteration: i, unitStep: direction.unitStep });
    await objective.commit(t);
  }
  return { objective, fresh: await direction.next(state, objective) };
}

/** What `rule` chooses from the state of `history`, which stays as it is. */
export async function chosen(
  { objective, fresh }: History,
  rule: StepRule,
  memory: number,
  unitStep: boolean,
): Promise<{ choice: StepChoice; phi: SubspaceFunction }> {
  const phi = await objective.span(fresh, memory, rule.split);
  return { choice: await rule.choose(phi, rule.start(), { iteration: 0, unitStep }), phi };
}
