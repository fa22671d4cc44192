/** What was read, column by column: before a training on standard error, and as the answer of `describe`. */
import { describe } from '../core/errors.js';
import {
  explainTask,
  isSparse,
  type LoadedTable,
  type TableReading,
  type Task,
  type TrainingMatrix,
} from '../data/index.js';
import { counted } from '../data/column-notices.js';
import { SUMMARY_HEAD, summaryCells } from '../data/summary-cells.js';
import type { CrossValidateArguments } from './arguments.js';

/** More columns are shown by their first and last. */
const MOST_COLUMNS = 20;

/** A line for the table, then one for every column: name, kind, categories, missing cells, range or most frequent. */
export function summaryText(
  path: string,
  table: Pick<TableReading, 'summary'> & { readonly data: TrainingMatrix },
  most = MOST_COLUMNS,
): string {
  const { rows, columns } = table.data;
  const kept = isSparse(table.data) ? ' (sparse)' : '';
  const head = `${describe(path)}: ${counted(rows, 'row')}, ${counted(columns, 'column')} of X${kept}\n`;
  const { summary = [] } = table;
  if (summary.length === 0) return head;
  const shown = summary.length <= most ? summary : [...summary.slice(0, most - 1), ...summary.slice(-1)];
  const cells = [[...SUMMARY_HEAD], ...shown.map((column) => summaryCells(column, rows))];
  const widths = cells[0]!.map((_, k) => Math.max(...cells.map((line) => line[k]!.length)));
  const lines = cells.map((line) => `  ${line.map((cell, k) => cell.padEnd(widths[k]!)).join('  ')}`.trimEnd());
  if (shown.length < summary.length) lines.splice(-1, 0, `  ... ${summary.length - shown.length} more ...`);
  return `${head}${lines.join('\n')}\n`;
}

/** Whether labels or numbers are learned, and why, in one sentence. */
export function taskNotice(
  path: string,
  task: Task,
  { target, schema }: Pick<LoadedTable<true>, 'target' | 'schema'>,
  { loss = 'auto', task: kind = 'auto' }: Pick<CrossValidateArguments, 'loss' | 'task'>,
): string {
  return `${describe(path)}: ${explainTask(task, target, schema.format, loss, kind)}.`;
}
