/**
 * What one part of a run needs of another: declared by the part, compared once, before anything is computed.
 */
import { PlanesearchError } from './errors.js';

/** What can be asked for; the table below says of whom. */
export type Need =
  | 'slopes'
  | 'tasks'
  | 'task-gradients'
  | 'curvature-root'
  | 'growth-bound'
  | 'constant-bound'
  | 'exact-units'
  | 'gram'
  | 'columns'
  | 'coordinate-search'
  | 'several-directions'
  | 'one-step-size'
  | 'step-sizes-by-layer'
  | 'steady-rows';

export type PartKind = 'direction' | 'step rule' | 'solver' | 'network' | 'loss' | 'matrix' | 'backend' | 'rows';

/** Every need, with the kind of part that has to offer it and what it is, for the sentence. */
const offeredBy: Readonly<Record<Need, { readonly kind: PartKind; readonly what: string }>> = {
  slopes: { kind: 'loss', what: 'its slopes by the outputs' },
  tasks: { kind: 'loss', what: 'several tasks (tasks)' },
  'task-gradients': { kind: 'backend', what: 'the gradient of each task (taskGradients)' },
  'curvature-root': { kind: 'loss', what: 'a root of its curvature (curvatureRoot)' },
  'growth-bound': { kind: 'loss', what: 'a bound on the growth of its curvature (growth)' },
  'constant-bound': { kind: 'loss', what: 'a curvature that cannot grow (growth 0), such as that of squared' },
  'exact-units': { kind: 'network', what: 'relu or identity units in at most one hidden layer' },
  gram: { kind: 'matrix', what: 'weighted second moments (gram)' },
  columns: { kind: 'matrix', what: 'blocks of its columns (columnBlock)' },
  'coordinate-search': { kind: 'backend', what: 'a search of every weight (coordinateSweep)' },
  'several-directions': { kind: 'step rule', what: 'step sizes for several directions at once' },
  'one-step-size': { kind: 'step rule', what: 'one step size for all layers' },
  'step-sizes-by-layer': { kind: 'step rule', what: 'step sizes of its own for every layer' },
  'steady-rows': { kind: 'rows', what: 'one objective for all steps, with gradients that can be compared' },
};

/** One part of a run: what it is called, what it asks of the others and what it has for them. */
export interface Part {
  readonly kind: PartKind;
  readonly name: string;
  readonly needs?: readonly Need[] | undefined;
  readonly offers?: readonly Need[] | undefined;
}

/** @throws PlanesearchError INCOMPATIBLE with one sentence that names both sides, or the one that is missing */
export function checkNeeds(parts: readonly Part[]): void {
  for (const asking of parts) {
    for (const need of asking.needs ?? []) {
      const { kind, what } = offeredBy[need];
      const asked = parts.find((part) => part.kind === kind);
      if (asked?.offers?.includes(need)) continue;
      const lack = asked ? `'${asked.name}' has none` : `there is no ${kind}`;
      const sentence = `The ${asking.kind} '${asking.name}' needs of the ${kind} ${what}, but ${lack}.`;
      throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: need, received: asked?.name ?? 'none' });
    }
  }
}
