/** `planesearch predict MODEL DATA`: one class or number per line. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Backend } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import { harmless } from '../core/errors.js';
import { isSparse, loadTable, type MatrixData } from '../data/index.js';
import { Model } from '../io/model.js';
import type { Label } from '../losses/coding.js';
import { readingOptions } from './data-options.js';
import { exitCodes, tell, type Io } from './io.js';
import type { PredictArguments } from './options.js';
import { checkOutputs, PartialFile } from './output-file.js';

const LINES_PER_WRITE = 10_000;

export async function predictCommand(modelPath: string, path: string, args: PredictArguments, io: Io): Promise<number> {
  const { out, quiet, strict } = args;
  await checkOutputs({ '--out': out }, [modelPath, path]);
  const { backend, notice } = selectBackend(args.backend, args.threads);
  const model = await Model.load(modelPath);
  const { data, notices, incompleteRows } = await loadTable(path, {
    ...readingOptions(args),
    schema: model.spec.schema,
    columns: model.inputs,
    needsTarget: false,
    missingCells: strict ? 'refuse' : 'keep',
  });
  if (notice && !quiet) io.stderr.write(`planesearch: ${notice}\n`);
  if (!quiet) tell(io, [...notices, ...emptyLines(incompleteRows)]);
  const predictions = await predictComplete(model, data, incompleteRows, backend);
  io.signal.throwIfAborted();
  if (out === undefined) {
    await writeLines(io.stdout, predictions, (io.stdout as { isTTY?: boolean }).isTTY === true);
    return exitCodes.success;
  }
  const file = await PartialFile.open('--out', out);
  try {
    await writeLines(file.stream, predictions, false);
    await file.keep();
  } finally {
    await file.discard();
  }
  return exitCodes.success;
}

/** Rows with a missing number are predicted as empty lines, so that the others keep theirs. */
async function predictComplete(
  model: Model,
  data: MatrixData,
  incompleteRows: readonly number[],
  backend: Backend,
): Promise<Label[]> {
  for (const row of incompleteRows) {
    const [from, end] = isSparse(data)
      ? [data.indptr[row]!, data.indptr[row + 1]!]
      : [row * data.columns, (row + 1) * data.columns];
    data.values?.fill(0, from, end);
  }
  const predictions = await model.predict(data, backend);
  for (const row of incompleteRows) predictions[row] = '';
  return predictions;
}

function emptyLines(rows: readonly number[]): string[] {
  if (rows.length === 0) return [];
  if (rows.length === 1) return ['1 row with a missing number has an empty line for its prediction.'];
  return [`${rows.length} rows with missing numbers have empty lines for their predictions.`];
}

/**
 * Numbers in the shortest form that reads back as the same float64; several of a row, or labels of a set, separated by commas. A label
 * with a line end in it is written with an escape: a line is a row. On a terminal every character that would steer it is escaped.
 */
async function writeLines(stream: Writable, values: readonly Label[], terminal: boolean): Promise<void> {
  for (let from = 0; from < values.length; from += LINES_PER_WRITE) {
    const text = values
      .slice(from, from + LINES_PER_WRITE)
      .map((value) => printable(value, terminal))
      .join('\n');
    if (!stream.write(`${text}\n`)) await once(stream, 'drain');
  }
}

function printable(value: Label, terminal: boolean): string {
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : value.join(',');
  return terminal ? harmless(text) : text.replaceAll('\r', '\\r').replaceAll('\n', '\\n');
}
