/**
 * A capture is a state in which something once went wrong, cut down until it is small enough to read: what happened and in which run, the
 * file that mends it, the data, the accepted parameters, and the steps taken from there up to the iteration in question.
 */
import { readFileSync } from 'node:fs';
import type { ActivationName } from '../../lib/activations/index.js';
import type { Backend } from '../../lib/backends/backend.js';
import type { Objective, Split } from '../../lib/core/objective.js';
import type { SubspaceFunction } from '../../lib/core/subspace-function.js';
import { steepestDescent } from '../../lib/directions/direction.js';
import { lossByName, type LossName } from '../../lib/losses/index.js';
import { programOf } from '../../lib/networks/program.js';
import { openAtStart, stack, type SmallProblem } from '../support/problems.js';

interface CaptureFile {
  readonly loss: LossName;
  readonly l2: number;
  /** Inputs, outputs and activation, layer by layer. */
  readonly layers: readonly [number, number, ActivationName][];
  readonly x: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly parameters: readonly number[];
  /** One fresh direction each, and the step sizes of it and of the past steps, newest first. */
  readonly iterations?: readonly { readonly t: readonly number[]; readonly direction: readonly number[] }[];
}

export interface Capture {
  /** Starts at the captured parameters. */
  readonly problem: SmallProblem;
  readonly l2: number;
  readonly iterations: readonly { readonly t: Float64Array; readonly direction: Float64Array }[];
}

export function readCapture(name: string): Capture {
  const file = JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as CaptureFile;
  const architecture = stack(file.layers);
  return {
    problem: {
      rows: file.x.length,
      columns: file.x[0]!.length,
      x: Float64Array.from(file.x.flat()),
      architecture,
      layers: programOf(architecture).layers,
      loss: lossByName(file.loss),
      targets: Float64Array.from(file.targets),
      sampleWeights: undefined,
      start: Float64Array.from(file.parameters),
    },
    l2: file.l2,
    iterations: (file.iterations ?? []).map(({ t, direction }) => ({
      t: Float64Array.from(t),
      direction: Float64Array.from(direction),
    })),
  };
}

/** The objective at the end of the captured iterations. */
export async function replay({ problem, l2, iterations }: Capture, backend: Backend, memory = 1): Promise<Objective> {
  const { objective } = await openAtStart(problem, { backend, l2, memory });
  for (const { t, direction } of iterations) {
    await objective.span([direction], memory, 'joint');
    await objective.commit(t);
  }
  return objective;
}

/** phi over steepest descent and the last step, as it was when the capture was taken. */
export function phiAt(objective: Objective, split: Split): Promise<SubspaceFunction> {
  return objective.span([steepestDescent(objective)], 1, split);
}
