/** Everything about data files and their targets. */
export { readCsv, type CsvOptions } from './csv.js';
export { detectHeader } from './csv-header.js';
export { checkDense, checkShape, DENSE_BYTE_LIMIT, type DenseData } from './dense.js';
export { dataFormats, guessFormat } from './format.js';
export { readIdx, readIdxLabels } from './idx.js';
export {
  checkLabelCount, chooseTask, decodeLabels, decodeTarget, encodeTarget, type Task, type TaskLoss,
} from './labels.js';
export { readLibsvm, type LibsvmOptions } from './libsvm.js';
export { rawTarget } from './raw-target.js';
export { DEFAULT_LIMITS, type ReadLimits } from './limits.js';
export { loadTable, type LoadOptions } from './load.js';
export { checkSchema } from './schema.js';
export { everyFifthRow, permutation, splitRows, splitTable, takeRows, takeTarget, type RowSplit } from './split.js';
export {
  foldStandardization, measureStandardization, measureStandardizationPaced,
  standardized, standardizedPaced, type Standardization,
} from './standardize.js';
export type {
  CsvFeature, CsvSchema, CsvTarget, DataFormat, DataSchema, IdxSchema, LibsvmSchema, RawTarget, Table,
} from './table.js';
