/**
 * Columns of mean 0 and (population) standard deviation 1,
 *
 *     x'_j = (x_j - mean_j) / scale_j
 *
 * a constant column becomes 0. Sparse data is scaled and not centered, so that its zeros stay. `train` needs none of this: its matrices present
 * every column so by themselves, and `standardize` says what the penalty sees.
 */
import { checkData, isSparse, measureStandardization, type MatrixData, type SparseData } from '../data/index.js';
import { scaleColumns } from './scale-columns.js';
import { fittedOr, type AffineColumns, type Transformer } from './transformer.js';

/** Columns of mean 0 and standard deviation 1. */
export class StandardScaler implements Transformer<MatrixData, MatrixData> {
  #affine: AffineColumns | null = null;

  fit(x: MatrixData): this {
    if (isSparse(checkData(x))) this.#affine = { shift: new Float64Array(x.columns), scale: spreads(x as SparseData) };
    else {
      const { mean, scale } = measureStandardization(x as Exclude<MatrixData, SparseData>);
      this.#affine = { shift: mean, scale };
    }
    return this;
  }

  transform(x: MatrixData): MatrixData {
    return scaleColumns(x, this.affine);
  }

  copy(): StandardScaler {
    return new StandardScaler();
  }

  /** Means (0 for sparse data) and standard deviations. */
  get affine(): AffineColumns {
    return fittedOr(this.#affine, 'StandardScaler');
  }
}

/** Standard deviations with the zeros that are left out; 1 for a constant column. */
function spreads({ indices, values, rows, columns }: SparseData): Float64Array {
  const mean = new Float64Array(columns);
  const squares = new Float64Array(columns);
  const stored = new Float64Array(columns);
  indices.forEach((j, e) => {
    mean[j] = mean[j]! + (values ? values[e]! : 1) / rows;
    stored[j] = stored[j]! + 1;
  });
  indices.forEach((j, e) => (squares[j] = squares[j]! + ((values ? values[e]! : 1) - mean[j]!) ** 2));
  return squares.map((square, j) => {
    const spread = Math.sqrt((square + (rows - stored[j]!) * mean[j]! ** 2) / rows);
    return spread > 1e-12 * Math.abs(mean[j]!) ? spread : 1;
  });
}
