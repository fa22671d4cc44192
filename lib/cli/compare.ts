/** `planesearch compare DATA`: methods on one problem, as a table and as a page of curves. */
import path from 'node:path';
import { StatusLine } from '../callbacks/index.js';
import { harmless } from '../core/errors.js';
import { compare, type ComparisonProgress } from '../experiment/compare.js';
import { comparisonPage, comparisonTable } from '../experiment/comparison-page.js';
import { cellText } from '../report/html.js';
import { chooseLoss } from '../train-parts.js';
import { table } from './evaluation-text.js';
import { exitCodes, tell, type Io } from './io.js';
import type { CompareArguments } from './arguments.js';
import { checkOutputs, writeText } from './output-file.js';
import { readLabelled } from './selection-run.js';
import { taskNotice } from './summary.js';
import { trainingOptions } from './train.js';

/** An interrupted comparison tells of the methods that were done. */
export async function compareCommand(file: string, args: CompareArguments, io: Io): Promise<number> {
  const { methods, iterations, seconds, seeds, out, ...rest } = args;
  const { json, quiet } = args;
  await checkOutputs({ '--out': out }, [file, args.labels]);
  // What --l2 auto would choose belongs to a training, and `compare` refuses it by its name.
  const options = trainingOptions(rest) as object;
  const { table: read, format } = await readLabelled(file, rest, io);
  const { task } = await chooseLoss(read.target, format, options);
  const chosenTask = taskNotice(file, task, read, rest);
  if (!json && !quiet) tell(io, [chosenTask]);
  const line = quiet ? null : new StatusLine(io.stderr);
  const progress = ({ label, done, methods: count, runs }: ComparisonProgress): void => {
    if (line?.due) line.show(`${label}: ${done} of ${count} methods done, ${runs} runs`);
  };
  const chosen = { methods, iterations, seconds, seeds, progress, signal: io.signal };
  const data = { x: read.data, y: read.target, schema: read.schema };
  const comparison = await compare(data, { ...options, ...chosen }).finally(() => line?.clear());
  if (out !== undefined) await writeText('--out', out, comparisonPage(comparison, { title: path.basename(file) }));
  if (json) io.stdout.write(`${JSON.stringify({ ...comparison, notices: [...read.notices, chosenTask] })}\n`);
  else {
    const { columns, rows } = comparisonTable(comparison);
    const cells = [columns, ...rows].map((row) => row.map(cellText));
    io.stdout.write(`${table(cells)}${out === undefined ? '' : `\nwritten  ${harmless(out)}\n`}`);
  }
  return comparison.complete ? exitCodes.success : exitCodes.interrupted;
}
