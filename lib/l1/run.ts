/** What `train` asks of here: the parts of a run, with l1 or without. */
import type { Backend } from '../backends/backend.js';
import { Objective } from '../core/objective.js';
import type { Sweep } from '../core/trainer.js';
import { line } from '../steps/index.js';
import { gaussNewton } from '../subspace/index.js';
import type { Parts } from '../train-parts.js';
import { L1Objective, type L1ObjectiveSpec } from './objective.js';
import { proximalNewton, proximalSweep } from './proximal-newton.js';

/** @param spec with l1 0 for none */
export function objectiveOf({ l1, ...spec }: L1ObjectiveSpec, backend: Backend): Objective {
  return l1 > 0 ? new L1Objective({ ...spec, l1 }, backend) : new Objective(spec, backend);
}

/** Names for what the sweep does. */
export function l1Parts(): Parts {
  const solver = gaussNewton();
  const automatic = 'proximal-newton because of l1';
  return { direction: proximalNewton(), rule: line(solver), solver, memory: 0, automatic };
}

export function sweepFor(l1: number, sweep: Sweep | undefined): Sweep | undefined {
  return l1 > 0 ? proximalSweep() : sweep;
}
