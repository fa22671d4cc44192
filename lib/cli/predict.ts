/** `planesearch predict MODEL DATA`: one class or number per line. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { selectBackend } from '../backends/index.js';
import { loadTable } from '../data/index.js';
import { Model } from '../io/model.js';
import type { Label } from '../losses/coding.js';
import { exitCodes, type Io } from './io.js';
import type { PredictArguments } from './options.js';
import { checkOutputs, PartialFile } from './output-file.js';

const LINES_PER_WRITE = 10_000;

export async function predictCommand(modelPath: string, path: string, args: PredictArguments, io: Io): Promise<number> {
  const { format, out } = args;
  await checkOutputs({ '--out': out }, [modelPath, path]);
  const { backend, notice } = selectBackend(args.backend, args.threads);
  const model = await Model.load(modelPath);
  const { data } = await loadTable(path, { format, schema: model.spec.schema, columns: model.inputs, needsTarget: false });
  if (notice) io.stderr.write(`planesearch: ${notice}\n`);
  const predictions = await model.predict(data, backend);
  io.signal.throwIfAborted();
  if (out === undefined) {
    await writeLines(io.stdout, predictions);
    return exitCodes.success;
  }
  const file = await PartialFile.open('--out', out);
  try {
    await writeLines(file.stream, predictions);
    await file.keep();
  } finally {
    await file.discard();
  }
  return exitCodes.success;
}

/** Numbers in the shortest form that reads back as the same float64; several of a row, or labels of a set, separated by commas. */
async function writeLines(stream: Writable, values: readonly Label[]): Promise<void> {
  for (let from = 0; from < values.length; from += LINES_PER_WRITE) {
    const text = values.slice(from, from + LINES_PER_WRITE).join('\n');
    if (!stream.write(`${text}\n`)) await once(stream, 'drain');
  }
}
