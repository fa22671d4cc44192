/** `planesearch report MODEL --test DATA --out FILE`: a page about a model that was trained before. */
import path from 'node:path';
import { selectBackend } from '../backends/index.js';
import { reject } from '../core/errors.js';
import { Model } from '../io/model.js';
import { labelledTable } from './evaluate.js';
import { exitCodes, tell, type Io } from './io.js';
import type { ReportArguments } from './arguments.js';
import { checkOutputs } from './output-file.js';
import { rowsToJudge, writePage } from './report-file.js';

export async function reportCommand(modelPath: string, args: ReportArguments, io: Io): Promise<number> {
  const { out, test, labels, imageShape, quiet } = args;
  if (out === undefined) reject('INVALID_OPTION', '--out', 'the path of a file', out);
  await checkOutputs({ '--out': out }, [modelPath, test, labels]);
  const { backend, notice } = selectBackend(args.backend, args.threads);
  const model = await Model.load(modelPath);
  const table = test === undefined ? null : await labelledTable(model, test, args);
  if (!quiet) tell(io, [...(notice ? [notice] : []), ...(table?.notices ?? [])]);
  const options = { title: path.basename(modelPath), model: modelPath, imageShape, backend };
  await writePage('--out', out, model, { ...options, ...(table && { test: rowsToJudge(test!, table) }) }, io);
  return exitCodes.success;
}
