/**
 * Columns from 0 to 1, or another range [low, high], by their least and largest values in the training rows:
 *
 *     x'_j = low + (high - low) (x_j - min_j) / (max_j - min_j)
 *
 * a constant column becomes `low`. Later rows may lie outside. Dense data only: a shift would fill in the zeros of sparse data.
 */
import { PlanesearchError, requireNumber } from '../core/errors.js';
import { checkData, isSparse, type MatrixData } from '../data/index.js';
import { scaleColumns } from './scale-columns.js';
import { fittedOr, type AffineColumns, type Transformer } from './transformer.js';

export interface MinMaxOptions {
  /** Default [0, 1]. */
  readonly range?: readonly [low: number, high: number] | undefined;
}

/** Columns from 0 to 1, or to another range. */
export class MinMaxScaler implements Transformer<MatrixData, MatrixData> {
  readonly options: MinMaxOptions;
  #affine: AffineColumns | null = null;

  constructor(options: MinMaxOptions = {}) {
    this.options = options;
    const [low, high] = options.range ?? [0, 1];
    requireNumber('The low end of the range', low, -Infinity);
    if (requireNumber('The high end of the range', high, low) === low)
      throw new PlanesearchError('INVALID_OPTION', `The range must have two different ends, but both are ${low}.`);
  }

  fit(x: MatrixData): this {
    if (isSparse(checkData(x)))
      throw new PlanesearchError(
        'INCOMPATIBLE',
        'MinMaxScaler must have dense data; StandardScaler keeps the zeros of sparse data.',
      );
    const { values, columns } = x;
    const least = new Float64Array(columns).fill(Infinity);
    const most = new Float64Array(columns).fill(-Infinity);
    values!.forEach((value, e) => {
      const j = e % columns;
      if (value < least[j]!) least[j] = value;
      if (value > most[j]!) most[j] = value;
    });
    const [low, high] = this.options.range ?? [0, 1];
    const scale = least.map((min, j) => (most[j]! > min ? (most[j]! - min) / (high - low) : 1));
    this.#affine = { shift: least.map((min, j) => min - low * scale[j]!), scale };
    return this;
  }

  transform(x: MatrixData): MatrixData {
    return scaleColumns(x, this.affine);
  }

  copy(): MinMaxScaler {
    return new MinMaxScaler(this.options);
  }

  get affine(): AffineColumns {
    return fittedOr(this.#affine, 'MinMaxScaler');
  }
}
