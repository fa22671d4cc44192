/** Everything about data files and their targets. */
export type { Cell } from './cell.js';
export { targetSteps as summarizeTarget } from './column-summary.js';
export type { ColumnChoices, ColumnKind, ColumnReference } from './column-options.js';
export { convertTable, type Conversion, type ConvertOptions } from './convert/convert.js';
export type { StoredLabels } from './convert/label-codes.js';
export type { NpyNumbers } from './convert/npy-rows.js';
export { readSchemaFile } from './convert/converted.js';
export { readCsv, type CsvChoices, type CsvOptions } from './csv.js';
export { dateOrders, isoDate, type DateOrder } from './date-cell.js';
export { detectHeader } from './csv-header.js';
export { checkDense, checkShape, DENSE_BYTE_LIMIT, type DenseData } from './dense.js';
export { columnNames } from './features.js';
export { dataFormats, guessFormat } from './format.js';
export { checkPixels, readIdx, readIdxLabels } from './idx.js';
export {
  checkLabelCount,
  chooseTask,
  decodeLabels,
  decodeSteps,
  decodeTarget,
  decodeTargetSteps,
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
  matrixAtOnce,
  readMatrix,
  recognizeMatrix,
  recognizeTraining,
  toMatrix,
  type GivenMatrix,
  type MatrixReading,
} from './given/matrix.js';
export { openFileTable, type FileTable, type FileTableOptions } from './numpy/file-table.js';
export { npyFile, type NpyFileOptions } from './numpy/npy-file.js';
export { npzFile, type NpzFileOptions } from './numpy/npz-file.js';
export {
  checkData,
  clearRow,
  filledIn,
  isSparse,
  isStoredSparse,
  storedNumbers,
  ownIfFew,
  sliceRows,
  sourceOf,
  takeRows,
  type MatrixData,
  type SparseData,
  type TrainingMatrix,
} from './matrix-data.js';
export { imputations, type Imputation } from './imputation.js';
export { readNamedColumns, type NamedColumns } from './named-columns.js';
export { readLibsvm, type LibsvmOptions } from './libsvm.js';
export { storages, type Storage } from './storage.js';
export { rawTarget, readTarget, type GivenTarget } from './raw-target.js';
export { DEFAULT_LIMITS, limitsFrom, type ReadLimits } from './limits.js';
export { loadTable, type LoadedTable, type LoadOptions } from './load.js';
export { areTableRows, areTexts, encodeTexts, encodeRows, tableFrom, type TableOptions, type TableRow } from './rows.js';
export { checkSchema } from './schema.js';
export { everyFifthRow, splitRows, splitTable, takeTarget, type RowSplit } from './split.js';
export { stratifiedRows } from './stratify.js';
export { measureStandardization, standardized, type Standardization } from './standardize.js';
export type {
  CategoricalFeature,
  ColumnSummary,
  ColumnsSchema,
  CsvFeature,
  CsvSchema,
  CsvTarget,
  DataFormat,
  DataOrigin,
  DataSchema,
  IdxSchema,
  LibsvmSchema,
  NumberFeature,
  RawTarget,
  Table,
  TableReading,
  TableSchema,
} from './table.js';
export { encodings, type TextEncoding } from './text-encoding.js';
