/** Everything about data files and their targets. */
export { readCsv, type ColumnReference, type CsvChoices, type CsvOptions } from './csv.js';
export { detectHeader } from './csv-header.js';
export { checkDense, checkShape, DENSE_BYTE_LIMIT, type DenseData } from './dense.js';
export { dataFormats, guessFormat } from './format.js';
export { checkPixels, readIdx, readIdxLabels } from './idx.js';
export {
  checkLabelCount,
  chooseTask,
  decodeLabels,
  decodeSteps,
  decodeTarget,
  encodeSteps,
  encodeTarget,
  explainTask,
  lossSteps,
  rowsOfTarget,
  taskKinds,
  type Task,
  type TaskKind,
} from './labels.js';
export {
  checkData,
  filledIn,
  isSparse,
  storedNumbers,
  ownIfFew,
  sliceRows,
  sourceOf,
  takeRows,
  type MatrixData,
  type SparseData,
} from './matrix-data.js';
export { readLibsvm, storages, type LibsvmOptions, type Storage } from './libsvm.js';
export { rawTarget, readTarget, type GivenTarget } from './raw-target.js';
export { DEFAULT_LIMITS, limitsFrom, type ReadLimits } from './limits.js';
export { loadTable, type LoadedTable, type LoadOptions } from './load.js';
export { checkSchema } from './schema.js';
export { everyFifthRow, permutation, splitRows, splitTable, takeTarget, type RowSplit } from './split.js';
export { stratifiedRows } from './stratify.js';
export { measureStandardization, standardized, type Standardization } from './standardize.js';
export type {
  CsvFeature,
  CsvSchema,
  CsvTarget,
  DataFormat,
  DataSchema,
  IdxSchema,
  LibsvmSchema,
  RawTarget,
  Table,
  TableReading,
} from './table.js';
export { encodings, type TextEncoding } from './text-encoding.js';
