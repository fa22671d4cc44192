/** What `evaluate` prints beyond loss and accuracy: metrics by name, the confusion matrix, every class. */
import { harmless } from '../core/errors.js';
import type { Evaluation } from '../metrics/evaluation.js';

/** More classes than this are not printed as a table; `--json` has them. */
const MOST_IN_A_TABLE = 30;
const LONGEST_LABEL = 20;

/** JSON has no NaN: r2 of a constant target is null. */
export function metricsObject(metrics: Evaluation['metrics']): object {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]));
}

export function evaluationObject({ metrics, confusion, classes }: Evaluation): object {
  return { metrics: metricsObject(metrics), ...(confusion ? { confusion, classes } : {}) };
}

export function evaluationText({ metrics, confusion, classes = [] }: Evaluation): string {
  const lines = table([['metric', 'value'], ...Object.entries(metrics).map(([name, value]) => [name, shown(value)])]);
  if (!confusion || confusion.labels.length > MOST_IN_A_TABLE) return `\n${lines}`;
  const labels = confusion.labels.map((label) => short(String(label)));
  const counts = confusion.counts.map((row, a) => [labels[a]!, ...row.map(String)]);
  const report = classes.map(({ precision, recall, f1, support }, a) => [
    labels[a]!,
    ...[precision, recall, f1].map(shown),
    String(support),
  ]);
  return (
    `\n${lines}\nconfusion: a row for the true class, a column for the predicted one\n${table([['', ...labels], ...counts])}` +
    `\n${table([['class', 'precision', 'recall', 'f1', 'rows'], ...report])}`
  );
}

export function shown(value: number): string {
  return Number.isFinite(value) ? value.toPrecision(5) : 'undefined';
}

/** Aligned columns: the first to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

function short(label: string): string {
  const text = harmless(label);
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 3)}...` : text;
}
