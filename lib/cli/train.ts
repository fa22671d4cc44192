/** `planesearch train DATA`: load, train, evaluate, write the model, report. */
import { selectBackend } from '../backends/index.js';
import { jsonl, progress, StatusLine } from '../callbacks/index.js';
import { describe, harmless, PlanesearchError } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';
import { encodeTarget, explainTask, guessFormat, loadTable, type LoadedTable } from '../data/index.js';
import { chooseLoss } from '../train-parts.js';
import { train, type TrainOptions } from '../train.js';
import { kindOf, readingOptions } from './data-options.js';
import { exitCodes, tell, untilAborted, type Io } from './io.js';
import type { TrainArguments } from './options.js';
import { trainingObject, trainingText } from './output.js';
import { checkOutputs, PartialFile } from './output-file.js';

/**
 * Everything that can be refused is refused before the training begins. The model and the trace appear when all has
 * succeeded, an interrupted run included: it ends with the best point so far.
 */
export async function trainCommand(path: string, args: TrainArguments, io: Io): Promise<number> {
  const began = performance.now();
  const { test: testPath, labels, testLabels, out, trace, json, quiet } = args;
  const options = trainingOptions(args);
  await checkOutputs({ '--out': out, '--trace': trace }, [path, testPath, labels, testLabels]);
  const { backend, notice } = selectBackend(options.backend, options.threads);
  const line = quiet ? null : new StatusLine(io.stderr);
  const interrupted = (): void => line?.show('interrupted: finishing with the best point so far, Ctrl-C again ends at once');
  const traceFile = trace === undefined ? null : await PartialFile.open('--trace', trace);
  try {
    if (io.stderr.isTTY) line?.show(`reading ${harmless(path)}`);
    const { table, test } = await untilAborted(loadTables(path, args), io.signal);
    line?.clear();
    const load = seconds(began);
    if (notice && !quiet) io.stderr.write(`planesearch: ${notice}\n`);
    const notices = [...table.notices, ...(test?.notices ?? [])];
    io.signal.addEventListener('abort', interrupted);
    // Once the training has begun: what is refused before is one sentence alone.
    const begin = (record: IterationRecord): void => {
      if (record.iteration === 0 && !json && !quiet) tell(io, notices);
    };
    const callbacks = [begin, ...(line ? [progress(line)] : []), ...(traceFile ? [jsonl(traceFile.stream)] : [])];
    const data = { x: table.data, y: table.target, schema: table.schema };
    const training = await train(data, { ...options, callbacks, signal: io.signal });
    const scores = test && (await training.model.evaluate(test.data, test.target, backend));
    if (out !== undefined) await training.model.save(out);
    await traceFile?.keep();
    const times = { load, train: training.seconds, total: seconds(began) };
    line?.clear();
    if (json) io.stdout.write(`${JSON.stringify(trainingObject(training, times, scores, notices))}\n`);
    else {
      const task = explainTask(
        training.model.spec.task,
        table.target,
        table.schema.format,
        args.loss ?? 'auto',
        args.task ?? 'auto',
      );
      io.stdout.write(trainingText(training, times, scores, out, task));
    }
    return training.stop.reason === 'aborted' ? exitCodes.interrupted : exitCodes.success;
  } finally {
    io.signal.removeEventListener('abort', interrupted);
    line?.clear();
    await traceFile?.discard();
  }
}

/** What is left for `train` when the files are read. */
function trainingOptions(args: TrainArguments): Omit<TrainOptions, 'callbacks' | 'signal' | 'start'> {
  const {
    test,
    format,
    labels,
    testLabels,
    target,
    out,
    trace,
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
    limits,
    strict,
    categorical,
    numeric,
    ignore,
    ...options
  } = args;
  return options;
}

/** Both tables, and a look at the test labels: one that training has not seen should not come up after the training. */
async function loadTables(
  path: string,
  args: TrainArguments,
): Promise<{ table: LoadedTable<true>; test: LoadedTable<true> | null }> {
  const { test: testPath, labels, testLabels, target } = args;
  if (testLabels !== undefined && testPath === undefined) {
    throw new PlanesearchError('INVALID_OPTION', '--test-labels must come with --test, but there was none.');
  }
  const format = args.format ?? (await guessFormat(path));
  if (format === 'idx') {
    requireLabels('--labels', labels, path);
    if (testPath !== undefined) requireLabels('--test-labels', testLabels, testPath);
  }
  const kind = kindOf(args.task, args.loss);
  const table = await loadTable(path, { ...readingOptions(args), format, labels, target, task: kind, needsTarget: true });
  if (testPath === undefined) return { table, test: null };
  const { schema } = table;
  const { categorical, numeric, ignore, ...file } = args;
  const test = await loadTable(testPath, { ...readingOptions(file), labels: testLabels, schema, needsTarget: true });
  const { loss, task } = chooseLoss(table.target, schema.format, trainingOptions(args));
  encodeTarget(test.target, task, loss);
  return { table, test };
}

export function requireLabels(option: string, labels: string | undefined, path: string): void {
  if (labels !== undefined) return;
  const sentence = `${option} must name the file with the labels of ${describe(path)}, which is IDX data.`;
  throw new PlanesearchError('INVALID_OPTION', sentence);
}

function seconds(began: number): number {
  return (performance.now() - began) / 1000;
}
