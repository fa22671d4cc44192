/**
 * One table in three forms: Markdown for a README, aligned text for a terminal, HTML for a page. `**x**` in a cell is the one to look at.
 */

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

/** @param {Table} table */
export function htmlTable({ title, caption, folded, columns, rows }) {
  const align = (c) => (numeric(rows, c) ? ' class="number"' : '');
  const cells = (tag, row) => row.map((cell, c) => `<${tag}${align(c)}>${formatted(cell)}</${tag}>`).join('');
  const html = [
    title ? `<h3>${escape(title)}</h3>` : '',
    caption ? `<p class="caption">${caption}</p>` : '',
    `<div class="table"><table><thead><tr>${cells('th', columns)}</tr></thead><tbody>`,
    ...rows.map((row) => `<tr>${cells('td', row)}</tr>`),
    '</tbody></table></div>',
  ].join('\n');
  return folded === undefined ? html : `<details><summary>${escape(folded)}</summary>\n${html}\n</details>`;
}

export function escape(text) {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function formatted(cell) {
  return escape(cell).replace(/\*\*(.+?)\*\*/g, '<strong>$1</strong>');
}

/** Whether a column is one of figures: each cell begins like a number, or says that there is none. */
function numeric(rows, c) {
  return rows.length > 0 && rows.every((row) => /^(\*\*)?[-+]?(\d|\.\d|–|∞|$)/.test(String(row[c])));
}
