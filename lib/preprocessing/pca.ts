/**
 * Principal components (Pearson 1901; Hotelling 1933): the k directions in which rows spread most,
 *
 *     z = (x - mean) V / scale,      X - mean ~ U diag(sigma) V'       variance of z_i: sigma_i^2 / (rows - 1)
 *
 * from `svd` by products with X alone, so that sparse data stays sparse: its centering is a rank-one term of the products. As a part of a pipeline,
 * or of `train`, it goes into the first layer of the model, which then reads rows as they were.
 */
import type { Backend, DataMatrix } from '../backends/backend.js';
import { selectBackend, type BackendName } from '../backends/index.js';
import type { Frame } from '../backends/frame.js';
import { PlanesearchError, requireBoolean, requireInteger } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { checkData, sourceOf, type DenseData, type MatrixData } from '../data/index.js';
import { decompose, isDataMatrix, type Svd, type SvdOptions } from '../decompositions/svd.js';
import { fittedOr, type LinearColumns, type Transformer } from './transformer.js';

export interface PcaOptions extends Pick<SvdOptions, 'tolerance' | 'maxIterations' | 'seed' | 'precision' | 'threads'> {
  /** How many, 1 to the smaller of rows and columns. */
  readonly components: number;
  /** Whether columns are divided by their standard deviations first, as units that do not compare ask for. Default false. */
  readonly standardize?: boolean | undefined;
  /** Whether every component is divided by its own, which makes all variances 1. Default false. */
  readonly whiten?: boolean | undefined;
  /** What multiplies; rows that are with several ranks take the backend that leads them. Default 'auto'. */
  readonly backend?: BackendName | 'auto' | Backend | undefined;
}

const optionNames = [
  'components',
  'standardize',
  'whiten',
  'tolerance',
  'maxIterations',
  'seed',
  'precision',
  'backend',
  'threads',
] as const satisfies readonly (keyof PcaOptions)[];

/** What is learned from the rows. */
export interface PrincipalComponents {
  /** Of every column. */
  readonly mean: Float64Array;
  /** Standard deviations with `standardize`, 1 without. */
  readonly scale: Float64Array;
  /** V', components x columns, row-major: orthonormal rows, in each the entry farthest from 0 positive. */
  readonly directions: Float64Array;
  readonly singularValues: Float64Array;
  /** sigma^2 / (rows - 1), of each component. */
  readonly explainedVariance: Float64Array;
  /** That over the variance of all columns together. */
  readonly explainedVarianceRatio: Float64Array;
}

/** Rows in the directions in which they spread most. */
export class PCA implements Transformer<MatrixData, DenseData> {
  #learned: PrincipalComponents | null = null;

  constructor(readonly options: PcaOptions) {
    refuseUnknown(options, optionNames, { what: 'The options of PCA' });
    requireInteger('components', options.components, 1);
    requireBoolean('standardize', options.standardize);
    requireBoolean('whiten', options.whiten);
  }

  /**
   * X is copied before the promise is returned; a matrix that the backend holds already, in its measured frame, is taken as it is.
   */
  async fit(x: MatrixData | DataMatrix, signal?: AbortSignal): Promise<this> {
    const { rows, columns } = isDataMatrix(x) ? x : checkData(x);
    const { components, precision } = this.options;
    requireInteger('components', components, 1, Math.min(rows, columns));
    const { backend } = selectBackend(this.options.backend, this.options.threads);
    if (isDataMatrix(x)) return this.#fit(x, backend, signal);
    const matrix = await backend.matrix(sourceOf(x), { precision, columnNames: x.columnNames });
    try {
      return await this.#fit(matrix, backend, signal);
    } finally {
      matrix.dispose();
    }
  }

  async #fit(matrix: DataMatrix, backend: Backend, signal: AbortSignal | undefined): Promise<this> {
    const { components, standardize = false, tolerance, maxIterations, seed } = this.options;
    const { rows, frame } = matrix;
    const how = { tolerance, maxIterations, seed, signal };
    const found = await decompose(matrix, components, standardize ? 'standardized' : 'centered', backend, how);
    const variances = frame.scale.map((s, j) => (frame.constant[j] === 1 ? 0 : standardize ? 1 : s * s));
    this.#learned = componentsOf(found, rows, rows * variances.reduce((sum, variance) => sum + variance, 0));
    return this;
  }

  /** Rows x components, in the precision of x. */
  async transform(x: MatrixData): Promise<DenseData> {
    const { columns } = checkData(x);
    const { shift, map } = this.linear;
    this.#checkWidth('The data', columns, shift.length);
    const nothing = new Float64Array(columns);
    const frame = { origin: shift, distance: nothing, scale: nothing.map(() => 1), constant: new Uint8Array(columns) };
    return this.#product(x, frame, map);
  }

  /** From components back to columns: the row nearest to the one that they came from. */
  async inverseTransform(z: MatrixData): Promise<DenseData> {
    const { columns } = checkData(z);
    const { mean, scale, directions } = this.learned;
    const { components } = this.options;
    this.#checkWidth('The components', columns, components);
    const lengths = this.#lengths();
    const back = directions.map((v, e) => v * lengths[Math.floor(e / mean.length)]! * scale[e % mean.length]!);
    const rebuilt = await this.#product(z, 'none', back);
    const { values } = rebuilt;
    for (let e = 0; e < values.length; e++) values[e] = values[e]! + mean[e % mean.length]!;
    return rebuilt;
  }

  copy(): PCA {
    return new PCA(this.options);
  }

  get learned(): PrincipalComponents {
    return fittedOr(this.#learned, 'PCA');
  }

  get linear(): LinearColumns {
    const { mean, scale, directions } = this.learned;
    const { components } = this.options;
    const lengths = this.#lengths();
    const map = new Float64Array(directions.length);
    for (let j = 0; j < mean.length; j++) {
      for (let i = 0; i < components; i++)
        map[j * components + i] = directions[i * mean.length + j]! / scale[j]! / lengths[i]!;
    }
    return { shift: mean, map };
  }

  /** What a component is divided by: nothing that is known to vary is left out by a 0. */
  #lengths(): Float64Array {
    const { explainedVariance } = this.learned;
    return explainedVariance.map((variance) => (this.options.whiten && variance > 0 ? Math.sqrt(variance) : 1));
  }

  /** X times a matrix of as many columns as it yields, in the precision of x. */
  async #product(x: MatrixData, frame: Frame | 'none', map: Float64Array): Promise<DenseData> {
    const { backend } = selectBackend(this.options.backend, this.options.threads);
    const matrix = await backend.matrix(sourceOf(x), {
      frame,
      precision: this.options.precision,
      columnNames: x.columnNames,
    });
    try {
      const width = map.length / x.columns;
      const product = await matrix.multiply(map, width);
      const values = matrix.precision === 'float32' ? Float32Array.from(product) : product;
      return { values, rows: x.rows, columns: width };
    } finally {
      matrix.dispose();
    }
  }

  #checkWidth(what: string, columns: number, expected: number): void {
    if (columns === expected) return;
    throw new PlanesearchError(
      'DIMENSION_MISMATCH',
      `${what} must be ${expected} columns wide, as it was fitted, but ${columns} was given.`,
    );
  }
}

function componentsOf(found: Svd, rows: number, total: number): PrincipalComponents {
  const { values, right, center, scale } = found;
  const k = values.length;
  const columns = center.length;
  const directions = Float64Array.from(
    { length: k * columns },
    (_, e) => right[(e % columns) * k + Math.floor(e / columns)]!,
  );
  return {
    mean: center,
    scale,
    directions,
    singularValues: values,
    explainedVariance: values.map((sigma) => sigma ** 2 / Math.max(1, rows - 1)),
    explainedVarianceRatio: values.map((sigma) => (total > 0 ? sigma ** 2 / total : 0)),
  };
}
