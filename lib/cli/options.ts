/** The options of the other commands; those that train have what `train` has. */
import { Option } from 'commander';
import { DEFAULT_METHODS, parseMethod } from '../experiment/index.js';
import { metricNames } from '../metrics/evaluation.js';
import * as common from './common-options.js';
import { columnOptions, fileOptions, taskOption } from './data-options.js';
import { gridOption } from './grid.js';
import { aboveZero, choice, imageShape, inputPath, integer, option, outputPath, text } from './option-parsers.js';
import { trainOptions } from './train-options.js';

export const predictOptions: readonly Option[] = [
  new Option('--probabilities', 'CSV with a header: the prediction and the probability of every class'),
  option('--top <k>', 'CSV with a header: the k most probable labels, each with its probability', integer(1)),
  option('--out <file>', 'write the predictions to this file (default: standard output)', outputPath),
  common.distributedOption,
  common.rankTimeoutOption,
  common.outOfCoreOption,
  ...fileOptions,
  ...common.backendOptions,
  common.quietOption,
];

export const evaluateOptions: readonly Option[] = [
  common.labelsOption,
  common.unknownTargetOption,
  common.distributedOption,
  common.rankTimeoutOption,
  common.outOfCoreOption,
  ...fileOptions,
  ...common.backendOptions,
  common.jsonOption,
  common.quietOption,
];

const foldsOptions = [
  option('--folds <k>', 'number of folds, equal shares of every label (default: 5)', integer(2)),
  option('--group <column>', 'rows with the same cell in this column stay in one fold; the column is not in X', text),
  new Option('--time-series', 'rows are in the order of time: a fold is judged by a fit of the rows before it'),
];

const notOfEveryFit = [
  '--test',
  '--test-labels',
  '--validation',
  '--validation-labels',
  '--start',
  '--out',
  '--report',
  '--trace',
  '--resume',
  '--out-of-core',
  '--memory-limit',
  '--distributed',
  '--parts',
  '--sum',
  '--rank-timeout',
];

/** What a command that trains more than once does with each training is not among its options. */
const ofEveryFit = trainOptions.filter(({ long }) => !notOfEveryFit.includes(long!) && !long!.startsWith('--checkpoint'));

export const crossValidateOptions: readonly Option[] = [...foldsOptions, ...ofEveryFit];

export const searchOptions: readonly Option[] = [
  gridOption,
  ...foldsOptions,
  choice('--scoring <metric>', metricNames, 'what decides', 'loss'),
  option('--out <model>', 'write the best model, trained on all rows, to this file', outputPath),
  ...ofEveryFit,
];

/** What a method of a comparison says, or what would make its runs differ in more than the method. */
const ofMethods = [
  'direction',
  'direction-options',
  'memory',
  'steps',
  'solver',
  'layers',
  'rate',
  'schedule',
  'restarts',
  'restart-limit',
  'sample',
  'batch',
  'solve-on',
];
const ofOneRun = [
  'seed',
  'max-iterations',
  'time-limit',
  'tolerance',
  'min-decrease',
  'class-weight',
  'early-stopping',
  'patience',
  'min-delta',
  'monitor',
];

export const compareOptions: readonly Option[] = [
  option(
    '--methods <list>',
    `direction:steps[:part]..., separated by commas; a part is a schedule, a solver, memory=K, rate=R, restarts=N or an option of the direction (default: ${DEFAULT_METHODS.join(',')})`,
    (value) => value.split(',').map((text) => (parseMethod(text), text)),
  ),
  option('--iterations <n>', 'of every run (default: 100)', integer(1)),
  option('--seconds <s>', 'most that a run may take', aboveZero),
  option('--seeds <n>', 'starting points, over which tables hold medians (default: 1)', integer(1)),
  option('--out <page>', 'write the curves and the table to this file as a page of HTML', outputPath),
  ...ofEveryFit.filter(({ long }) => ![...ofMethods, ...ofOneRun].includes(long!.slice(2))),
];

export const exportOptions: readonly Option[] = [
  choice('--format <name>', ['onnx', 'json'], 'of the file; json: weights, bias, classes and names'),
  option('--out <file>', 'write to this file', outputPath),
  choice(
    '--precision <name>',
    ['float32', 'float64'],
    'of an ONNX file: its input, its weights and what it computes',
    'float32',
  ),
  choice('--labels <name>', ['class', 'index'], 'of an ONNX file: the classes themselves, or their indices from 0', 'class'),
  choice(
    '--inputs <name>',
    ['matrix', 'columns'],
    'of an ONNX file: the columns of X as one, or one for each column of the table, categories as text',
    'matrix',
  ),
];

export const reportOptions: readonly Option[] = [
  option('--test <file>', 'labelled rows to judge the model by', inputPath),
  option('--out <file>', 'write the page (HTML) to this file', outputPath),
  common.labelsOption,
  common.unknownTargetOption,
  option(
    '--image-shape <height,width>',
    'show the weights of the first layer as pictures of so many pixels (default: of IDX images)',
    imageShape,
  ),
  ...fileOptions,
  ...common.backendOptions,
  common.quietOption,
];

export const describeOptions: readonly Option[] = [
  common.labelsOption,
  common.targetOption,
  taskOption,
  ...columnOptions,
  ...fileOptions,
  common.jsonOption,
  common.quietOption,
];

export const convertOptions: readonly Option[] = [
  option('--out <file>', 'write X to this file, NPY or (.npz) sparse NPZ, and its schema to <file>.schema.json', outputPath),
  option(
    '--labels-out <file>',
    'write the targets to this NPY file, labels as whole numbers (default: all columns go to X but that of --target)',
    outputPath,
  ),
  choice('--type <name>', ['float64', 'float32'], 'of the numbers of X', 'float64'),
  option(
    '--schema <file>',
    'read the columns as in this .schema.json, which the conversion of the training file has written',
    inputPath,
  ),
  common.labelsOption,
  common.targetOption,
  taskOption,
  ...columnOptions,
  ...fileOptions.filter(({ long }) => long !== '--storage'),
  common.jsonOption,
  common.quietOption,
];

export const infoOptions: readonly Option[] = [common.jsonOption];
