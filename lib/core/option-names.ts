/**
 * Options that nobody understands are refused, with the name that was probably meant: a misspelt option is never ignored.
 */
import { describe, PlanesearchError, reject } from './errors.js';

/** What other programs call options of ours. */
const otherNames: Readonly<Record<string, string>> = {
  epochs: 'maxIterations',
  iterations: 'maxIterations',
  maxIter: 'maxIterations',
  max_iter: 'maxIterations',
  learningRate: 'rate',
  learning_rate: 'rate',
  lr: 'rate',
  optimizer: 'direction',
  hiddenLayers: 'hidden',
  hidden_layer_sizes: 'hidden',
  units: 'hidden',
  weightDecay: 'l2',
  regularization: 'l2',
  alpha: 'l2',
  lambda: 'l2',
  tol: 'tolerance',
  randomState: 'seed',
  random_state: 'seed',
  normalize: 'standardize',
  sample_weight: 'sampleWeights',
  weights: 'sampleWeights',
  early_stopping: 'earlyStopping',
  n_iter_no_change: 'patience',
  min_delta: 'minDelta',
  validationData: 'validation',
  validation_data: 'validation',
  validation_split: 'validation',
  validation_fraction: 'validation',
  separator: 'delimiter',
  sep: 'delimiter',
};

const LONGEST_NAME = 40;

export interface WhereOptionsGo {
  /** What the options are of, for the sentence about something that is no object. Default 'The options'. */
  readonly what?: string;
  /** What the object is for the sentence about its keys. Default 'option'. */
  readonly noun?: string;
  /** Names that are known, but in another place: with the place. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/**
 * @throws PlanesearchError INVALID_ARGUMENT for what is no object, INVALID_OPTION for a key of `given`, not undefined, that
 * is not among the known names
 */
export function refuseUnknown(given: object, known: readonly string[], where: WhereOptionsGo = {}): void {
  const { what = 'The options', noun = 'option', elsewhere = {} } = where;
  if (typeof given !== 'object' || given === null || Array.isArray(given) || ArrayBuffer.isView(given)) {
    reject(
      'INVALID_ARGUMENT',
      what,
      `an object of ${known.slice(0, 4).join(', ')}${known.length > 4 ? ', ...' : ''}`,
      given,
    );
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    if (Object.hasOwn(elsewhere, name)) {
      const sentence = `There is no ${noun} ${describe(name)} here: it goes ${elsewhere[name]}.`;
      throw new PlanesearchError('INVALID_OPTION', sentence, { expected: elsewhere[name]!, received: name });
    }
    const near = nearest(name, known);
    const hint = near === null ? `The known ones are ${known.join(', ')}.` : `Did you mean '${near}'?`;
    throw new PlanesearchError('INVALID_OPTION', `There is no ${noun} ${describe(name)}. ${hint}`, {
      expected: near ?? known.join(', '),
      received: name,
    });
  }
}

/** The name that another program's stands for, or that fewest edits lead to, when they are few. */
export function nearest(name: string, known: readonly string[]): string | null {
  // The cost of a comparison goes with the length, which a caller decides.
  if (name.length > LONGEST_NAME) return null;
  const meanings = [
    ...known.map((other) => [other, other] as const),
    ...Object.entries(otherNames).filter(([, other]) => known.includes(other)),
  ];
  const ranked = meanings.map(([written, other]) => ({
    other,
    edits: editDistance(name.toLowerCase(), written.toLowerCase()),
  }));
  const best = ranked.reduce((a, b) => (b.edits < a.edits ? b : a));
  return best.edits <= Math.max(2, Math.floor(name.length / 3)) ? best.other : null;
}

/** Levenshtein 1966: insertions, deletions and substitutions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
