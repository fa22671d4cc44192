/** A figure of a page: title, a chart or several to choose from, the legend, and its numbers as a table that opens. */
import { chartSvg, colorOf, dashOf, type Chart, type Curve, type Stroke } from './chart.js';
import { escape, htmlTable, type HtmlTable } from './html.js';

export interface Figure {
  /** Unique in the page, a word. */
  readonly id: string;
  readonly title: string;
  /** A sentence or two, plain text. */
  readonly caption?: string | undefined;
  /** SVG or other HTML. */
  readonly body: string;
  readonly legend?: string | undefined;
  readonly numbers?: HtmlTable | undefined;
}

/** One of several charts of the same curves. */
export interface View {
  readonly name: string;
  readonly chart: Omit<Chart, 'id' | 'title'>;
}

export function figureHtml({ id, title, caption, body, legend = '', numbers }: Figure): string {
  return [
    `<figure id="${id}" aria-labelledby="${id}-heading">`,
    `<figcaption><h3 id="${id}-heading">${escape(title)}</h3>${caption ? `<p>${escape(caption)}</p>` : ''}</figcaption>`,
    body,
    legend,
    numbers ? `<details><summary>Numbers</summary>${htmlTable(numbers)}</details>` : '',
    '</figure>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** The first view is shown until another is chosen, by a mouse or by the keyboard: they are radio buttons, no script is needed. */
export function viewsHtml(id: string, title: string, views: readonly View[]): string {
  const charts = views.map(({ name, chart }, v) =>
    chartSvg({ ...chart, id: `${id}-${v}`, title: views.length > 1 ? `${title}, ${name}` : title }),
  );
  if (views.length === 1) return charts[0]!;
  const buttons = views.map(
    ({ name }, v) =>
      `<input type="radio" class="v${v}" name="${id}-view" id="${id}-view-${v}"${v === 0 ? ' checked' : ''}><label for="${id}-view-${v}">${escape(name)}</label>`,
  );
  const panels = charts.map((chart, v) => `<div class="p${v}">${chart}</div>`);
  return `<div class="views">${buttons.join('')}<div class="panels">${panels.join('\n')}</div></div>`;
}

/** Nothing for a single curve, which the title names. */
export function legendHtml(curves: readonly (Stroke & Pick<Curve, 'label' | 'marks'>)[]): string {
  if (curves.length < 2) return '';
  const entries = curves.map(
    (curve, k) => `<li>${swatch(colorOf(curve, k), dashOf(curve, k), curve.marks)}${escape(curve.label)}</li>`,
  );
  return `<ul class="legend">${entries.join('')}</ul>`;
}

export function swatch(color: string, dash?: string, marks?: Curve['marks']): string {
  const mark =
    marks === 'points'
      ? `<path d="M16 5h0" stroke-linecap="round" stroke-width="6" stroke="${color}"/>`
      : `<path d="M1 5H31" stroke-width="2.2" stroke="${color}"${dash ? ` stroke-dasharray="${escape(dash)}"` : ''}/>`;
  return `<svg width="32" height="10" aria-hidden="true">${mark}</svg>`;
}
