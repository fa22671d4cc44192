/**
 * Weights of classes, for classes of unequal size or of unequal cost: the weight of a row is multiplied by that of its class.
 *
 *     'balanced'    n / (k n_c) for class c of k classes, with n_c of the n rows: every class weighs the same in all
 */
import { describe, PlanesearchError, reject, requireNumber } from '../core/errors.js';
import type { RawTarget } from '../data/table.js';
import type { ClassLabel } from '../losses/coding.js';

/** 'balanced', or a weight of at least 0 by the name of the class; a class that is not named has weight 1. */
export type ClassWeight = 'balanced' | Readonly<Record<string, number>>;

/**
 * The weight of every row, times `sampleWeights` where there are any.
 *
 * @throws PlanesearchError INVALID_OPTION for what is no class weight, and for a class that does not occur; INCOMPATIBLE for targets that are
 *   not one label a row
 */
export function weightsOfClasses(target: RawTarget, classWeight: ClassWeight, sampleWeights?: Float64Array): Float64Array {
  const labels = labelsOfRows(target);
  const counts = new Map<string, number>();
  for (let row = 0; row < labels.length; row++) {
    const name = String(labels[row]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const weights = classWeight === 'balanced' ? balanced(counts, labels.length) : given(classWeight, counts);
  return Float64Array.from(labels, (label, row) => weights.get(String(label))! * (sampleWeights ? sampleWeights[row]! : 1));
}

function labelsOfRows(target: RawTarget): ArrayLike<ClassLabel> {
  if (target.kind !== 'label-sets' && !(target.kind === 'numbers' && (target.width ?? 1) > 1))
    return target.kind === 'numbers' ? (target.texts ?? target.values) : target.values;
  const sentence = 'Class weights must be for one label a row, but there are several a row: give sample weights.';
  throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'one label a row', received: target.kind });
}

function balanced(counts: ReadonlyMap<string, number>, rows: number): Map<string, number> {
  return new Map(Array.from(counts, ([name, count]) => [name, rows / (counts.size * count)]));
}

function given(weights: Readonly<Record<string, number>>, counts: ReadonlyMap<string, number>): Map<string, number> {
  if (typeof weights !== 'object' || weights === null || Array.isArray(weights))
    return reject('INVALID_OPTION', 'classWeight', "'balanced' or an object of numbers by class", weights);
  for (const [name, weight] of Object.entries(weights)) {
    requireNumber(`The weight of class ${describe(name)}`, weight, 0);
    if (counts.has(name)) continue;
    const known = [...counts.keys()].slice(0, 10).join(', ');
    throw new PlanesearchError(
      'INVALID_OPTION',
      `classWeight must name classes that occur (${known}), but ${describe(name)} does not.`,
    );
  }
  return new Map(Array.from(counts.keys(), (name) => [name, weights[name] ?? 1]));
}
