/** What `cross-validate`, `search` and `compare` share: the rows of a file, and an estimator with the options of the command line. */
import { selectBackend } from '../backends/index.js';
import { StatusLine } from '../callbacks/index.js';
import { PlanesearchError, reject } from '../core/errors.js';
import { guessFormat, limitsFrom, loadTable, type DataFormat, type LoadedTable, type MatrixData } from '../data/index.js';
import { Classifier, Estimator } from '../estimators/index.js';
import type { LabelledRows } from '../selection/labelled-rows.js';
import type { FoldChoice } from '../selection/cross-validate.js';
import { timeSeriesFolds } from '../selection/folds.js';
import { chooseLoss } from '../train-parts.js';
import { kindOf, readingOptions } from './data-options.js';
import { tell, untilAborted, type Io } from './io.js';
import { withNetworkChoices } from './network-choices.js';
import type { CrossValidateArguments } from './arguments.js';
import { ScaledEstimator, scalesTargets } from './scaled-targets.js';
import { taskNotice } from './summary.js';
import { requireLabels, trainingOptions } from './train.js';

export interface SelectionRun {
  readonly data: LabelledRows & { readonly x: MatrixData };
  readonly estimator: Estimator;
  readonly choice: FoldChoice;
  readonly notices: readonly string[];
  /** Takes the status line away. */
  done(): void;
}

export async function prepareRun(path: string, args: CrossValidateArguments, io: Io): Promise<SelectionRun> {
  const { classWeight, quiet, folds, timeSeries, group } = args;
  if (timeSeries && group !== undefined)
    reject('INCOMPATIBLE', '--group', 'left out, as the folds are those of --time-series', group);
  const { folds: _folds, timeSeries: _timeSeries, group: _group, ...rest } = args;
  const options = trainingOptions(rest);
  const { table, format } = await readLabelled(path, args, io);
  const { task } = await chooseLoss(table.target, format, options);
  const chosen = taskNotice(path, task, table, args);
  if (!args.json && !quiet) tell(io, [chosen]);
  if (classWeight !== undefined && !task.classes)
    throw new PlanesearchError('INCOMPATIBLE', '--class-weight must come with classes, but the targets are numbers.');
  const chosenOptions = withNetworkChoices(options, table.data);
  const common = { ...chosenOptions, standardize: chosenOptions.standardize ?? false };
  const { task: _task, delta: _delta, power: _power, ...ofClasses } = common;
  const scaled = await scalesTargets({ y: table.target, schema: table.schema }, options);
  const estimator = task.classes
    ? new Classifier({ ...ofClasses, ...(classWeight === undefined ? {} : { classWeight }) })
    : new (scaled ? ScaledEstimator : Estimator)({ ...common, task: 'regression' });
  const line = quiet ? null : new StatusLine(io.stderr);
  const progress = (fits: number, total: number): void => {
    if (line?.due) line.show(`fit ${fits} of ${total}`);
  };
  return {
    data: { x: table.data, y: table.target, schema: table.schema },
    estimator,
    choice: {
      folds: timeSeries ? timeSeriesFolds(table.data.rows, { folds }) : folds,
      groups: table.groups,
      seed: options.seed,
      signal: io.signal,
      progress,
    },
    notices: [...table.notices, chosen],
    done: () => line?.clear(),
  };
}

/** The rows of a file with their labels; what is to be told of backend and file is told. */
export async function readLabelled(
  path: string,
  args: CrossValidateArguments,
  io: Io,
): Promise<{ table: LoadedTable<true>; format: DataFormat }> {
  const { labels, target, group, quiet, json } = args;
  const { notice } = selectBackend(args.backend, args.threads);
  const format = args.format ?? (await untilAborted(guessFormat(path, limitsFrom(args.limits)), io.signal));
  if (format === 'idx') requireLabels('--labels', labels, path);
  const reading = {
    ...readingOptions(args),
    format,
    labels,
    target,
    ...(group !== undefined && { group }),
    task: kindOf(args.task, args.loss),
    needsTarget: true,
  } as const;
  const table = await untilAborted(loadTable(path, reading), io.signal);
  if (notice && !quiet) io.stderr.write(`planesearch: ${notice}\n`);
  if (!json && !quiet) tell(io, table.notices);
  return { table, format };
}
