/** The options of the commands. Names come from the registries: a new direction shows up here by itself. */
import { Option } from 'commander';
import { activations } from '../activations/index.js';
import type { BackendName } from '../backends/backend.js';
import { directions } from '../directions/index.js';
import { losses } from '../losses/index.js';
import { networks } from '../networks/index.js';
import { schedules } from '../schedules/index.js';
import { stepRules } from '../steps/index.js';
import { solvers } from '../subspace/index.js';
import { DEFAULTS, type TrainOptions } from '../train.js';
import { columnOptions, fileOptions, taskOption, type ColumnArguments, type FileArguments } from './data-options.js';
import { aboveZero, atLeast, choice, integer, option, sizes } from './option-parsers.js';

export interface BackendArguments {
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

export interface TrainArguments extends Omit<TrainOptions, 'callbacks' | 'signal'>, FileArguments, ColumnArguments {
  readonly test?: string;
  readonly labels?: string;
  readonly testLabels?: string;
  readonly target?: string;
  readonly out?: string;
  readonly trace?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface PredictArguments extends BackendArguments, FileArguments {
  readonly out?: string;
  readonly quiet?: boolean;
}

export interface EvaluateArguments extends BackendArguments, FileArguments {
  readonly labels?: string;
  readonly target?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface InfoArguments {
  readonly json?: boolean;
}

const backendOptions = [
  choice('--backend <name>', ['auto', 'native', 'javascript'], 'auto: native where it loads', 'auto'),
  option(
    '--threads <n>', 'of the native backend; any number gives the same bits (default: all processors)', integer(1, 256),
  ),
];

const quietOption = new Option('--quiet', 'no progress and no notices on standard error');
const jsonOption = new Option('--json', 'print exactly one JSON object');
const targetText = 'target column of a CSV file: name, or index from 0, negative from the end (default: the last)';

export const trainOptions: readonly Option[] = [
  new Option('--test <file>', 'held-out data, evaluated at the end'),
  new Option('--labels <file>', 'labels of IDX data'),
  new Option('--test-labels <file>', 'labels of IDX test data'),
  new Option('--target <column>', targetText),
  taskOption,
  ...columnOptions,
  ...fileOptions,
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
  new Option('--out <model>', 'write the model to this file'),
  new Option('--trace <file>', 'write one JSON object per iteration to this file'),
  jsonOption,
  quietOption,
];

export const predictOptions: readonly Option[] = [
  new Option('--out <file>', 'write the predictions to this file (default: standard output)'),
  ...fileOptions,
  ...backendOptions,
  quietOption,
];

export const evaluateOptions: readonly Option[] = [
  new Option('--labels <file>', 'labels of IDX data'),
  new Option('--target <column>', `${targetText}; only for a model that does not know it`),
  ...fileOptions,
  ...backendOptions,
  jsonOption,
  quietOption,
];

export const infoOptions: readonly Option[] = [jsonOption];
