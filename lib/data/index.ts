/** Everything about data files and their targets. */
export { readCsv, type CsvOptions } from './csv.js';
export { detectHeader } from './csv-header.js';
export { checkDense, DENSE_BYTE_LIMIT, type DenseData } from './dense.js';
export { dataFormats, guessFormat } from './format.js';
export { readIdx, readIdxLabels } from './idx.js';
export {
  checkLabelCount, chooseTask, decodeOutputs, decodeTarget, encodeTarget, outputsOf, type Task, type TaskLoss,
} from './labels.js';
export { readLibsvm, type LibsvmOptions } from './libsvm.js';
export { loadTable, type LoadOptions } from './load.js';
export { checkSchema } from './schema.js';
export { everyFifthRow, permutation, randomSplit, splitTable, takeRows, takeTarget, type Split } from './split.js';
export {
  foldInputs, foldOutputs, measureColumns, measureTarget, standardized, standardizeInPlace,
  type LayerParameters, type Standardization,
} from './standardize.js';
export type {
  CsvFeature, CsvSchema, CsvTarget, DataFormat, DataSchema, IdxSchema, LibsvmSchema, RawTarget, Table,
} from './table.js';
