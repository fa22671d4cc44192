/** The summary of a table as rows of text, for a terminal or a page. */
import { harmless } from '../core/errors.js';
import { isoDate } from './date-cell.js';
import type { ColumnSummary } from './table.js';

const LONGEST_NAME = 32;

export const SUMMARY_HEAD = ['column', 'kind', 'levels', 'missing', 'values'] as const;

/** Name, kind, categories, missing cells, range or most frequent. */
export function summaryCells(column: ColumnSummary, rows: number): string[] {
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
