/** Options that several commands have. */
import { Option } from 'commander';
import { aboveZero, choice, inputPath, integer, option, text } from './option-parsers.js';

export const backendOptions = [
  choice('--backend <name>', ['auto', 'native', 'wasm', 'javascript'], 'auto: the first of these that loads', 'auto'),
  option(
    '--threads <n>',
    'of the native backend; any number gives the same bits (default: all processors)',
    integer(1, 256),
  ),
];

export const distributedOption = new Option(
  '--distributed',
  'rows over the processes that mpirun has started; the data may be a quoted pattern such as part-*.csv, whose files they read',
);
export const rankTimeoutOption = option(
  '--rank-timeout <seconds>',
  'that a rank waits for another one (default: 300)',
  aboveZero,
);
export const quietOption = new Option('--quiet', 'no progress and no notices on standard error');
export const jsonOption = new Option('--json', 'print exactly one JSON object');

export const outOfCoreOption = new Option(
  '--out-of-core',
  'read X from its NPY file (float32 or float64, row by row) for every product instead of loading it',
);

export const labelsOption = option('--labels <file>', 'labels of IDX, NPY or NPZ data', inputPath);

const targetText = 'target column: name, or index from 0, negative from the end (default: the last)';
export const targetOption = option('--target <column>', targetText, text);

/** Of a model, which may know it. */
export const unknownTargetOption = option(
  '--target <column>',
  `${targetText}; only for a model that does not know it`,
  text,
);
