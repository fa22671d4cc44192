/**
 * One table as Markdown for a README or as aligned text for a terminal (page.mjs has HTML). `**x**` in a cell is the one to look at.
 */
import { escape } from '../../dist/report/html.js';

/**
 * @typedef {{ title?: string, caption?: string, folded?: string, columns: string[], rows: (string | number)[][] }} Table
 *
 * A `folded` table is shown on a page, and in Markdown that knows HTML, when the reader opens the line of that text.
 */

/** @param {Table} table */
export function markdownTable({ folded, columns, rows }) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map((_, c) => (c === 0 || !numeric(rows, c) ? '---' : '---:'));
  const text = [line(columns), line(rule), ...rows.map(line)].join('\n');
  return folded === undefined ? text : `<details><summary>${escape(folded)}</summary>\n\n${text}\n\n</details>`;
}

/** @param {Table} table */
export function textTable({ columns, rows }) {
  const cells = [columns, ...rows].map((row) => row.map((cell) => String(cell).replaceAll('**', '')));
  const widths = columns.map((_, c) => Math.max(...cells.map((row) => row[c].length)));
  const pad = (text, c) => (numeric(rows, c) ? text.padStart(widths[c]) : text.padEnd(widths[c]));
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** Whether a column is one of figures: each cell begins like a number, or says that there is none. */
function numeric(rows, c) {
  return rows.length > 0 && rows.every((row) => /^(\*\*)?[-+]?(\d|\.\d|–|∞|$)/.test(String(row[c])));
}
