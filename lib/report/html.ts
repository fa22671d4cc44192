/** Text that becomes part of a page. What comes from data (labels, names, paths) goes through `escape`, and through nothing else. */
import { harmless } from '../core/errors.js';

/** `text` as HTML or an attribute in quotes: no character of it is markup, and none steers how the others are shown. */
export function escape(text: unknown): string {
  return harmless(String(text))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** At most so many characters, the end cut off. */
export function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** A number for people: about four digits. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (Number.isInteger(value) && size < 1e9) return String(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2).replace('e+', 'e');
}

/** The one to look at in a column is strong. */
export type Cell = string | number | { readonly strong: string };

export interface HtmlTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export function cellText(cell: Cell): string {
  if (typeof cell === 'object') return cell.strong;
  return typeof cell === 'number' ? numberText(cell) : cell;
}

/** Numbers and what looks like them to the right. */
export function htmlTable({ columns, rows }: HtmlTable): string {
  const numeric = columns.map(
    (_, c) =>
      rows.length > 0 && rows.every((row) => /^([-+]?(\d[\d.]*(e-?\d+)?|–|∞)|undefined)?$/.test(cellText(row[c] ?? ''))),
  );
  const cell = (tag: string, extra: string, c: number, value: Cell): string => {
    const text = escape(cellText(value));
    return `<${tag}${extra}${numeric[c] ? ' class="number"' : ''}>${typeof value === 'object' ? `<strong>${text}</strong>` : text}</${tag}>`;
  };
  const head = columns.map((name, c) => cell('th', ' scope="col"', c, name)).join('');
  const body = rows.map((row) => `<tr>${row.map((value, c) => cell('td', '', c, value)).join('')}</tr>`).join('\n');
  return `<div class="table" tabindex="0" role="region" aria-label="table"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** Names on the left, what is said of them on the right. */
export function pairsTable(pairs: readonly (readonly [string, string])[]): string {
  const rows = pairs.map(([name, text]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(text)}</td></tr>`);
  return `<div class="table pairs"><table><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}
