/** `planesearch predict MODEL DATA`: one class or number per line, or a row of CSV with probabilities. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Backend } from '../backends/backend.js';
import { isFile } from '../backends/file-source.js';
import { selectBackend } from '../backends/index.js';
import { harmless, PlanesearchError } from '../core/errors.js';
import { clearRow, loadTable, type TrainingMatrix } from '../data/index.js';
import type { Cluster } from '../distributed/index.js';
import { Model } from '../io/model.js';
import { readingOptions } from './data-options.js';
import { exitCodes, tell, type Io } from './io.js';
import type { PredictArguments } from './arguments.js';
import { openOutOfCore } from './out-of-core.js';
import { filesOf, overRanks } from './over-ranks.js';
import { checkOutputs, PartialFile } from './output-file.js';
import { cell, predictionLines, type PredictionLines } from './prediction-lines.js';

const LINES_PER_WRITE = 10_000;

export async function predictCommand(modelPath: string, path: string, args: PredictArguments, io: Io): Promise<number> {
  if (!args.distributed) return predictOn(modelPath, path, args, io, null);
  return overRanks(`${modelPath} ${path}`, args, io, (cluster) => predictOn(modelPath, path, args, io, cluster));
}

async function predictOn(
  modelPath: string,
  path: string,
  args: PredictArguments,
  io: Io,
  cluster: Cluster | null,
): Promise<number> {
  const { out, quiet } = args;
  if (args.probabilities && args.top !== undefined)
    throw new PlanesearchError('INVALID_OPTION', 'One of --probabilities and --top must be left out, but both were given.');
  await checkOutputs({ '--out': out }, [modelPath, path]);
  const { backend: own, notice } = selectBackend(args.backend, args.threads);
  const backend = cluster?.backend ?? own;
  const model = await Model.load(modelPath);
  const { data, notices, incompleteRows } = args.outOfCore
    ? await opened(path, args, model)
    : await rowsFor(model, path, args, cluster);
  if (notice && !quiet) io.stderr.write(`planesearch: ${notice}\n`);
  if (!quiet) tell(io, [...notices, ...emptyLines(incompleteRows)]);
  const lines = await linesOfComplete(model, data, incompleteRows, args, backend);
  io.signal.throwIfAborted();
  if (out === undefined) {
    await writeLines(io.stdout, lines, (io.stdout as { isTTY?: boolean }).isTTY === true);
    return exitCodes.success;
  }
  const file = await PartialFile.open('--out', out);
  try {
    await writeLines(file.stream, lines, false);
    await file.keep();
  } finally {
    await file.discard();
  }
  return exitCodes.success;
}

async function rowsFor({ spec, inputs }: Model, path: string, args: PredictArguments, cluster: Cluster | null) {
  const reading = {
    ...readingOptions(args),
    schema: spec.schema,
    columns: inputs,
    needsTarget: false,
    missingCells: args.strict ? 'refuse' : 'keep',
  } as const;
  return cluster ? cluster.load((await filesOf(path)) ?? path, reading) : loadTable(path, reading);
}

/** X stays in its file; of a number that is missing it says so. */
async function opened(path: string, args: PredictArguments, { spec, inputs }: Model) {
  const schema = spec.schema ?? { format: 'array' as const, columns: inputs, target: null };
  return { ...(await openOutOfCore(path, { ...args, schema, needsTarget: false })), incompleteRows: [] };
}

/** Rows with a missing number are predicted as empty lines, so that the others keep theirs. */
async function linesOfComplete(
  model: Model,
  data: TrainingMatrix,
  incompleteRows: readonly number[],
  args: PredictArguments,
  backend: Backend,
): Promise<PredictionLines> {
  if (isFile(data)) return predictionLines(model, data, args, backend);
  // Of ranks they have done it.
  if (!data.ranks) for (const row of incompleteRows) clearRow(data, row);
  const { header, rows } = await predictionLines(model, data, args, backend);
  if (incompleteRows.length === 0) return { header, rows };
  const empty = new Set(incompleteRows);
  return { header, rows: rows.map((cells, row) => (empty.has(row) ? [''] : cells)) };
}

function emptyLines(rows: readonly number[]): string[] {
  if (rows.length === 0) return [];
  if (rows.length === 1) return ['1 row with a missing number has an empty line for its prediction.'];
  return [`${rows.length} rows with missing numbers have empty lines for their predictions.`];
}

/** A label alone is written as it is; among other cells it is quoted where CSV asks for it. */
async function writeLines(stream: Writable, { header, rows }: PredictionLines, terminal: boolean): Promise<void> {
  if (header !== null && !stream.write(`${terminal ? harmless(header) : header}\n`)) await once(stream, 'drain');
  for (let from = 0; from < rows.length; from += LINES_PER_WRITE) {
    const text = rows
      .slice(from, from + LINES_PER_WRITE)
      .map((cells) => cells.map((value) => cell(value, terminal, header !== null)).join(','))
      .join('\n');
    if (!stream.write(`${text}\n`)) await once(stream, 'drain');
  }
}
