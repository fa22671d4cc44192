/**
 * The k largest singular values of X with their vectors, from products with X alone:
 *
 *     X ~ U diag(sigma) V',        sigma_1 >= ... >= sigma_k
 *
 * Eigenvectors of X'X (of XX' where X has fewer rows than columns) are found by one of the methods below. Their values know sigma^2 to the rounding
 * of sigma_1^2 only; so one more product, Y = X V, is orthonormalized, Y = Q R, and the small R has the singular values, R = P diag(sigma) O',
 * right to the rounding of sigma_1. U = Q P, and V O takes the place of V.
 */
import { selectBackend } from '../backends/index.js';
import type { Backend, BackendName, DataMatrix, Precision } from '../backends/backend.js';
import { centers } from '../backends/frame.js';
import { lookUp, reject, requireInteger, requireNumber } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { Pace, paced } from '../core/pace.js';
import { createRandom, requireSeed } from '../core/random.js';
import { matrixAtOnce, readMatrix, recognizeMatrix, sourceOf, type GivenMatrix } from '../data/index.js';
import { blockKrylov, type EigenRequest, type EigenVectors } from './block-krylov.js';
import { gradientIteration } from './gradient-iteration.js';
import { jacobiSvd } from './jacobi-svd.js';
import { PanelAlgebra, requireFinite, type Panel } from './panel.js';

export type SvdMethod = 'krylov' | 'gradient';

/** In which columns X is taken: as given, with mean 0, or with mean 0 and standard deviation 1. */
export type SvdColumns = 'given' | 'centered' | 'standardized';

export interface SvdOptions {
  /** 'krylov' (default), a block Krylov space; 'gradient', the gradient iteration of arXiv 2502.00320: `docs/svd.md`. */
  readonly method?: SvdMethod | undefined;
  /** Default 'given'; the zeros of sparse data stay in any case. Of a `DataMatrix` always its own frame. */
  readonly columns?: SvdColumns | undefined;
  /**
   * On |X'X v - sigma^2 v| / sigma^2, above 0, below 1: what vectors are wrong by, over the relative distance to the next value; values are wrong by about its
   * square. Default 1e-8. Rounding sets a limit near sigma_1^2 / sigma^2 times 1e-14, 1e-5 in float32.
   */
  readonly tolerance?: number | undefined;
  /** Most iterations, of two products each, at least 1. Default 100 of 'krylov', 10000 of 'gradient'. */
  readonly maxIterations?: number | undefined;
  /** Of the random start. Default 0. */
  readonly seed?: number | undefined;
  /** In which X is stored and multiplied; 'auto' (default): as its values come. */
  readonly precision?: Precision | 'auto' | undefined;
  /** What multiplies: a name as for `train`, or the backend that made the `DataMatrix`. Default 'auto'. */
  readonly backend?: BackendName | 'auto' | Backend | undefined;
  /** Threads of the native backend, 1 to 256. Default: all processors. Any number gives the same bits. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Svd {
  /** sigma, largest first. */
  readonly values: Float64Array;
  /** U, rows x k, row-major, orthonormal columns. */
  readonly left: Float64Array;
  /** V, columns x k, likewise; in every column the entry farthest from 0 is positive. */
  readonly right: Float64Array;
  /** Of two products with X each, of all columns of a block; one product comes after the last. */
  readonly iterations: number;
  /** False when `maxIterations` ended it. */
  readonly converged: boolean;
  /** What was subtracted from the columns, and what they were then divided by; zeros and ones as given. */
  readonly center: Float64Array;
  readonly scale: Float64Array;
}

const methods: Readonly<Record<SvdMethod, { run(request: EigenRequest): Promise<EigenVectors>; maxIterations: number }>> = {
  krylov: { run: blockKrylov, maxIterations: 100 },
  gradient: { run: gradientIteration, maxIterations: 10000 },
};

const ROUNDING: Readonly<Record<Precision, number>> = { float64: 1e-14, float32: 1e-5 };

const optionNames = [
  'method',
  'columns',
  'tolerance',
  'maxIterations',
  'seed',
  'precision',
  'backend',
  'threads',
  'signal',
] as const satisfies readonly (keyof SvdOptions)[];

/**
 * The k largest singular values of X with their vectors.
 *
 * @param x data in any of the forms of `GivenMatrix`, or a data matrix that a backend holds, which is taken in its frame
 * @param k 1 to the smaller of rows and columns
 * @throws PlanesearchError for misuse, and INVALID_DATA where products with X overflow
 */
export async function svd(x: GivenMatrix | DataMatrix, k: number, options: SvdOptions = {}): Promise<Svd> {
  refuseUnknown(options, optionNames, { what: 'The options of svd' });
  const { columns = 'given', backend: wanted = 'auto' } = options;
  lookUp({ given: true, centered: true, standardized: true }, 'columns', columns);
  const backend = typeof wanted === 'object' ? wanted : selectBackend(wanted, options.threads).backend;
  if (isDataMatrix(x)) {
    if (options.columns !== undefined)
      reject('INCOMPATIBLE', 'columns', 'left out for a data matrix, which has its frame', columns);
    return decompose(x, k, 'standardized', backend, options);
  }
  const reading = recognizeMatrix(x);
  checkRank(reading, k);
  const data = matrixAtOnce(reading) ?? (await readMatrix(reading));
  const frame = columns === 'given' ? 'none' : 'standard';
  const matrix = await backend.matrix(sourceOf(data), {
    frame,
    precision: options.precision,
    columnNames: data.columnNames,
  });
  try {
    return await decompose(matrix, k, columns, backend, options);
  } finally {
    matrix.dispose();
  }
}

export function isDataMatrix(x: GivenMatrix | DataMatrix): x is DataMatrix {
  return typeof (x as Partial<DataMatrix> | null)?.multiplyTransposed === 'function';
}

function checkRank({ rows, columns }: Pick<DataMatrix, 'rows' | 'columns'>, k: number): void {
  requireInteger('k', k, 1, Math.min(rows, columns));
}

/** Of the matrix in its frame, or with the scales of that frame taken back: 'centered'. */
export async function decompose(
  matrix: DataMatrix,
  k: number,
  columns: SvdColumns,
  backend: Backend,
  options: SvdOptions = {},
): Promise<Svd> {
  checkRank(matrix, k);
  const { run, maxIterations } = lookUp(methods, 'method', options.method ?? 'krylov');
  const { signal } = options;
  const { frame } = matrix;
  const scale = columns === 'centered' ? frame.scale : null;
  const tall = matrix.rows >= matrix.columns;
  const random = createRandom(requireSeed(options.seed ?? 0));
  const pace = new Pace();
  const forward = async (P: Panel): Promise<Panel> => {
    if (pace.due) await pace.yield();
    signal?.throwIfAborted();
    const product = await matrix.multiply(scale ? scaledRows(P, scale) : P.values, P.width);
    return { values: requireFinite(product), width: P.width };
  };
  const back = async (P: Panel): Promise<Panel> => {
    const product = { values: requireFinite(await matrix.multiplyTransposed(P.values, P.width)), width: P.width };
    return scale ? { values: scaledRows(product, scale), width: P.width } : product;
  };
  const [outward, inward] = tall ? [forward, back] : [back, forward];
  const algebraOf = (rows: number): PanelAlgebra => new PanelAlgebra(backend, rows, random);
  const [short, long] = tall ? [matrix.columns, matrix.rows] : [matrix.rows, matrix.columns];
  const found = await run({
    algebra: algebraOf(short),
    apply: async (V) => inward(await outward(V)),
    k,
    tolerance: requireNumber('tolerance', options.tolerance ?? 1e-8, Number.MIN_VALUE, 1 - Number.EPSILON),
    rounding: ROUNDING[matrix.precision],
    maxIterations: requireInteger('maxIterations', options.maxIterations ?? maxIterations, 1),
  });
  const Y = await outward(found.vectors);
  const Q = await algebraOf(long).orthonormal(Y);
  const R = await algebraOf(long).cross(Q, Y);
  const { values, left: P, right: O } = await paced(jacobiSvd(R, k));
  const outer = await algebraOf(long).times(Q, P, k);
  const inner = await algebraOf(short).times(found.vectors, O, k);
  const [left, right] = tall ? [outer.values, inner.values] : [inner.values, outer.values];
  fixSigns(left, right, k);
  const { iterations, converged } = found;
  const center = columns === 'given' ? new Float64Array(matrix.columns) : centers(frame);
  return { values, left, right, iterations, converged, center, scale: frame.scale.map((own) => (scale ? 1 : own)) };
}

function scaledRows({ values, width }: Panel, scale: Float64Array): Float64Array {
  return values.map((value, e) => value * scale[Math.floor(e / width)]!);
}

/** In every column of V the entry farthest from 0, the first one of them, becomes positive. */
function fixSigns(left: Float64Array, right: Float64Array, k: number): void {
  for (let i = 0; i < k; i++) {
    let farthest = 0;
    for (let e = i; e < right.length; e += k) if (Math.abs(right[e]!) > Math.abs(farthest)) farthest = right[e]!;
    if (farthest >= 0) continue;
    for (const vectors of [left, right]) for (let e = i; e < vectors.length; e += k) vectors[e] = -vectors[e]!;
  }
}
