/** `planesearch describe DATA`: what `train` would read, column by column, without training. */
import { isOurs } from '../core/errors.js';
import { paced } from '../core/pace.js';
import {
  guessFormat,
  isSparse,
  limitsFrom,
  loadTable,
  summarizeTarget,
  type DataFormat,
  type TableReading,
} from '../data/index.js';
import { chooseLoss } from '../train-parts.js';
import { readingOptions } from './data-options.js';
import { exitCodes, tell, type Io } from './io.js';
import type { DescribeArguments } from './arguments.js';
import { summaryText, taskNotice } from './summary.js';

/** Missing cells are counted, not refused; whatever else `train` would refuse is refused. */
export async function describeCommand(path: string, args: DescribeArguments, io: Io): Promise<number> {
  const { target, task, json, quiet, labels, strict } = args;
  const format = args.format ?? (await guessFormat(path, limitsFrom(args.limits)));
  const loaded = await loadTable(path, {
    ...readingOptions(args),
    format,
    labels,
    target,
    task,
    // The labels of IDX data are in a file of their own, which need not be there.
    needsTarget: format !== 'idx' || labels !== undefined,
    missingCells: strict ? 'refuse' : 'count',
  });
  const table = loaded.summary || !loaded.target ? loaded : await withTarget(loaded);
  const notices = [...table.notices, ...(await taskOf(path, loaded, format, task))];
  if (json) io.stdout.write(`${JSON.stringify(describeObject({ ...table, notices }))}\n`);
  else {
    io.stdout.write(summaryText(path, table, Infinity));
    if (!quiet) tell(io, notices);
  }
  return exitCodes.success;
}

async function withTarget(table: TableReading): Promise<TableReading> {
  return { ...table, summary: [await paced(summarizeTarget('label', table.target!))] };
}

/** What `train` would learn, or why it would not. */
async function taskOf(
  path: string,
  { target, schema }: TableReading,
  format: DataFormat,
  kind: DescribeArguments['task'],
): Promise<string[]> {
  if (!target) return [];
  try {
    const { task } = await chooseLoss(target, format, { task: kind ?? 'auto' });
    return [taskNotice(path, task, { target, schema }, { task: kind ?? 'auto' })];
  } catch (error) {
    if (isOurs(error)) return [error.message];
    throw error;
  }
}

function describeObject({ data, schema, summary = [], notices }: TableReading): object {
  const storage = isSparse(data) ? 'sparse' : 'dense';
  return { rows: data.rows, columns: data.columns, format: schema.format, storage, summary, notices };
}
