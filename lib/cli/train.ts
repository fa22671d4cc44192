/** `planesearch train DATA`: load, train, evaluate, write the model, report. */
import { basename } from 'node:path';
import { finished } from 'node:stream/promises';
import { selectBackend } from '../backends/index.js';
import { jsonl, progress, StatusLine } from '../callbacks/index.js';
import { LineFile } from '../callbacks/line-file.js';
import type { CheckpointOptions } from '../checkpoint/index.js';
import { describe, harmless, PlanesearchError } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';
import { paced } from '../core/pace.js';
import {
  encodeSteps,
  explainTask,
  guessFormat,
  loadTable,
  limitsFrom,
  type FileTable,
  type LoadedTable,
  type TrainingMatrix,
} from '../data/index.js';
import { STANDARD_INPUT } from '../data/standard-input.js';
import { weightsOfClasses } from '../estimators/class-weights.js';
import type { Model } from '../io/model.js';
import { summaryOfTable } from '../io/training-summary.js';
import type { ReportOptions } from '../report/index.js';
import type { Cluster } from '../distributed/index.js';
import { chooseLoss } from '../train-parts.js';
import type { TrainOptions } from '../train.js';
import { fileArguments, kindOf, readingOptions } from './data-options.js';
import { exitCodes, tell, untilAborted, type Io } from './io.js';
import type { TrainArguments } from './arguments.js';
import { openOutOfCore, withMemory } from './out-of-core.js';
import { trainingObject, trainingText } from './output.js';
import { checkOutputs, unwritable, writing } from './output-file.js';
import { requireInMemory, rowsToJudge, writePage } from './report-file.js';
import { endsSoon, filesOf, overRanks } from './over-ranks.js';
import { withNetworkChoices } from './network-choices.js';
import { SCALED, trainFramed, type FramedTraining } from './scaled-targets.js';
import { summaryText } from './summary.js';

/**
 * Everything that can be refused is refused before the training begins. The trace grows as the training goes; the model appears when it
 * has ended. An interrupted training ends with the best point so far, which is reported and saved; the test data is then left aside.
 */
export async function trainCommand(path: string, args: TrainArguments, io: Io): Promise<number> {
  const { distributed, parts, sum, rankTimeout } = args;
  if (distributed) return overRanks(path, args, io, (cluster) => trainOn(path, args, io, cluster));
  const alone = Object.entries({ '--parts': parts, '--sum': sum, '--rank-timeout': rankTimeout });
  const needing = alone.find(([, value]) => value !== undefined);
  if (needing)
    throw new PlanesearchError('INVALID_OPTION', `${needing[0]} must come with --distributed, but it was not given.`);
  return trainOn(path, args, io, null);
}

async function trainOn(path: string, args: TrainArguments, io: Io, cluster: Cluster | null): Promise<number> {
  const began = performance.now();
  const { test: testPath, labels, testLabels, validationLabels, out, trace, report, json, quiet } = args;
  const options = trainingOptions(args);
  const checkpoint = checkpointOptions(args);
  if (report !== undefined) requireInMemory(args);
  const inputs = [path, testPath, labels, testLabels, fileOf(args.validation), validationLabels, args.start];
  checkInputs(inputs);
  await checkOutputs({ '--out': out, '--trace': trace, '--report': report }, inputs);
  const { backend, notice } = selectBackend(options.backend, options.threads);
  const line = quiet ? null : new StatusLine(io.stderr);
  const interrupted = (): void => {
    if (!endsSoon(io.signal)) line?.show('interrupted: finishing with the best point so far, Ctrl-C again ends at once');
  };
  const traceFile = trace === undefined ? null : new LineFile(trace);
  try {
    if (io.stderr.isTTY) line?.show(`reading ${harmless(path)}`);
    const { table, test, validation } = await untilAborted(loadTables(path, args, cluster), io.signal);
    line?.clear();
    const load = seconds(began);
    if (notice && !quiet) io.stderr.write(`planesearch: ${notice}\n`);
    const notices = [...table.notices, ...(test?.notices ?? []), ...(validation?.notices ?? [])];
    io.signal.addEventListener('abort', interrupted);
    // Once the training, or the choice of its penalty, has begun: what is refused before is one sentence alone.
    let [announced, begun] = [json || quiet, json || quiet];
    const announce = (): void => {
      if (announced) return;
      announced = true;
      line?.clear();
      if (table.summary) io.stderr.write(`planesearch: ${summaryText(path, table)}`);
      tell(io, notices);
    };
    const record = ({ iteration }: IterationRecord): void => {
      announce();
      if (!begun && iteration > 0) {
        line?.clear();
        tell(io, [`Goes on after iteration ${iteration - 1}.`]);
      }
      begun = true;
    };
    const begin = Object.assign(record, { penalty: announce });
    const callbacks = [begin, ...(line ? [progress(line)] : []), ...(traceFile ? [jsonl(traceFile)] : [])];
    const sampleWeights = await classWeightsOf(table, args);
    const data = { x: table.data, y: table.target, schema: table.schema, sampleWeights };
    const held = validation ? { x: validation.data, y: validation.target } : shareOf(args.validation);
    const training = await trainFramed(data, {
      ...withNetworkChoices(options, table.data),
      ...(cluster && { backend: cluster.backend }),
      checkpoint,
      callbacks,
      signal: io.signal,
      ...(held !== undefined && { validation: held }),
    });
    noteTable(training.model, path, table);
    if (out !== undefined) await writing('--out', out, () => training.model.save(out));
    const scores = test && (await unlessAborted(() => training.model.evaluate(test.data, test.target, backend), io.signal));
    const times = { load, train: training.seconds, total: seconds(began) };
    line?.clear();
    if (json) io.stdout.write(`${JSON.stringify(trainingObject(training, times, scores, notices))}\n`);
    else io.stdout.write(trainingText(training, times, scores, out, taskText(training, table, args)));
    if (report !== undefined && !io.signal.aborted)
      await writePage(
        '--report',
        report,
        training.model,
        reportOptions(path, args, { table, test, validation }, training.validation !== null),
        io,
      );
    if (traceFile) await closed(traceFile);
    // The last lines may have failed behind the last iteration, which nobody has heard of.
    if (traceFile?.failure) throw unwritable('--trace', traceFile.file, traceFile.failure);
    return io.signal.aborted ? exitCodes.interrupted : exitCodes.success;
  } finally {
    io.signal.removeEventListener('abort', interrupted);
    line?.clear();
    if (traceFile) await closed(traceFile);
  }
}

/** What is left for `train` when the files are read. */
export function trainingOptions(
  args: TrainArguments,
): Omit<TrainOptions, 'callbacks' | 'signal' | 'validation' | 'checkpoint'> {
  const {
    test,
    validation,
    validationLabels,
    earlyStopping = false,
    patience,
    minDelta,
    monitor,
    format,
    labels,
    testLabels,
    target,
    out,
    trace,
    report,
    checkpoint,
    checkpointIterations,
    checkpointSeconds,
    resume,
    json,
    quiet,
    header,
    delimiter,
    decimal,
    thousands,
    missing,
    comment,
    encoding,
    indexBase,
    storage,
    limits,
    strict,
    arrays,
    classWeight,
    outOfCore,
    memoryLimit,
    layers,
    restarts,
    restartLimit,
    distributed,
    parts,
    sum,
    rankTimeout,
    ...others
  } = fileArguments(args);
  if (restartLimit !== undefined && restarts === undefined)
    throw new PlanesearchError('INVALID_OPTION', '--restart-limit must come with --restarts, but there was none.');
  const options = {
    ...others,
    ...(layers && { layers: layers === 'in-turn' ? ('in turn' as const) : layers }),
    ...(restarts && { restarts: { limit: restartLimit } }),
  };
  const chosen = { patience, minDelta, monitor };
  if (earlyStopping) return { ...options, earlyStopping: chosen };
  for (const [name, value] of Object.entries(chosen)) {
    if (value === undefined) continue;
    const option = name === 'minDelta' ? '--min-delta' : `--${name}`;
    throw new PlanesearchError('INVALID_OPTION', `${option} must come with --early-stopping, but there was none.`);
  }
  return options;
}

/** The weight of every row by its class, where classes have weights. */
async function classWeightsOf({ target, schema }: Opened, args: TrainArguments): Promise<Float64Array | undefined> {
  if (args.classWeight === undefined) return undefined;
  const { task } = await chooseLoss(target, schema.format, trainingOptions(args));
  if (task.classes) return weightsOfClasses(target, args.classWeight);
  throw new PlanesearchError('INCOMPATIBLE', '--class-weight must come with classes, but the targets are numbers.');
}

/** Undefined without --checkpoint, which the other options need. */
function checkpointOptions(args: TrainArguments): CheckpointOptions | undefined {
  const { checkpoint: folder, checkpointIterations: everyIterations, checkpointSeconds: everySeconds, resume } = args;
  if (folder !== undefined) return { folder, everyIterations, everySeconds, resume };
  const given = { '--checkpoint-iterations': everyIterations, '--checkpoint-seconds': everySeconds, '--resume': resume };
  const alone = Object.entries(given).find(([, value]) => value !== undefined);
  if (alone) throw new PlanesearchError('INVALID_OPTION', `${alone[0]} must come with --checkpoint, but there was none.`);
  return undefined;
}

function fileOf(validation: string | number | undefined): string | undefined {
  return typeof validation === 'string' ? validation : undefined;
}

function shareOf(validation: string | number | undefined): number | undefined {
  return typeof validation === 'number' ? validation : undefined;
}

function taskText({ model, targets }: FramedTraining, { target, schema }: Opened, args: TrainArguments): string {
  const { loss = 'auto', task = 'auto' } = args;
  const text = explainTask(model.spec.task, target, schema.format, loss, task);
  return targets === 'scaled' ? `${text}; trained on ${SCALED}` : text;
}

/** What the model file and the report tell of the table. */
function noteTable(model: Model, file: string, table: Opened): void {
  const name = basename(file);
  const { data, summary } = table;
  const notices = table.notices.map((notice) => notice.replaceAll(file, name));
  if (model.training) model.training = { ...model.training, table: summaryOfTable(name, { data, summary, notices }) };
}

/** Where a share of the rows is held out of the file that is judged. */
const HELD_OUT_TOO = 'the training rows and those held out';

/** Judged by the test rows, otherwise by the validation file, otherwise by the training rows. */
function reportOptions(
  file: string,
  args: TrainArguments,
  { table, test, validation }: Tables,
  held: boolean,
): ReportOptions {
  const rows = test
    ? rowsToJudge(args.test!, test)
    : validation
      ? rowsToJudge(fileOf(args.validation)!, validation)
      : { ...rowsToJudge(file, table), name: held ? HELD_OUT_TOO : 'the training rows' };
  return { title: args.out === undefined ? undefined : basename(args.out), model: args.out, test: rows };
}

/** Null where the signal has come before the end. */
async function unlessAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  return untilAborted(work(), signal).catch((error: unknown) => {
    if (error === signal.reason) return null;
    throw error;
  });
}

async function closed(file: LineFile): Promise<void> {
  file.end();
  await finished(file).catch(() => undefined);
}

/** Standard input can be read for one thing only. */
function checkInputs(inputs: readonly (string | undefined)[]): void {
  if (inputs.filter((input) => input === STANDARD_INPUT).length < 2) return;
  throw new PlanesearchError(
    'INVALID_OPTION',
    'Standard input (-) must be given for one file only, but it was given for several.',
  );
}

type Opened = Pick<LoadedTable<true>, 'target' | 'schema' | 'notices' | 'summary'> & { readonly data: TrainingMatrix };

interface Tables {
  readonly table: Opened;
  readonly test: Opened | null;
  readonly validation: Opened | null;
}

/** All tables, and a look at the test labels: one that training has not seen should not come up after the training. */
async function loadTables(path: string, args: TrainArguments, cluster: Cluster | null): Promise<Tables> {
  const { test: testPath, labels, testLabels, validationLabels, target } = args;
  const validationPath = fileOf(args.validation);
  requireFile('--test-labels', testLabels, '--test', testPath);
  requireFile('--validation-labels', validationLabels, '--validation and a file', validationPath);
  if (args.outOfCore) return openTables(path, args);
  if (args.memoryLimit !== undefined)
    throw new PlanesearchError('INVALID_OPTION', '--memory-limit must come with --out-of-core, but there was none.');
  const files = cluster && ((await filesOf(path)) ?? path);
  const named = typeof files === 'object' ? (files?.[0] ?? path) : path;
  const format = args.format ?? (await guessFormat(named, limitsFrom(args.limits)));
  if (format === 'idx') {
    requireLabels('--labels', labels, path);
    if (testPath !== undefined) requireLabels('--test-labels', testLabels, testPath);
    if (validationPath !== undefined) requireLabels('--validation-labels', validationLabels, validationPath);
  }
  const kind = kindOf(args.task, args.loss);
  const reading = { ...readingOptions(args), format, labels, target, task: kind };
  const table = files
    ? await cluster.load(files, { ...reading, needsTarget: true })
    : await loadTable(path, { ...reading, needsTarget: true });
  const { schema } = table;
  const like = { ...readingOptions(fileArguments(args)), schema, needsTarget: true as const };
  const validation =
    validationPath === undefined ? null : await loadTable(validationPath, { ...like, labels: validationLabels });
  if (testPath === undefined) return { table, test: null, validation };
  const test = await loadTable(testPath, { ...like, labels: testLabels });
  const { loss, task } = await chooseLoss(table.target, schema.format, trainingOptions(args));
  await paced(encodeSteps(test.target, task, loss));
  return { table, test, validation };
}

/** The same of files that stay where they are. */
async function openTables(path: string, args: TrainArguments): Promise<Tables> {
  const { test: testPath, labels, testLabels, validationLabels, target, limits, memoryLimit } = args;
  const opened = await openOutOfCore(path, { format: args.format, labels, target, limits, needsTarget: true });
  const options = trainingOptions(args);
  const like = { schema: opened.schema, limits, needsTarget: true };
  // The training rows have what there is.
  const within = (found: FileTable): FileTable =>
    memoryLimit === undefined ? found : { ...found, data: { ...found.data, memory: 0 } };
  const another = async (file: string | undefined, own: string | undefined): Promise<FileTable | null> =>
    file === undefined ? null : within(await openOutOfCore(file, { ...like, labels: own }));
  const validation = await another(fileOf(args.validation), validationLabels);
  const test = await another(testPath, testLabels);
  const table = { ...opened, data: await withMemory(opened, { validation, test }, memoryLimit, options) };
  if (test) {
    const { loss, task } = await chooseLoss(table.target!, table.schema.format, options);
    await paced(encodeSteps(test.target!, task, loss));
  }
  return { table: required(table), test: test && required(test), validation: validation && required(validation) };
}

/** A target was asked for. */
function required(table: FileTable): Opened {
  return { ...table, target: table.target! };
}

function requireFile(labelsOption: string, labels: string | undefined, option: string, path: string | undefined): void {
  if (labels === undefined || path !== undefined) return;
  const sentence = `${labelsOption} must come with ${option}, but there was none.`;
  throw new PlanesearchError('INVALID_OPTION', sentence);
}

export function requireLabels(option: string, labels: string | undefined, path: string): void {
  if (labels !== undefined) return;
  const sentence = `${option} must name the file with the labels of ${describe(path)}, which is IDX data.`;
  throw new PlanesearchError('INVALID_OPTION', sentence);
}

function seconds(began: number): number {
  return (performance.now() - began) / 1000;
}
