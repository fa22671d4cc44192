/**
 * A bench as one HTML file that opens without a network: text, tables, and the figures of `lib/report`, which the pages about models have too.
 *
 * Series with a `legend` are switched on and off for the whole page, by row and by column of a grid: the boxes on top are the legend.
 */
import { thinned } from '../../dist/core/thin.js';
import { colorOf } from '../../dist/report/chart.js';
import { figureHtml, legendHtml, swatch, viewsHtml } from '../../dist/report/figure.js';
import { escape, htmlTable as tableHtml } from '../../dist/report/html.js';
import { pageHtml } from '../../dist/report/page.js';

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {number[] | number[][]} x increasing; one array for each view where the figure has `views`
 * @property {(number | null)[]} y as long as x; on a logarithmic axis only positive numbers are drawn
 * @property {number} [color] which color of the page, from 0. Default: in the order of the series
 * @property {string} [dash] as `stroke-dasharray`; '' is solid. Default: solid, and dashes when colors come again
 * @property {boolean} [points] marks at the values
 * @property {{ row: string, column: string }} [legend] every series of a figure has one, or none
 *
 * @typedef {object} Figure
 * @property {string} title
 * @property {string} section heading under which figures are gathered
 * @property {string} [caption]
 * @property {string} yLabel
 * @property {boolean} [logY]
 * @property {number} [yMin] lowest value shown
 * @property {{ label: string, xLabel: string, logX?: boolean }[]} views horizontal axes to choose from, at most 3
 * @property {Series[]} series
 */

/** Points of a curve, and of all curves of a view together. */
const MOST_POINTS = 400;
const MOST_POINTS_IN_ALL = 8000;

/** Curves whose ends are told to whoever does not see them. */
const MOST_TOLD = 12;

const RULES = `.filters{position:sticky;top:0;z-index:1;background:var(--wash);padding:4px 0 8px;border-bottom:1px solid var(--line);margin-bottom:14px}
.filters fieldset{border:0;margin:0;padding:4px 0;display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13.5px}
.filters legend{float:left;color:var(--soft);margin-right:14px}
.filters label{display:flex;align-items:center;gap:6px;cursor:pointer}
.filters label:has(input:not(:checked)){color:var(--soft)}
.holds{color:var(--c2);font-weight:600}.partly{color:var(--c4);font-weight:600}.fails{color:var(--c6);font-weight:600}
details ul{margin:4px 0;font-size:13.5px}
details+h3{margin-top:18px}
.table td:not(:first-child){white-space:nowrap}
@media print{.filters{position:static}.filters label:has(input:not(:checked)),.filters input{display:none}}`;

/**
 * @param {object} content
 * @param {string} content.title
 * @param {string} content.lead plain text
 * @param {string} content.intro HTML
 * @param {import('./table.mjs').Table[]} [content.tables] after the figures
 * @param {Figure[]} [content.figures]
 * @param {{ rows: string[], columns: string[] }} [content.shown] of the grid of legends, when the page opens. Default: all
 * @returns {string} the page
 */
export function page({ title, lead, intro, tables = [], figures = [], shown }) {
  const legends = figures.flatMap(({ series }) => series.flatMap(({ legend }) => legend ?? []));
  const grid = {
    rows: [...new Set(legends.map(({ row }) => row))],
    columns: [...new Set(legends.map(({ column }) => column))],
  };
  const drawn = figures.map((figure, f) => ({ section: figure.section, html: figureOf(figure, `figure-${f}`, grid) }));
  const gathered = [...new Set(drawn.map(({ section }) => section))];
  const filters = legends.length > 0 ? filtersHtml(grid, shown ?? grid, figures) : '';
  return pageHtml({
    title,
    lead,
    style: RULES + hiding(grid),
    sections: [
      { id: 'about', title: 'What was found', parts: [intro] },
      ...gathered.map((section, s) => ({
        id: `section-${s}`,
        title: section,
        parts: [
          ...(s === 0 && filters ? [filters] : []),
          ...drawn.filter((one) => one.section === section).map(({ html }) => html),
        ],
      })),
      { id: 'tables', title: 'Tables', parts: tables.map(htmlTable) },
    ],
  });
}

function figureOf({ title, caption, yLabel, logY, yMin, views, series }, id, grid) {
  const most = Math.min(MOST_POINTS, Math.max(20, Math.floor(MOST_POINTS_IN_ALL / series.length)));
  const curvesOf = (v) =>
    series.map(({ label, x, y, color, dash, points, legend }) => {
      const kept = thinned(y.length, most);
      return {
        label,
        x: kept.map((k) => x[v][k]),
        y: kept.map((k) => y[k]),
        color,
        dash,
        marks: points ? 'both' : 'line',
        ...(legend && { groups: [`row-${grid.rows.indexOf(legend.row)}`, `column-${grid.columns.indexOf(legend.column)}`] }),
      };
    });
  const ends = series.slice(0, MOST_TOLD).map(({ label, y }) => `${label} ${shortened(y.at(-1))} at the end`);
  const told = `${series.length} curves${series.length > MOST_TOLD ? `, the first ${MOST_TOLD} of them` : ''}: ${ends.join('; ')}.`;
  const charts = views.map(({ label, xLabel, logX }, v) => ({
    name: label,
    chart: {
      description: `${yLabel} by ${xLabel}, ${told}`,
      x: { label: xLabel, log: logX },
      y: { label: yLabel, log: logY, minimum: least(series, logY, yMin) },
      curves: curvesOf(v),
    },
  }));
  const legend = series.some((one) => one.legend) ? undefined : legendHtml(curvesOf(0));
  return figureHtml({ id, title, caption, body: viewsHtml(id, title, charts), legend });
}

/** `yMin` where something lies below it. */
function least(series, logY, yMin) {
  const lower = (y) => y !== null && y < yMin && (!logY || y > 0);
  return yMin !== undefined && series.some(({ y }) => y.some(lower)) ? yMin : undefined;
}

const shortened = (value) => (value === null || value === undefined ? '–' : String(Number(value.toPrecision(3))));

/** One box for each row and column of the grid; rows have a color, columns a dash. */
function filtersHtml({ rows, columns }, shown, figures) {
  const series = figures.flatMap((figure) => figure.series).filter(({ legend }) => legend);
  const box = (kind, name, k, on, sample) =>
    `<label><input type="checkbox" id="${kind}-${k}-box"${on ? ' checked' : ''}>${sample}${escape(name)}</label>`;
  const ofRow = (row) => series.find(({ legend }) => legend.row === row);
  const ofColumn = (column) => series.find(({ legend }) => legend.column === column);
  return [
    '<div class="filters">',
    '<fieldset><legend>direction</legend>',
    ...rows.map((name, k) => box('row', name, k, shown.rows.includes(name), swatch(colorOf(ofRow(name), k)))),
    '</fieldset><fieldset><legend>step rule</legend>',
    ...columns.map((name, k) =>
      box('column', name, k, shown.columns.includes(name), swatch('var(--ink)', ofColumn(name).dash)),
    ),
    '</fieldset></div>',
  ].join('');
}

function hiding({ rows, columns }) {
  const rule = (kind) => (_, k) => `main:has(#${kind}-${k}-box:not(:checked)) .${kind}-${k}{display:none}`;
  return [...rows.map(rule('row')), ...columns.map(rule('column'))].join('\n');
}

/** A table of table.mjs; `**x**` in a cell is strong. @param {import('./table.mjs').Table} table */
export function htmlTable({ title, caption, folded, columns, rows }) {
  const cell = (value) => {
    const strong = /^\*\*(.+)\*\*$/.exec(String(value));
    return strong ? { strong: strong[1] } : value;
  };
  const html = [
    title ? `<h3>${escape(title)}</h3>` : '',
    caption ? `<p class="lead">${escape(caption)}</p>` : '',
    tableHtml({ columns, rows: rows.map((row) => row.map(cell)) }),
  ].join('\n');
  return folded === undefined ? html : `<details><summary>${escape(folded)}</summary>\n${html}\n</details>`;
}
