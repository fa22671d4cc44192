/** `planesearch train DATA`: load, train, evaluate, write the model, report. */
import { selectBackend } from '../backends/index.js';
import { jsonl, progress, StatusLine } from '../callbacks/index.js';
import { PlanesearchError } from '../core/errors.js';
import { encodeTarget, guessFormat, loadTable, type Table } from '../data/index.js';
import { chooseLoss } from '../train-parts.js';
import { train } from '../train.js';
import { exitCodes, untilAborted, type Io } from './io.js';
import type { TrainArguments } from './options.js';
import { trainingObject, trainingText } from './output.js';
import { checkOutputs, PartialFile } from './output-file.js';

/**
 * Everything that can be refused is refused before the training begins. The model and the trace appear when all has
 * succeeded, an interrupted run included: it ends with the best point so far.
 */
export async function trainCommand(path: string, args: TrainArguments, io: Io): Promise<number> {
  const began = performance.now();
  const { test: testPath, format, labels, testLabels, target, out, trace, json, quiet, ...options } = args;
  await checkOutputs({ '--out': out, '--trace': trace }, [path, testPath, labels, testLabels]);
  const { backend, notice } = selectBackend(options.backend, options.threads);
  const line = quiet ? null : new StatusLine(io.stderr);
  const interrupted = (): void => line?.show('interrupted: finishing with the best point so far, Ctrl-C again ends at once');
  const traceFile = trace === undefined ? null : await PartialFile.open('--trace', trace);
  try {
    if (io.stderr.isTTY) line?.show(`reading ${path}`);
    const { table, test } = await untilAborted(loadTables(path, args), io.signal);
    line?.clear();
    const load = seconds(began);
    if (notice && !quiet) io.stderr.write(`planesearch: ${notice}\n`);
    io.signal.addEventListener('abort', interrupted);
    const callbacks = [...(line ? [progress(line)] : []), ...(traceFile ? [jsonl(traceFile.stream)] : [])];
    const data = { x: table.data, y: table.target!, schema: table.schema };
    const training = await train(data, { ...options, callbacks, signal: io.signal });
    const scores = test && (await training.model.evaluate(test.data, test.target!, backend));
    if (out !== undefined) await training.model.save(out);
    await traceFile?.keep();
    const times = { load, train: training.seconds, total: seconds(began) };
    line?.clear();
    if (json) io.stdout.write(`${JSON.stringify(trainingObject(training, times, scores))}\n`);
    else io.stdout.write(trainingText(training, times, scores, out));
    return training.stop.reason === 'aborted' ? exitCodes.interrupted : exitCodes.success;
  } finally {
    io.signal.removeEventListener('abort', interrupted);
    line?.clear();
    await traceFile?.discard();
  }
}

/** Both tables, and a look at the test labels: one that training has not seen should not come up after the training. */
async function loadTables(path: string, args: TrainArguments): Promise<{ table: Table; test: Table | null }> {
  const { test: testPath, labels, testLabels, target } = args;
  if (testLabels !== undefined && testPath === undefined) {
    throw new PlanesearchError('INVALID_OPTION', '--test-labels must come with --test, but there was none.');
  }
  const format = args.format ?? (await guessFormat(path));
  if (format === 'idx') {
    requireLabels('--labels', labels, path);
    if (testPath !== undefined) requireLabels('--test-labels', testLabels, testPath);
  }
  const table = await loadTable(path, { format, labels, target, needsTarget: true });
  if (testPath === undefined) return { table, test: null };
  const { schema } = table;
  const test = await loadTable(testPath, { format: args.format, labels: testLabels, schema, needsTarget: true });
  const { loss, task } = chooseLoss(table.target!, schema.format, args);
  encodeTarget(test.target!, task, loss);
  return { table, test };
}

export function requireLabels(option: string, labels: string | undefined, path: string): void {
  if (labels !== undefined) return;
  throw new PlanesearchError(
    'INVALID_OPTION',
    `${option} must name the file with the labels of '${path}', which is IDX data.`,
  );
}

function seconds(began: number): number {
  return (performance.now() - began) / 1000;
}
