/** `planesearch train DATA`: load, train, evaluate, write the model, report. */
import { finished } from 'node:stream/promises';
import { selectBackend } from '../backends/index.js';
import { jsonl, progress, StatusLine } from '../callbacks/index.js';
import { PlanesearchError } from '../core/errors.js';
import { chooseTask, encodeTarget, guessFormat, loadTable, type Table } from '../data/index.js';
import { STANDARD_INPUT } from '../data/standard-input.js';
import type { Model } from '../io/model.js';
import { train } from '../train.js';
import { exitCodes, untilAborted, type Io } from './io.js';
import type { TrainArguments } from './options.js';
import { trainingObject, trainingText } from './output.js';
import { checkOutputs, unwritable } from './output-file.js';
import { TraceFile } from './trace-file.js';

/**
 * Everything that can be refused is refused before the training begins. The trace grows as the training goes; the model appears when it
 * has ended. An interrupted training ends with the best point so far, which is reported and saved; the test data is then left aside.
 */
export async function trainCommand(path: string, args: TrainArguments, io: Io): Promise<number> {
  const began = performance.now();
  const { test: testPath, format, labels, testLabels, target, out, trace, json, quiet, ...options } = args;
  const inputs = [path, testPath, labels, testLabels];
  checkInputs(inputs);
  await checkOutputs({ '--out': out, '--trace': trace }, inputs);
  const { backend, notice } = selectBackend(options.backend, options.threads);
  const line = quiet ? null : new StatusLine(io.stderr);
  const interrupted = (): void => line?.show('interrupted: finishing with the best point so far, Ctrl-C again ends at once');
  const traceFile = trace === undefined ? null : new TraceFile(trace);
  try {
    if (io.stderr.isTTY) line?.show(`reading ${path}`);
    const { table, test } = await untilAborted(loadTables(path, args), io.signal);
    line?.clear();
    const load = seconds(began);
    if (notice && !quiet) io.stderr.write(`planesearch: ${notice}\n`);
    io.signal.addEventListener('abort', interrupted);
    const callbacks = [...(line ? [progress(line)] : []), ...(traceFile ? [jsonl(traceFile)] : [])];
    const data = { x: table.data, y: table.target!, schema: table.schema };
    const training = await train(data, { ...options, callbacks, signal: io.signal });
    if (out !== undefined) await save(training.model, out);
    const scores = test && !io.signal.aborted ? await untilAborted(training.model.evaluate(test.data, test.target!, backend), io.signal) : null;
    const times = { load, train: training.seconds, total: seconds(began) };
    line?.clear();
    if (json) io.stdout.write(`${JSON.stringify(trainingObject(training, times, scores))}\n`);
    else io.stdout.write(trainingText(training, times, scores, out));
    return training.stop.reason === 'aborted' ? exitCodes.interrupted : exitCodes.success;
  } finally {
    io.signal.removeEventListener('abort', interrupted);
    line?.clear();
    if (traceFile) await closed(traceFile);
  }
}

async function save(model: Model, out: string): Promise<void> {
  try {
    await model.save(out);
  } catch (cause) {
    throw unwritable('--out', out, cause);
  }
}

async function closed(file: TraceFile): Promise<void> {
  file.end();
  await finished(file).catch(() => undefined);
}

/** Standard input can be read for one thing only. */
function checkInputs(inputs: readonly (string | undefined)[]): void {
  if (inputs.filter((input) => input === STANDARD_INPUT).length < 2) return;
  throw new PlanesearchError('INVALID_OPTION', 'Standard input (-) must be given for one file only, but it was given for several.');
}

/** Both tables, and a look at the test labels: one that training has not seen should not come up after the training. */
async function loadTables(path: string, args: TrainArguments): Promise<{ table: Table; test: Table | null }> {
  const { test: testPath, labels, testLabels, target } = args;
  if (testLabels !== undefined && testPath === undefined) {
    throw new PlanesearchError('INVALID_OPTION', '--test-labels must come with --test, but there was none.');
  }
  const format = args.format ?? await guessFormat(path);
  if (format === 'idx') {
    requireLabels('--labels', labels, path);
    if (testPath !== undefined) requireLabels('--test-labels', testLabels, testPath);
  }
  const table = await loadTable(path, { format, labels, target, needsTarget: true });
  if (testPath === undefined) return { table, test: null };
  const { schema } = table;
  const test = await loadTable(testPath, { format: args.format, labels: testLabels, schema, needsTarget: true });
  encodeTarget(test.target!, chooseTask(table.target!, schema.format, args.loss ?? 'auto'));
  return { table, test };
}

export function requireLabels(option: string, labels: string | undefined, path: string): void {
  if (labels !== undefined) return;
  throw new PlanesearchError('INVALID_OPTION', `${option} must name the file with the labels of '${path}', which is IDX data.`);
}

function seconds(began: number): number {
  return (performance.now() - began) / 1000;
}
