/**
 * A report as one HTML file that opens without a network: text, tables, and figures drawn by uPlot, which is embedded.
 *
 * Figures of one page share their legend: a line switched off in one is off in all that have a line of that label, and so is the
 * choice of the horizontal axis.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { escape, htmlTable } from './table.mjs';

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {number[] | number[][]} x increasing; one array for each view where the figure has `views`
 * @property {(number | null)[]} y as long as x; on a logarithmic axis only positive numbers are drawn
 * @property {string} color
 * @property {number[]} [dash] as of a canvas; solid when absent
 * @property {boolean} [hidden] off until the reader switches it on
 * @property {number} [width] of the line. Default 1.8
 * @property {boolean} [points] marks at the values
 * @property {{ row: string, column: string }} [legend] its place in a legend laid out as a grid; every series has one, or none
 *
 * @typedef {object} Figure
 * @property {string} title
 * @property {string} [section] heading under which figures are gathered
 * @property {string} [caption] HTML
 * @property {string} [xLabel] horizontal axis, without `views`
 * @property {string} yLabel
 * @property {boolean | 2} [logX] 2: to the base 2
 * @property {boolean} [logY]
 * @property {number} [yMin] lowest value shown
 * @property {{ label: string, xLabel: string, logX?: boolean | 2 }[]} [views] several horizontal axes to choose from
 * @property {Series[]} series
 */

const require = createRequire(import.meta.url);
const read = (file) => readFileSync(file, 'utf8');
const beside = (name) => read(new URL(name, import.meta.url));

/**
 * @param {object} content
 * @param {string} content.title
 * @param {string} content.intro HTML
 * @param {import('./table.mjs').Table[]} [content.tables] after the figures
 * @param {Figure[]} [content.figures]
 * @param {string} [content.closing] HTML, after the tables
 * @returns {string} the page
 */
export function page({ title, intro, tables = [], figures = [], closing = '' }) {
  const folder = require.resolve('uplot').replace(/[^/\\]+$/, '');
  let section;
  const places = figures.map((figure, f) => {
    const heading = figure.section !== undefined && figure.section !== section ? `<h2>${escape(figure.section)}</h2>` : '';
    section = figure.section ?? section;
    return `${heading}<section class="figure" id="figure-${f}"></section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${read(`${folder}uPlot.min.css`)}
${beside('page.css')}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
<div class="intro">${intro}</div>
${places.join('\n')}
${tables.map(htmlTable).join('\n')}
${closing}
</main>
<script>${read(`${folder}uPlot.iife.min.js`)}</script>
<script>const figures = ${inScript(figures)};
${beside('axes.js')}${beside('figures.js')}</script>
</body>
</html>
`;
}

/** JSON that can stand in a script element; numbers keep seven digits, which no screen can tell from more. */
function inScript(value) {
  const shorter = (_, entry) =>
    typeof entry === 'number' && !Number.isInteger(entry) ? Number(entry.toPrecision(7)) : entry;
  return JSON.stringify(value, shorter).replaceAll('<', '\\u003c');
}
