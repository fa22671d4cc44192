/** The data in batches of rows that lie one behind the other in X: as nearly of the size wanted as cuts all rows evenly. */
import type { Backend, RowRange } from '../backends/backend.js';
import { requireInteger } from '../core/errors.js';
import type { Part } from '../core/needs.js';
import { Objective } from '../core/objective.js';
import { partsOf, type ObjectiveSpec } from '../core/objective-spec.js';

/** Rows of a batch: fewer than all, so that there are two batches at least. */
export function requireBatch(rows: unknown, all: number): number {
  return requireInteger('batch', rows, 1, Math.max(1, Math.floor(all / 2)));
}

export class Batches {
  readonly count: number;
  readonly #spec: ObjectiveSpec;
  readonly #backend: Backend;

  /** @param spec of all rows, in a random order; `memory` is that of a batch */
  constructor(spec: ObjectiveSpec, backend: Backend, rows: number) {
    this.#spec = spec;
    this.#backend = backend;
    this.count = Math.max(2, Math.round(spec.matrix.rows / rows));
  }

  /** What batches have for the other parts of a run. */
  get parts(): Part[] {
    return partsOf({ ...this.#spec, range: this.range(0) }, this.#backend);
  }

  range(batch: number): RowRange {
    const from = this.#begin(batch);
    return { from, count: this.#begin(batch + 1) - from };
  }

  /** What a batch weighs among others: its rows, or the sum of their weights. */
  weight(batch: number): number {
    const { from, count } = this.range(batch);
    return this.#spec.sampleWeights?.subarray(from, from + count).reduce((sum, s) => sum + s, 0) ?? count;
  }

  /** A view of X, to be disposed of after use: it holds nothing that is longer than the batch. */
  objective(batch: number): Objective {
    const { targets, offsets, sampleWeights, matrix } = this.#spec;
    const range = this.range(batch);
    const part = (values: Float64Array): Float64Array => {
      const width = values.length / matrix.rows;
      return values.subarray(range.from * width, (range.from + range.count) * width);
    };
    return new Objective(
      {
        ...this.#spec,
        range,
        targets: part(targets),
        offsets: offsets && part(offsets),
        sampleWeights: sampleWeights && part(sampleWeights),
      },
      this.#backend,
    );
  }

  #begin(batch: number): number {
    return Math.floor((batch * this.#spec.matrix.rows) / this.count);
  }
}
