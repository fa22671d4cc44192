/** The options of `train`. Names come from the registries: a new direction shows up here by itself. */
import { Option } from 'commander';
import { activations } from '../activations/index.js';
import { EARLY_STOPPING } from '../core/early-stopping.js';
import type { Configurable } from '../core/option.js';
import { directions } from '../directions/index.js';
import { DEFAULT_SHARE } from '../held-out.js';
import { penaltyNames } from '../l1/options.js';
import { losses } from '../losses/index.js';
import { networks } from '../networks/index.js';
import { schedules } from '../schedules/index.js';
import { stepRules } from '../steps/index.js';
import { solvers } from '../subspace/index.js';
import { DEFAULTS } from '../train.js';
import {
  backendOptions,
  distributedOption,
  jsonOption,
  labelsOption,
  outOfCoreOption,
  quietOption,
  rankTimeoutOption,
  targetOption,
} from './common-options.js';
import { columnOptions, fileOptions, taskOption } from './data-options.js';
import {
  aboveZero,
  atLeast,
  choice,
  classWeights,
  decimal,
  directionOptions,
  factors,
  inputPath,
  integer,
  l1Weight,
  option,
  outputPath,
  penaltyWeight,
  shareOrPath,
  sample,
  sizes,
  text,
} from './option-parsers.js';
import { byteCount } from './out-of-core.js';

/** Options whose values are the names of another registry. */
const namedIn: Readonly<Record<string, object>> = { activation: activations };

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

export const trainOptions: readonly Option[] = [
  option('--test <file>', 'held-out data, evaluated at the end', inputPath),
  labelsOption,
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
  targetOption,
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
    'weight of the penalty (l2/2)||weights||^2 (default: 0 for the squared loss on a linear network, noise for other networks of fewer than 10000 rows without early stopping, auto for large ones with it; otherwise 1 / rows); ' +
      'prior: by the columns and the hidden units; noise: by these and what a short fit leaves; auto, leave-one-out, folds, held-out or gradient: by the loss of rows left out; layerwise: one for each layer',
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
];

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
    const told = list.map(
      ({ owner, what, range, byDefault }) => `${owner}: ${what}, ${range} (default: ${String(byDefault)})`,
    );
    const first = list[0]!.byDefault;
    const flag = `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
    if (Object.hasOwn(namedIn, name)) return choice(`${flag} <name>`, Object.keys(namedIn[name]!), told.join('; '));
    if (typeof first === 'number') return option(`${flag} <number>`, told.join('; '), decimal);
    return typeof first === 'string'
      ? option(`${flag} <name>`, told.join('; '), text)
      : option(`${flag} <sizes>`, told.join('; '), sizes);
  });
}
