/** What was read, column by column: before a training on standard error, and as the answer of `describe`. */
import { describe, harmless } from '../core/errors.js';
import { isoDate, isSparse, type ColumnSummary, type TableReading, type TrainingMatrix } from '../data/index.js';

/** More columns are shown by their first and last. */
const MOST_COLUMNS = 20;
const LONGEST_NAME = 32;

/** A line for the table, then one for every column: name, kind, categories, missing cells, range or most frequent. */
export function summaryText(
  path: string,
  table: Pick<TableReading, 'summary'> & { readonly data: TrainingMatrix },
  most = MOST_COLUMNS,
): string {
  const { rows, columns } = table.data;
  const kept = isSparse(table.data) ? ' (sparse)' : '';
  const head = `${describe(path)}: ${rows} rows, ${columns} ${columns === 1 ? 'column' : 'columns'} of X${kept}\n`;
  const { summary = [] } = table;
  if (summary.length === 0) return head;
  const shown = summary.length <= most ? summary : [...summary.slice(0, most - 1), ...summary.slice(-1)];
  const cells = [['column', 'kind', 'levels', 'missing', 'values'], ...shown.map((column) => cellsOf(column, rows))];
  const widths = cells[0]!.map((_, k) => Math.max(...cells.map((line) => line[k]!.length)));
  const lines = cells.map((line) => `  ${line.map((cell, k) => cell.padEnd(widths[k]!)).join('  ')}`.trimEnd());
  if (shown.length < summary.length) lines.splice(-1, 0, `  ... ${summary.length - shown.length} more ...`);
  return `${head}${lines.join('\n')}\n`;
}

function cellsOf(column: ColumnSummary, rows: number): string[] {
  const { name, role, kind, missing, levels } = column;
  const what =
    kind === null ? 'ignored' : role === 'target' ? `target, ${kind === 'categorical' ? 'labels' : 'numbers'}` : kind;
  return [
    shortened(name),
    what,
    levels ? String(levels.count) : '',
    missing > 0 ? `${missing} (${percent(missing, rows)})` : '',
    valuesOf(column),
  ];
}

function valuesOf({ kind, range, levels }: ColumnSummary): string {
  if (levels) {
    const named = levels.common.map(([text, count]) => `${shortened(text)} ${count}`);
    return levels.count > levels.common.length ? `${named.join(', ')}, ...` : named.join(', ');
  }
  if (!range) return '';
  const { minimum, maximum, mean } = range;
  if (kind === 'date') return `${isoDate(minimum)} to ${isoDate(maximum)}`;
  if (kind === 'boolean') return `yes in ${percent(mean, 1)}`;
  return `${short(minimum)} to ${short(maximum)}, mean ${short(mean)}`;
}

function shortened(text: string): string {
  const plain = harmless(text.slice(0, LONGEST_NAME + 1));
  return text.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME - 3)}...` : plain;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
