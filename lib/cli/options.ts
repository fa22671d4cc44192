/** The options of the commands. Names come from the registries: a new direction shows up here by itself. */
import { Option } from 'commander';
import { activations } from '../activations/index.js';
import type { BackendName, Precision } from '../backends/backend.js';
import { EARLY_STOPPING, type Monitor } from '../core/early-stopping.js';
import { reject } from '../core/errors.js';
import type { Configurable } from '../core/option.js';
import { directions } from '../directions/index.js';
import type { TaskKind } from '../data/index.js';
import type { ClassWeight } from '../estimators/class-weights.js';
import { DEFAULT_METHODS, parseMethod } from '../experiment/index.js';
import { DEFAULT_SHARE } from '../held-out.js';
import { penaltyNames } from '../l1/options.js';
import { losses } from '../losses/index.js';
import { metricNames, type MetricName } from '../metrics/evaluation.js';
import { networks } from '../networks/index.js';
import { schedules } from '../schedules/index.js';
import { stepRules } from '../steps/index.js';
import type { Grid } from '../selection/search.js';
import { solvers } from '../subspace/index.js';
import { DEFAULTS, type TrainOptions } from '../train.js';
import { columnOptions, fileOptions, taskOption, type ColumnArguments, type FileArguments } from './data-options.js';
import { gridOption } from './grid.js';
import { byteCount, type OutOfCoreArguments } from './out-of-core.js';
import {
  aboveZero,
  atLeast,
  choice,
  classWeights,
  decimal,
  directionOptions,
  factors,
  imageShape,
  inputPath,
  integer,
  l1Weight,
  option,
  outputPath,
  penaltyWeight,
  shareOrPath,
  sample,
  sizes,
} from './option-parsers.js';

export interface BackendArguments {
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

export interface TrainArguments
  extends Omit<
      TrainOptions,
      'callbacks' | 'signal' | 'start' | 'validation' | 'earlyStopping' | 'checkpoint' | 'layers' | 'restarts' | 'pca'
    >,
    FileArguments,
    OutOfCoreArguments,
    RankArguments,
    ColumnArguments {
  readonly pca?: number;
  readonly classWeight?: ClassWeight;
  readonly test?: string;
  readonly labels?: string;
  readonly testLabels?: string;
  /** A file, or the share of the training rows to hold out. */
  readonly validation?: string | number;
  readonly validationLabels?: string;
  readonly earlyStopping?: boolean;
  readonly patience?: number;
  readonly minDelta?: number;
  readonly monitor?: Monitor;
  readonly target?: string;
  readonly layers?: 'together' | 'in-turn';
  readonly restarts?: 'annealing';
  readonly restartLimit?: number;
  /** A model, or weights of another program. */
  readonly start?: string;
  readonly out?: string;
  readonly trace?: string;
  readonly report?: string;
  readonly checkpoint?: string;
  readonly checkpointIterations?: number;
  readonly checkpointSeconds?: number;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Of the processes that mpirun has started. */
export interface RankArguments {
  readonly distributed?: boolean;
  readonly parts?: number;
  readonly sum?: 'ordered' | 'fast';
  readonly rankTimeout?: number;
}

export interface PredictArguments
  extends RankArguments,
    BackendArguments,
    FileArguments,
    Pick<OutOfCoreArguments, 'outOfCore'> {
  readonly probabilities?: boolean;
  readonly top?: number;
  readonly out?: string;
  readonly quiet?: boolean;
}

export interface EvaluateArguments
  extends RankArguments,
    BackendArguments,
    FileArguments,
    Pick<OutOfCoreArguments, 'outOfCore'> {
  readonly labels?: string;
  readonly target?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The options of `train` that say what is fitted, and how it is judged. */
export interface CrossValidateArguments
  extends Omit<TrainArguments, 'test' | 'testLabels' | 'out' | 'trace' | 'report' | keyof OutOfCoreArguments> {
  readonly folds?: number;
  readonly group?: string;
  readonly timeSeries?: boolean;
}

export interface SearchArguments extends CrossValidateArguments {
  readonly grid?: Grid;
  readonly scoring?: MetricName;
  readonly out?: string;
}

export interface CompareArguments extends CrossValidateArguments {
  readonly methods?: readonly string[];
  readonly iterations?: number;
  readonly seconds?: number;
  readonly seeds?: number;
  readonly out?: string;
}

export interface ExportArguments {
  readonly format?: 'onnx' | 'json';
  readonly out?: string;
  readonly precision?: Precision;
  readonly labels?: 'class' | 'index';
  readonly inputs?: 'matrix' | 'columns';
}

export interface ReportArguments extends BackendArguments, FileArguments {
  readonly test?: string;
  readonly labels?: string;
  readonly target?: string;
  readonly imageShape?: readonly [number, number];
  readonly out?: string;
  readonly quiet?: boolean;
}

export interface DescribeArguments extends FileArguments, ColumnArguments {
  readonly labels?: string;
  readonly target?: string;
  readonly task?: TaskKind;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface ConvertArguments extends Omit<FileArguments, 'storage'>, ColumnArguments {
  readonly out?: string;
  readonly labelsOut?: string;
  readonly type?: 'float32' | 'float64';
  /** A schema that a conversion has left. */
  readonly schema?: string;
  readonly labels?: string;
  readonly target?: string;
  readonly task?: TaskKind;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface InfoArguments {
  readonly json?: boolean;
}

/** Options whose values are the names of another registry. */
const namedIn: Readonly<Record<string, object>> = { activation: activations };

const backendOptions = [
  choice('--backend <name>', ['auto', 'native', 'wasm', 'javascript'], 'auto: the first of these that loads', 'auto'),
  option(
    '--threads <n>',
    'of the native backend; any number gives the same bits (default: all processors)',
    integer(1, 256),
  ),
];

const distributedOption = new Option(
  '--distributed',
  'rows over the processes that mpirun has started; the data may be a quoted pattern such as part-*.csv, whose files they read',
);
const rankTimeoutOption = option('--rank-timeout <seconds>', 'that a rank waits for another one (default: 300)', aboveZero);
const quietOption = new Option('--quiet', 'no progress and no notices on standard error');
const jsonOption = new Option('--json', 'print exactly one JSON object');
const targetText = 'target column: name, or index from 0, negative from the end (default: the last)';

const outOfCoreOption = new Option(
  '--out-of-core',
  'read X from its NPY file (float32 or float64, row by row) for every product instead of loading it',
);

const classWeightOption = option(
  '--class-weight <weights>',
  'balanced: every class weighs the same in all; or class=weight,... (default: every row weighs the same)',
  classWeights,
);

const layersOption = choice(
  '--layers <name>',
  ['together', 'in-turn'],
  'whether an iteration moves all layers of a network, or is a turn of each',
  'together',
);

export const trainOptions: readonly Option[] = guarded([
  option('--test <file>', 'held-out data, evaluated at the end', inputPath),
  option('--labels <file>', 'labels of IDX, NPY or NPZ data', inputPath),
  option('--test-labels <file>', 'labels of IDX, NPY or NPZ test data', inputPath),
  option(
    '--validation <file|share>',
    'rows that are not trained on and show how well they are fitted: a file, or a share above 0 and below 1 of the training data',
    shareOrPath,
  ),
  option('--validation-labels <file>', 'labels of IDX, NPY or NPZ validation data', inputPath),
  new Option(
    '--early-stopping',
    `end when the validation rows are not fitted better for a while, with the model that fits them best (--validation ${DEFAULT_SHARE} without another)`,
  ),
  option(
    '--patience <n>',
    `iterations that --early-stopping waits for the next improvement (default: ${EARLY_STOPPING.patience})`,
    integer(1),
  ),
  option('--min-delta <number>', 'by how much an improvement has to be better (default: 0)', atLeast(0)),
  choice(
    '--monitor <name>',
    ['loss', 'accuracy', 'r2'],
    'what --early-stopping watches of the validation rows',
    EARLY_STOPPING.monitor,
  ),
  new Option('--target <column>', targetText),
  outOfCoreOption,
  option(
    '--memory-limit <size>',
    'with --out-of-core: what the process may take, such as 1GB; X is kept as far as it fits (default: half of what is free for X)',
    byteCount,
  ),
  taskOption,
  ...columnOptions,
  ...fileOptions,
  choice('--network <name>', Object.keys(networks), '', 'linear'),
  ...ownOptions(networks),
  choice(
    '--loss <name>',
    ['auto', ...Object.keys(losses)],
    'auto: logistic for two classes, softmax for more, squared for numbers',
    'auto',
  ),
  ...ownOptions(losses),
  option(
    '--l2 <number>',
    'weight of the penalty (l2/2)||weights||^2 (default: 0 for the squared loss on a linear network, prior for other networks of fewer than 10000 rows without early stopping, auto for large ones with it; otherwise 1 / rows); ' +
      'prior: by the columns and the hidden units; auto, leave-one-out, folds, held-out or gradient: by the loss of rows left out; layerwise: one for each layer',
    penaltyWeight,
  ),
  option(
    '--layer-penalties <list>',
    'how many times as strong as --l2 the penalty of each layer is, such as 1,0.1 (default: 1 each, or as --l2 layerwise finds)',
    factors,
  ),
  choice('--penalty <name>', penaltyNames, 'l1: --l2 0 and --l1 auto; elastic-net: both, by --l1-ratio', 'l2'),
  option(
    '--l1 <number>',
    'weight of the penalty l1 ||weights||_1 of a linear network, whose weights are then 0 where they do not earn it; ' +
      'auto, path or gradient: chosen by the loss of rows left out (default: 0)',
    l1Weight,
  ),
  option(
    '--l1-ratio <r>',
    'l1 / (l1 + l2) of --penalty elastic-net, above 0 to 1 (default: 0.5)',
    atLeast(Number.MIN_VALUE, 1),
  ),
  choice('--direction <name>', ['auto', ...Object.keys(directions)], '', DEFAULTS.direction),
  option(
    '--direction-options <list>',
    'name=value,... of the direction, such as pairs=5 or block=in-turn,samples=4; names of layers are joined by +',
    directionOptions,
  ),
  option('--memory <k>', 'past steps that join the subspace (default: chosen as auto does)', integer(0)),
  choice('--steps <name>', ['auto', ...Object.keys(stepRules)], 'step rule', DEFAULTS.steps),
  choice(
    '--solver <name>',
    ['auto', ...Object.keys(solvers)],
    'subspace solver of line, plane and layerwise',
    DEFAULTS.solver,
  ),
  layersOption,
  choice('--restarts <name>', ['annealing'], 'where the run has ended: anneal the weights around its best point and go on'),
  option('--restart-limit <n>', 'most restarts of --restarts (default: 8)', integer(1)),
  option('--rate <number>', 'learning rate of the step rule fixed, first rate of schedule (default: 0.1)', aboveZero),
  choice(
    '--schedule <name>',
    Object.keys(schedules),
    'rates of the step rule schedule over --max-iterations (default: cosine)',
  ),
  choice(
    '--precision <name>',
    ['auto', 'float64', 'float32'],
    'in which X is stored and multiplied; auto: as the data came, which for files is float64',
    'auto',
  ),
  option('--sample <rows>', 'auto, all, or how many rows to look at first; auto: few of large data (default: auto)', sample),
  option('--batch <rows>', 'steps over mini-batches of so many rows, an epoch of them in each iteration', integer(1)),
  choice(
    '--solve-on <rows>',
    ['same', 'next', 'both'],
    'over which rows the step of a batch is solved: its own, those of the next, or both',
    'both',
  ),
  ...backendOptions,
  option(
    '--seed <n>',
    'seed of the starting point, of the sample and of the batches (default: 0)',
    integer(-(2 ** 31), 2 ** 32 - 1),
  ),
  option(
    '--start <file>',
    'where to begin: a model, or weights in a safetensors, NPZ or NPY file (default: where the network begins)',
    inputPath,
  ),
  new Option(
    '--standardize',
    'the penalty is on the weights of columns scaled to standard deviation 1, not of the columns as given (default: of a network of fewer than 10000 rows without --l2)',
  ),
  option('--pca <k>', 'train on so many principal components of the columns; the model takes the columns', integer(1)),
  option('--max-iterations <n>', `(default: ${DEFAULTS.maxIterations})`, integer(0)),
  option('--time-limit <seconds>', 'of training', atLeast(0)),
  option(
    '--tolerance <number>',
    `on the gradient norm, relative to the start; 0 runs to the iteration limit (default: ${DEFAULTS.tolerance})`,
    atLeast(0, 1),
  ),
  option(
    '--min-decrease <share>',
    'of the objective, by which ten iterations must lower it, or the run ends as slow (default: the square of --tolerance; 0.002 for a network of fewer than 10000 rows whose method is left to auto, without early stopping)',
    atLeast(0, 1),
  ),
  classWeightOption,
  option('--out <model>', 'write the model to this file', outputPath),
  option('--checkpoint <folder>', 'keep the run in this folder as it goes, so that it can be gone on with', outputPath),
  option('--checkpoint-iterations <n>', 'a checkpoint after every so many iterations', integer(1)),
  option(
    '--checkpoint-seconds <s>',
    'a checkpoint after so many seconds (default: 30, without --checkpoint-iterations)',
    atLeast(0),
  ),
  new Option('--resume', 'go on with the run in the folder of --checkpoint; begin one where there is none'),
  option('--report <file>', 'write a page (HTML) about the training and the model to this file', outputPath),
  option('--trace <file>', 'write one JSON object per iteration to this file, as it goes', outputPath),
  distributedOption,
  option(
    '--parts <n>',
    'parts into which --distributed cuts rows, at least as many as ranks (default: as one process does for its sums)',
    integer(1),
  ),
  choice('--sum <name>', ['ordered', 'fast'], 'of ranks: the same bits for any number of them, or any order', 'ordered'),
  rankTimeoutOption,
  jsonOption,
  quietOption,
]);

export const predictOptions: readonly Option[] = guarded([
  new Option('--probabilities', 'CSV with a header: the prediction and the probability of every class'),
  option('--top <k>', 'CSV with a header: the k most probable labels, each with its probability', integer(1)),
  option('--out <file>', 'write the predictions to this file (default: standard output)', outputPath),
  distributedOption,
  rankTimeoutOption,
  outOfCoreOption,
  ...fileOptions,
  ...backendOptions,
  quietOption,
]);

export const evaluateOptions: readonly Option[] = guarded([
  option('--labels <file>', 'labels of IDX, NPY or NPZ data', inputPath),
  new Option('--target <column>', `${targetText}; only for a model that does not know it`),
  distributedOption,
  rankTimeoutOption,
  outOfCoreOption,
  ...fileOptions,
  ...backendOptions,
  jsonOption,
  quietOption,
]);

const foldsOptions = [
  option('--folds <k>', 'number of folds, equal shares of every label (default: 5)', integer(2)),
  new Option('--group <column>', 'rows with the same cell in this column stay in one fold; the column is not in X'),
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

export const crossValidateOptions: readonly Option[] = guarded([...foldsOptions, ...ofEveryFit]);

export const searchOptions: readonly Option[] = guarded([
  gridOption,
  ...foldsOptions,
  choice('--scoring <metric>', metricNames, 'what decides', 'loss'),
  option('--out <model>', 'write the best model, trained on all rows, to this file', outputPath),
  ...ofEveryFit,
]);

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

export const compareOptions: readonly Option[] = guarded([
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
]);

export const exportOptions: readonly Option[] = guarded([
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
]);

export const reportOptions: readonly Option[] = guarded([
  option('--test <file>', 'labelled rows to judge the model by', inputPath),
  option('--out <file>', 'write the page (HTML) to this file', outputPath),
  option('--labels <file>', 'labels of IDX, NPY or NPZ data', inputPath),
  new Option('--target <column>', `${targetText}; only for a model that does not know it`),
  option(
    '--image-shape <height,width>',
    'show the weights of the first layer as pictures of so many pixels (default: of IDX images)',
    imageShape,
  ),
  ...fileOptions,
  ...backendOptions,
  quietOption,
]);

export const describeOptions: readonly Option[] = guarded([
  option('--labels <file>', 'labels of IDX, NPY or NPZ data', inputPath),
  new Option('--target <column>', targetText),
  taskOption,
  ...columnOptions,
  ...fileOptions,
  jsonOption,
  quietOption,
]);

export const convertOptions: readonly Option[] = guarded([
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
  option('--labels <file>', 'labels of IDX, NPY or NPZ data', inputPath),
  new Option('--target <column>', targetText),
  taskOption,
  ...columnOptions,
  ...fileOptions.filter(({ long }) => long !== '--storage'),
  jsonOption,
  quietOption,
]);

export const infoOptions: readonly Option[] = [jsonOption];

/**
 * Refuses a value that looks like an option: `--out --json` would write a model named --json. (A file of that name is
 * ./--json.)
 */
function guarded(options: readonly Option[]): readonly Option[] {
  for (const made of options) {
    if (!made.required) continue;
    const parse = made.parseArg as ((value: string, previous: unknown) => unknown) | undefined;
    made.argParser((value: string, previous: unknown) => {
      if (/^--[a-z]/.test(value)) reject('INVALID_OPTION', made.long!, 'followed by its value', value);
      return parse ? parse(value, previous) : value;
    });
  }
  return options;
}

/** What the entries of a registry understand, one option for each name, with what it means to whom. */
function ownOptions(registry: Readonly<Record<string, Configurable>>): Option[] {
  const meanings = new Map<
    string,
    { owner: string; what: string; range: string; byDefault: number | string | readonly number[] }[]
  >();
  for (const [owner, { options }] of Object.entries(registry)) {
    for (const [name, { what, range, default: byDefault }] of Object.entries(options)) {
      meanings.set(name, [...(meanings.get(name) ?? []), { owner, what, range, byDefault }]);
    }
  }
  return Array.from(meanings, ([name, list]) => {
    const text = list.map(
      ({ owner, what, range, byDefault }) => `${owner}: ${what}, ${range} (default: ${String(byDefault)})`,
    );
    const first = list[0]!.byDefault;
    const flag = `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
    if (Object.hasOwn(namedIn, name)) return choice(`${flag} <name>`, Object.keys(namedIn[name]!), text.join('; '));
    if (typeof first === 'number') return option(`${flag} <number>`, text.join('; '), decimal);
    return typeof first === 'string'
      ? new Option(`${flag} <name>`, text.join('; '))
      : option(`${flag} <sizes>`, text.join('; '), sizes);
  });
}
