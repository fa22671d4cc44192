/** The options of the commands. Names come from the registries: a new direction shows up here by itself. */
import { Option } from 'commander';
import { activations } from '../activations/index.js';
import type { BackendName } from '../backends/backend.js';
import { reject, requireInteger, requireNumber } from '../core/errors.js';
import { dataFormats, type DataFormat } from '../data/index.js';
import { directions } from '../directions/index.js';
import { losses } from '../losses/index.js';
import { networks } from '../networks/index.js';
import { schedules } from '../schedules/index.js';
import { stepRules } from '../steps/index.js';
import { solvers } from '../subspace/index.js';
import { DEFAULTS, type TrainOptions } from '../train.js';

export interface BackendArguments {
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

export interface TrainArguments extends Omit<TrainOptions, 'callbacks' | 'signal'> {
  readonly test?: string;
  readonly format?: DataFormat;
  readonly labels?: string;
  readonly testLabels?: string;
  readonly target?: string;
  readonly out?: string;
  readonly trace?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface PredictArguments extends BackendArguments {
  readonly format?: DataFormat;
  readonly out?: string;
}

export interface EvaluateArguments extends BackendArguments {
  readonly format?: DataFormat;
  readonly labels?: string;
  readonly target?: string;
  readonly json?: boolean;
}

export interface InfoArguments {
  readonly json?: boolean;
}

type Parser = (value: string, name: string) => unknown;

const backendOptions = [
  choice('--backend <name>', ['auto', 'native', 'javascript'], 'auto: native where it loads', 'auto'),
  option(
    '--threads <n>', 'of the native backend; any number gives the same bits (default: all processors)', integer(1, 256),
  ),
];

const formatOption = choice('--format <name>', dataFormats, 'format of the data (default: told by its first bytes and its name)');
const jsonOption = new Option('--json', 'print exactly one JSON object');
const targetText = 'target column of a CSV file: name, or index from 0, negative from the end (default: the last)';

export const trainOptions: readonly Option[] = [
  option('--test <file>', 'held-out data, evaluated at the end', input),
  formatOption,
  option('--labels <file>', 'labels of IDX data', input),
  option('--test-labels <file>', 'labels of IDX test data', input),
  option('--target <column>', targetText, column),
  choice('--network <name>', Object.keys(networks), '', 'linear'),
  option('--hidden <sizes>', 'sizes of the hidden layers of mlp, such as 100 or 100,50 (default: 100)', sizes),
  choice('--activation <name>', Object.keys(activations), 'of the hidden layers of mlp', 'tanh'),
  choice(
    '--loss <name>', ['auto', ...Object.keys(losses)],
    'auto: logistic for two classes, softmax for more, squared for numbers', 'auto',
  ),
  option('--l2 <number>', 'weight of the penalty (l2/2)||weights||^2 (default: 1 / rows)', atLeast(0)),
  choice('--direction <name>', ['auto', ...Object.keys(directions)], '', DEFAULTS.direction),
  option('--memory <k>', 'past steps that join the subspace (default: chosen as auto does)', integer(0)),
  choice('--steps <name>', ['auto', ...Object.keys(stepRules)], 'step rule', DEFAULTS.steps),
  choice('--solver <name>', ['auto', ...Object.keys(solvers)], 'subspace solver of line, plane and layerwise', DEFAULTS.solver),
  option('--rate <number>', 'learning rate of the step rule fixed, first rate of schedule (default: 0.1)', aboveZero),
  choice('--schedule <name>', Object.keys(schedules), 'rates of the step rule schedule over --max-iterations (default: cosine)'),
  ...backendOptions,
  option('--seed <n>', 'seed of the starting point (default: 0)', integer(-(2 ** 31), 2 ** 32 - 1)),
  new Option('--standardize', 'train on columns of mean 0 and standard deviation 1; folded into the model'),
  option('--max-iterations <n>', `(default: ${DEFAULTS.maxIterations})`, integer(0)),
  option('--time-limit <seconds>', 'of training', atLeast(0)),
  option(
    '--tolerance <number>',
    `on the gradient norm, relative to the start; 0 runs to the iteration limit (default: ${DEFAULTS.tolerance})`,
    atLeast(0, 1),
  ),
  option('--out <model>', 'write the model to this file', output),
  option('--trace <file>', 'write one JSON object per iteration to this file, as it goes', output),
  jsonOption,
  new Option('--quiet', 'no progress and no notices on standard error'),
];

export const predictOptions: readonly Option[] = [
  option('--out <file>', 'write the predictions to this file (default: standard output)', output),
  formatOption,
  ...backendOptions,
];

export const evaluateOptions: readonly Option[] = [
  formatOption,
  option('--labels <file>', 'labels of IDX data', input),
  option('--target <column>', `${targetText}; only for a model that does not know it`, column),
  ...backendOptions,
  jsonOption,
];

export const infoOptions: readonly Option[] = [jsonOption];

function option(flags: string, description: string, parse: Parser): Option {
  const made = new Option(flags, description);
  return made.argParser((value) => parse(value, made.long!));
}

/** An option with a fixed set of values. The default is only told: the library has it. */
function choice(flags: string, names: readonly string[], description: string, byDefault?: string): Option {
  const note = byDefault === undefined ? '' : ` (default: ${byDefault})`;
  const text = `${names.join(', ')}${description && `; ${description}`}${note}`;
  return option(flags, text, (value, name) => {
    return names.includes(value) ? value : reject('INVALID_OPTION', name, `one of ${names.join(', ')}`, value);
  });
}

/**
 * A path. What looks like an option is one that lost its value to the option before it: `--out --json` would write a file called
 * --json. A file of such a name is `./--json`.
 */
function output(value: string, name: string): string {
  if (value !== '' && !value.startsWith('-')) return value;
  return reject('INVALID_OPTION', name, 'the path of a file (./-name for a name that begins with -)', value);
}

/** As {@link output}, or `-` for standard input. */
function input(value: string, name: string): string {
  return value === '-' ? value : output(value, name);
}

function column(value: string, name: string): string {
  return value.startsWith('--') ? reject('INVALID_OPTION', name, 'a column, by name or index', value) : value;
}

/** The number, or the text itself, which the checks behind this then refuse by its name. */
function decimal(text: string): number | string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

function atLeast(minimum: number, maximum?: number): Parser {
  return (value, name) => requireNumber(name, decimal(value), minimum, maximum);
}

function integer(minimum: number, maximum?: number): Parser {
  return (value, name) => requireInteger(name, decimal(value), minimum, maximum);
}

function aboveZero(value: string, name: string): number {
  const number = decimal(value);
  if (typeof number === 'number' && number > 0 && number < Infinity) return number;
  return reject('INVALID_OPTION', name, 'a finite number above 0', number);
}

function sizes(value: string, name: string): number[] {
  const list = value.split(',').map((size) => decimal(size.trim()));
  if (!list.every((size): size is number => Number.isInteger(size) && Number(size) > 0)) {
    reject('INVALID_OPTION', name, 'layer sizes of at least 1 separated by commas', value);
  }
  return list;
}
