/** What was found in every column of a training table, for people: so that a misreading is seen before anything is trained. */
import { endsStride, type Steps } from '../core/pace.js';
import type { ColumnLayout } from './column-layout.js';
import type { ColumnMeasures } from './column-measures.js';
import type { TableColumn } from './table-column.js';
import type { ColumnSummary, RawTarget } from './table.js';

/** The most frequent categories that are named. */
const COMMON = 5;
/** As many different numbers of a target are named one by one. */
const FEW_NUMBERS = 20;

/** More columns nobody looks at: then the first are told of, and the target. */
const MOST_COLUMNS = 10_000;

/** In the order of the table. */
export function* summarySteps(
  layout: ColumnLayout,
  columns: readonly TableColumn[],
  measures: ColumnMeasures,
  target: RawTarget | null,
): Steps<ColumnSummary[]> {
  const names = layout.names.slice(0, MOST_COLUMNS);
  const summary: ColumnSummary[] = new Array<ColumnSummary>(names.length);
  for (const [k, { column, at }] of layout.features.entries()) {
    if (at >= names.length) break;
    const { kind, name } = column;
    const { missing, found } = columns[k]!;
    const levels = kind === 'categorical' ? levelsOf(found.texts, found.rows) : null;
    const what = levels ? { levels } : kind === 'text' ? {} : rangeOf(measures, k);
    summary[at] = { name, role: 'feature', kind, missing, ...what };
    if (endsStride(k)) yield;
  }
  if (layout.target !== null && target !== null) {
    const { at, column } = layout.target;
    const range = target.kind === 'numbers' ? rangeOf(measures, layout.features.length) : {};
    const { missing } = columns[layout.features.length]!;
    summary[Math.min(at, names.length)] = { ...(yield* targetSteps(column.name, target)), missing, ...range };
  }
  names.forEach((name, at) => (summary[at] ??= { name, role: 'ignored', kind: null, missing: 0 }));
  return summary;
}

/** Its labels, or its numbers when they are few. */
export function* targetSteps(name: string, target: RawTarget): Steps<ColumnSummary> {
  const isText = target.kind !== 'numbers';
  const levels = target.kind === 'label-sets' ? null : yield* countSteps(target.values, isText);
  const kind = isText ? 'categorical' : 'numeric';
  return { name, role: 'target', kind, missing: 0, ...(levels ? { levels } : {}) };
}

function rangeOf({ count, minimum, maximum, mean }: ColumnMeasures, k: number): Pick<ColumnSummary, 'range'> {
  return count[k] === 0 ? {} : { range: { minimum: minimum[k]!, maximum: maximum[k]!, mean: mean[k]! } };
}

function* countSteps(values: ArrayLike<string | number>, isText: boolean): Steps<ColumnSummary['levels'] | null> {
  const counts = new Map<string, number>();
  for (let row = 0; row < values.length; row++) {
    const label = String(values[row]);
    counts.set(label, (counts.get(label) ?? 0) + 1);
    if (!isText && counts.size > FEW_NUMBERS) return null;
    if (endsStride(row)) yield;
  }
  return levelsOf([...counts.keys()], [...counts.values()]);
}

function levelsOf(texts: readonly string[], rows: readonly number[]): NonNullable<ColumnSummary['levels']> {
  let common: [string, number][] = [];
  for (const [code, text] of texts.entries()) {
    const last = common.at(-1);
    if (common.length === COMMON && last![1] >= rows[code]!) continue;
    common.push([text, rows[code]!]);
    // Equal ones stay in the order in which they were found.
    common = common.sort(([, a], [, b]) => b - a).slice(0, COMMON);
  }
  return { count: texts.length, common };
}
