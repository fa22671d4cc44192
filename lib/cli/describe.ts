/** `planesearch describe DATA`: what `train` would read, column by column, without training. */
import { paced } from '../core/pace.js';
import { guessFormat, isSparse, limitsFrom, loadTable, summarizeTarget, type TableReading } from '../data/index.js';
import { readingOptions } from './data-options.js';
import { exitCodes, tell, type Io } from './io.js';
import type { DescribeArguments } from './options.js';
import { summaryText } from './summary.js';

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
    missingCells: strict ? 'refuse' : 'keep',
  });
  const table = loaded.summary || !loaded.target ? loaded : await withTarget(loaded);
  if (json) io.stdout.write(`${JSON.stringify(describeObject(table))}\n`);
  else {
    io.stdout.write(summaryText(path, table, Infinity));
    if (!quiet) tell(io, table.notices);
  }
  return exitCodes.success;
}

async function withTarget(table: TableReading): Promise<TableReading> {
  return { ...table, summary: [await paced(summarizeTarget('label', table.target!))] };
}

function describeObject({ data, schema, summary = [], notices }: TableReading): object {
  const storage = isSparse(data) ? 'sparse' : 'dense';
  return { rows: data.rows, columns: data.columns, format: schema.format, storage, summary, notices };
}
