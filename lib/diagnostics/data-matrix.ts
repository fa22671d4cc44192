/** X for a diagnostic: as a backend holds it, or copied for as long as it is needed. */
import type { Backend, BackendName, DataMatrix, Precision } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import type { Frame } from '../backends/frame.js';
import { framed } from '../core/framed-parameters.js';
import { matrixAtOnce, readMatrix, recognizeMatrix, sourceOf, type GivenMatrix } from '../data/index.js';
import { isDataMatrix } from '../decompositions/svd.js';
import type { Model } from '../io/model.js';

export interface MatrixChoice {
  /** What multiplies: a name as for `train`, or the backend that made the `DataMatrix`. Default 'auto'. */
  readonly backend?: BackendName | 'auto' | Backend | undefined;
  /** Threads of the native backend, 1 to 256. Default: all processors. Any number gives the same bits. */
  readonly threads?: number | undefined;
  /** In which X is stored and multiplied; 'auto' (default): as its values come. */
  readonly precision?: Precision | 'auto' | undefined;
}

export const matrixChoice = ['backend', 'threads', 'precision'] as const satisfies readonly (keyof MatrixChoice)[];

export async function withMatrix<T>(
  x: GivenMatrix | DataMatrix,
  { backend: wanted = 'auto', threads, precision }: MatrixChoice,
  work: (matrix: DataMatrix, backend: Backend) => Promise<T>,
): Promise<T> {
  const backend = typeof wanted === 'object' ? wanted : selectBackend(wanted, threads).backend;
  if (isDataMatrix(x)) return work(x, backend);
  const reading = recognizeMatrix(x);
  const data = matrixAtOnce(reading) ?? (await readMatrix(reading));
  const matrix = await backend.matrix(sourceOf(data), { precision, columnNames: data.columnNames });
  try {
    return await work(matrix, backend);
  } finally {
    matrix.dispose();
  }
}

/** The parameters of a model in the frame. */
export function pointOf({ spec, layout }: Model, frame: Frame): Float64Array {
  return framed(layout, frame, spec.parameters);
}
