/**
 * Counts of hashed n-grams, a row for every text: n-gram g counts in feature |h(g)| mod features, where h is MurmurHash3 as a signed integer, with the sign of h
 * where signs are wanted (Weinberger et al. 2009, arXiv 0902.2206; the features of scikit-learn's `HashingVectorizer`).
 */
import type { Steps } from '../core/pace.js';
import type { SparseData } from '../data/matrix-data.js';
import { murmurHash3 } from '../core/murmur-hash.js';
import { TextUnits, type Analyzer } from './text-units.js';

export interface HashingOptions {
  readonly analyzer: Analyzer;
  readonly ngrams: readonly [number, number];
  readonly features: number;
  readonly lowercase: boolean;
  readonly signs: boolean;
}

/** N-grams that are hashed between two yields: about a millisecond. */
const GRAMS = 2 ** 14;

export class HashedRows {
  /** Rows with an entry in a feature; of features without any, 0. */
  readonly frequencies: Uint32Array;
  /** Entries of row i end before `ends[i]`. */
  readonly ends: number[] = [];
  #indices = new Uint32Array(2 ** 12);
  #counts = new Float32Array(2 ** 12);
  #entries = 0;
  #first = 0;
  /** Where a feature was counted last, from 1; of this row only when that is behind its first entry. */
  readonly #places: Float64Array;
  readonly #units: TextUnits;
  #grams = 0;

  constructor(private readonly options: HashingOptions) {
    this.frequencies = new Uint32Array(options.features);
    this.#places = new Float64Array(options.features);
    this.#units = new TextUnits(options.analyzer);
  }

  get entries(): number {
    return this.#entries;
  }

  /** A row more; yields now and then, also within a long text. */
  *add(text: string): Steps<void> {
    const units = this.#units;
    units.read(this.options.lowercase ? text.toLowerCase() : text);
    this.#first = this.#entries;
    if (this.options.analyzer === 'char_wb') yield* this.#wordsOfCharacters();
    else yield* this.#windows(0, units.count);
    this.ends.push(this.#entries);
  }

  /** Every n-gram of the units [from, end). */
  *#windows(from: number, end: number): Steps<void> {
    const [shortest, longest] = this.options.ngrams;
    for (let n = shortest; n <= longest; n++) {
      for (let i = from; i + n <= end; i++) {
        this.#count(i, i + n - 1);
        if (++this.#grams % GRAMS === 0) yield;
      }
    }
  }

  /** Within each word; a word shorter than n counts once as a whole, under the smallest such n. */
  *#wordsOfCharacters(): Steps<void> {
    const { lasts, words } = this.#units;
    const [shortest, longest] = this.options.ngrams;
    let from = 0;
    for (let w = 0; w < words; w++) {
      const end = lasts[w]!;
      for (let n = shortest; n <= longest; n++) {
        const last = Math.max(from, end - n);
        for (let i = from; i <= last; i++) {
          this.#count(i, Math.min(i + n, end) - 1);
          if (++this.#grams % GRAMS === 0) yield;
        }
        if (last === from) break;
      }
      from = end;
    }
  }

  #count(first: number, last: number): void {
    const { bytes, starts, ends } = this.#units;
    const { features, signs } = this.options;
    const hash = murmurHash3(bytes, starts[first]!, ends[last]!);
    const feature = Math.abs(hash) % features;
    const one = signs && hash < 0 ? -1 : 1;
    const place = this.#places[feature]!;
    if (place > this.#first) {
      this.#counts[place - 1] = this.#counts[place - 1]! + one;
      return;
    }
    if (this.#entries === this.#indices.length) this.#grow();
    this.#indices[this.#entries] = feature;
    this.#counts[this.#entries++] = one;
    this.#places[feature] = this.#entries;
    this.frequencies[feature]!++;
  }

  #grow(): void {
    const [indices, counts] = [this.#indices, this.#counts];
    this.#indices = new Uint32Array(2 * indices.length);
    this.#counts = new Float32Array(2 * counts.length);
    this.#indices.set(indices);
    this.#counts.set(counts);
  }

  /**
   * The rows with their counts times `weights`, each row scaled to length 1; they cannot be added to afterwards.
   *
   *     x_if = c_if w_f / sqrt(sum_g (c_ig w_g)^2)
   */
  *weighted(weights: Float64Array): Steps<SparseData> {
    const rows = this.ends.length;
    const indptr = new Float64Array(rows + 1);
    const [indices, values] = [this.#indices.slice(0, this.#entries), this.#counts.slice(0, this.#entries)];
    for (let i = 0, e = 0; i < rows; i++) {
      const [from, end] = [e, this.ends[i]!];
      let squares = 0;
      for (; e < end; e++) squares += (values[e]! * weights[indices[e]!]!) ** 2;
      const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
      for (e = from; e < end; e++) values[e] = values[e]! * weights[indices[e]!]! * scale;
      indptr[i + 1] = end;
      if (Math.floor(from / GRAMS) !== Math.floor(end / GRAMS)) yield;
    }
    return { kind: 'csr', indptr, indices, values, rows, columns: this.options.features };
  }
}
