/**
 * Texts as rows of X: hashed n-grams, weighted by tf-idf, each row of length 1, sparse float32.
 *
 *     x_if = c_if w_f / |c_i * w|        w_f = ln((1 + n) / (1 + n_f)) + 1
 *
 * c_if counts the n-grams of text i in feature f, n are the texts that were fitted and n_f those with an n-gram in f: scikit-learn's
 * `HashingVectorizer` (`norm=None`) and `TfidfTransformer` (smooth idf, l2) at their defaults, feature by feature. Nothing is kept of the words themselves, so that
 * a vectorizer is as large as its counts, whatever the texts.
 */
import { describe, PlanesearchError, reject, requireBoolean, requireInteger } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { paced, type Steps } from '../core/pace.js';
import type { SparseData } from '../data/matrix-data.js';
import type { TableSchema } from '../data/table.js';
import { decodeCounts, encodeCounts } from './frequency-code.js';
import { HashedRows, type HashingOptions } from './hashed-rows.js';
import { analyzers, type Analyzer } from './text-units.js';

export interface TextVectorizerOptions {
  /** What n-grams are made of: 'word' (default), 'char', or 'char_wb', characters within words. */
  readonly analyzer?: Analyzer | undefined;
  /** Fewest and most units in an n-gram, 1 to 16. Default [1, 1]; [1, 2] adds pairs of words, [3, 5] is usual for characters. */
  readonly ngrams?: readonly [number, number] | undefined;
  /** Columns of X, 2 to 2^26. Default 2^18. */
  readonly features?: number | undefined;
  /** Default true. */
  readonly lowercase?: boolean | undefined;
  /** Whether half of the n-grams count negatively, so that those that share a feature cancel on average. Default false. */
  readonly signs?: boolean | undefined;
}

/** A fitted vectorizer as plain JSON. */
export interface TextVectorizerState extends HashingOptions {
  /** Number of texts that were fitted. */
  readonly texts: number;
  /** How many of them have each feature: LEB128 in base64. */
  readonly frequencies: string;
}

const optionNames = ['analyzer', 'ngrams', 'features', 'lowercase', 'signs'] as const;

const LONGEST = 16;

export class TextVectorizer {
  readonly options: Readonly<HashingOptions>;
  #weights: Float64Array | null = null;
  #state: TextVectorizerState | null = null;

  /** @throws PlanesearchError INVALID_OPTION */
  constructor(options: TextVectorizerOptions = {}) {
    refuseUnknown(options, optionNames, { what: 'The options of TextVectorizer' });
    const { analyzer = 'word', ngrams = [1, 1], features = 2 ** 18, lowercase = true, signs = false } = options;
    if (!analyzers.includes(analyzer)) reject('INVALID_OPTION', 'analyzer', `one of ${analyzers.join(', ')}`, analyzer);
    if (!Array.isArray(ngrams) || ngrams.length !== 2)
      reject('INVALID_OPTION', 'ngrams', 'a list of two lengths, such as [1, 2]', ngrams);
    const shortest = requireInteger('The shortest n-gram', ngrams[0], 1, LONGEST);
    const longest = requireInteger('The longest n-gram', ngrams[1], shortest, LONGEST);
    requireInteger('features', features, 2, 2 ** 26);
    requireBoolean('lowercase', lowercase);
    requireBoolean('signs', signs);
    this.options = { analyzer, ngrams: [shortest, longest], features, lowercase, signs };
  }

  /** Columns of X. */
  get columns(): number {
    return this.options.features;
  }

  /** Counts in how many texts each feature occurs. Texts that were fitted before are forgotten. */
  async fit(texts: readonly string[]): Promise<this> {
    this.learn(await paced(this.countSteps(texts)));
    return this;
  }

  /** One row for each text; a text without any n-gram is a row of zeros. @throws PlanesearchError INVALID_ARGUMENT before `fit` */
  async transform(texts: readonly string[]): Promise<SparseData> {
    const weights = this.#fitted();
    const rows = await paced(this.countSteps(texts));
    return paced(rows.weighted(weights));
  }

  /** As {@link fit} and {@link transform}, with the texts read once. */
  async fitTransform(texts: readonly string[]): Promise<SparseData> {
    const rows = await paced(this.countSteps(texts));
    return paced(this.fitTo(rows));
  }

  /** @internal Rows to be filled one by one: what a reader of files does. */
  start(): HashedRows {
    return new HashedRows(this.options);
  }

  /** @internal These rows, by which the vectorizer is fitted. */
  fitTo(rows: HashedRows): Steps<SparseData> {
    this.learn(rows);
    return this.weigh(rows);
  }

  /** @internal These rows, weighted as fitted. */
  weigh(rows: HashedRows): Steps<SparseData> {
    return rows.weighted(this.#fitted());
  }

  private *countSteps(texts: readonly string[]): Steps<HashedRows> {
    if (!Array.isArray(texts)) reject('INVALID_ARGUMENT', 'The texts', 'a list of strings', texts);
    if (texts.length === 0) reject('INVALID_ARGUMENT', 'The texts', 'at least one', texts);
    const rows = this.start();
    for (let i = 0; i < texts.length; i++) {
      const text: unknown = texts[i];
      if (typeof text !== 'string') refuseText(i, text);
      yield* rows.add(text);
      if (i % 64 === 63) yield;
    }
    return rows;
  }

  private learn({ ends, frequencies }: HashedRows): void {
    this.#state = { ...this.options, texts: ends.length, frequencies: encodeCounts(frequencies) };
    this.#weights = weightsOf(ends.length, frequencies);
  }

  #fitted(): Float64Array {
    return this.#weights ?? reject('INVALID_ARGUMENT', 'The vectorizer', 'fitted before it transforms', this);
  }

  /** What `JSON.stringify` writes: everything that {@link from} needs. @throws PlanesearchError INVALID_ARGUMENT before `fit` */
  toJSON(): TextVectorizerState {
    this.#fitted();
    return this.#state!;
  }

  /**
   * The schema of a table with this text column alone, for `train({ x, y, schema })`: the model then predicts from a list of texts, and from files with such
   * a column.
   */
  schema(column = 'text'): TableSchema {
    const { features } = this.options;
    const feature = { name: column, source: 0, kind: 'text', vectorizer: this.toJSON() } as const;
    return { format: 'table', columns: features, width: 1, header: true, features: [feature], target: null };
  }

  /** The vectorizer that a state was taken of. @throws PlanesearchError INVALID_MODEL for what is no such state */
  static from(state: unknown): TextVectorizer {
    const { texts, frequencies, ...options } = Object(state) as Partial<TextVectorizerState>;
    const damaged = (expected: string, cause?: unknown): never => {
      const sentence = `The state of a text vectorizer must have ${expected}.`;
      throw new PlanesearchError('INVALID_MODEL', sentence, { expected, cause });
    };
    let made: TextVectorizer;
    try {
      made = new TextVectorizer(options);
    } catch (cause) {
      return damaged('the options of one', cause);
    }
    if (!Number.isSafeInteger(texts) || texts! < 1) return damaged('a number of texts');
    const counts = typeof frequencies === 'string' ? decodeCounts(frequencies, made.columns, texts!) : null;
    if (counts === null) return damaged(`${made.columns} frequencies, each of at most ${texts} texts`);
    made.#weights = weightsOf(texts!, counts);
    made.#state = { ...made.options, texts: texts!, frequencies: frequencies! };
    return made;
  }
}

/** A state before anything was fitted: the options, without texts. */
export function unfitted(options: TextVectorizerOptions | undefined): TextVectorizerState {
  return { ...new TextVectorizer(options).options, texts: 0, frequencies: '' };
}

const made = new WeakMap<TextVectorizerState, TextVectorizer>();

/** The vectorizer of a state that nobody changes, such as one in the schema of a model; made once. */
export function vectorizerOf(state: TextVectorizerState): TextVectorizer {
  let vectorizer = made.get(state);
  if (!vectorizer) made.set(state, (vectorizer = TextVectorizer.from(state)));
  return vectorizer;
}

/** The options in a state. */
export function optionsIn({ texts: _, frequencies: __, ...options }: TextVectorizerState): HashingOptions {
  return options;
}

function weightsOf(texts: number, frequencies: Uint32Array): Float64Array {
  // Most are 0; a callback for each would hold the event loop for longer than all else here.
  const weights = new Float64Array(frequencies.length).fill(Math.log(1 + texts) + 1);
  for (let f = 0; f < weights.length; f++) {
    const count = frequencies[f]!;
    if (count > 0) weights[f] = Math.log((1 + texts) / (1 + count)) + 1;
  }
  return weights;
}

function refuseText(i: number, text: unknown): never {
  const sentence = `Text ${i} (from 0) must be a string, but ${describe(text)} was given.`;
  throw new PlanesearchError('INVALID_DATA', sentence, { expected: 'a string', received: describe(text) });
}
