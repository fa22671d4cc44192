/**
 * Charts as SVG that stands in a page: no script, colors from the style of the page (light, dark and paper), a title and a description for
 * whoever does not see it.
 */
import { escape } from './html.js';
import { scaleOf, type Axis, type Scale } from './scale.js';

export interface Curve {
  readonly label: string;
  readonly x: readonly number[];
  /** As long as x; null where there is no value, which a line bridges. */
  readonly y: readonly (number | null)[];
  /** As `stroke-dasharray`; solid when absent. */
  readonly dash?: string | undefined;
  /** Which color of the page, from 0 on, and which dash. Default: colors in the order of the curves, and dashes when they come again. */
  readonly color?: number | undefined;
  readonly pattern?: number | undefined;
  /** Default 'line'. */
  readonly marks?: 'line' | 'points' | 'both' | undefined;
  /** Words by which the style of a page may hide it. */
  readonly groups?: readonly string[] | undefined;
}

/** A bar from `from` to `to` on the horizontal axis. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly height: number;
}

export interface Chart {
  /** Unique in the page, a word. */
  readonly id: string;
  readonly title: string;
  /** What is to be seen, in a sentence. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
  readonly bars?: readonly Bar[] | undefined;
  /** A thin line from one point to another, for comparison. */
  readonly guide?: readonly [readonly [number, number], readonly [number, number]] | undefined;
  /** As high as it is wide. */
  readonly square?: boolean | undefined;
}

const WIDTH = 760;
const HEIGHT = 320;
const SQUARE = 420;
const MARGIN = { left: 66, right: 18, top: 12, bottom: 46 } as const;

/** Points as large as those on a line; clouds have smaller ones. */
const FEW = 60;

/** Of a page. */
export const COLORS = 8;
const DASHES = [undefined, '7 4', '2 3', '9 3 2 3', '14 4', '4 2', '1 5', '12 3 2 3 2 3'] as const;

export type Stroke = Pick<Curve, 'dash' | 'color' | 'pattern'>;

export function colorOf({ color }: Stroke, index: number): string {
  return `var(--c${(color ?? index) % COLORS})`;
}

export function dashOf({ dash, pattern }: Stroke, index: number): string | undefined {
  return dash ?? DASHES[(pattern ?? Math.floor(index / COLORS)) % DASHES.length];
}

export function chartSvg(chart: Chart): string {
  const { id, title, description, curves, bars = [], guide } = chart;
  const [width, height] = chart.square ? [SQUARE + 40, SQUARE] : [WIDTH, HEIGHT];
  const xs = [...curves.flatMap((curve) => curve.x), ...bars.flatMap(({ from, to }) => [from, to])];
  const ys = [...curves.flatMap((curve) => curve.y.filter((y) => y !== null)), ...bars.map((bar) => bar.height)];
  const x = scaleOf(chart.x, xs, [MARGIN.left, width - MARGIN.right], chart.square ? 6 : 9);
  const y = scaleOf(chart.y, ys, [height - MARGIN.bottom, MARGIN.top], 6);
  const line =
    guide?.flat().every(Number.isFinite) && `<path class="guide" d="M${pair(x, y, guide[0])}L${pair(x, y, guide[1])}"/>`;
  const clip = `<clipPath id="${id}-clip"><rect x="${MARGIN.left - 4}" y="${MARGIN.top - 4}" width="${width - MARGIN.left - MARGIN.right + 8}" height="${height - MARGIN.top - MARGIN.bottom + 8}"/></clipPath>`;
  return [
    svgHead(id, width, height, title, description),
    clip,
    axes(chart, x, y, width, height),
    `<g clip-path="url(#${id}-clip)">`,
    line || '',
    ...bars.map((bar) => barSvg(bar, x, y)),
    ...curves.map((curve, k) => curveSvg(curve, k, chart, x, y)),
    '</g>',
    '</svg>',
  ].join('\n');
}

export function svgHead(id: string, width: number, height: number, title: string, description: string): string {
  return (
    `<svg class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" tabindex="0" ` +
    `aria-labelledby="${id}-title ${id}-description">` +
    `<title id="${id}-title">${escape(title)}</title><desc id="${id}-description">${escape(description)}</desc>`
  );
}

function axes({ x: xAxis, y: yAxis }: Chart, x: Scale, y: Scale, width: number, height: number): string {
  const bottom = height - MARGIN.bottom;
  const right = width - MARGIN.right;
  const vertical = x.ticks.map(({ value, text }) => {
    const at = short(x.place(value));
    return `<path class="grid" d="M${at} ${MARGIN.top}V${bottom}"/><text x="${at}" y="${bottom + 17}" text-anchor="middle">${text}</text>`;
  });
  const horizontal = y.ticks.map(({ value, text }) => {
    const at = short(y.place(value));
    return `<path class="grid" d="M${MARGIN.left} ${at}H${right}"/><text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${text}</text>`;
  });
  const middle = (MARGIN.top + bottom) / 2;
  return [
    '<g class="axes">',
    ...vertical,
    ...horizontal,
    `<path class="frame" d="M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}"/>`,
    `<text class="label" x="${(MARGIN.left + right) / 2}" y="${height - 8}" text-anchor="middle">${escape(xAxis.label)}</text>`,
    `<text class="label" transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escape(yAxis.label)}</text>`,
    '</g>',
  ].join('\n');
}

function barSvg({ from, to, height }: Bar, x: Scale, y: Scale): string {
  const [left, right] = [x.place(from), x.place(to)];
  const [top, base] = [y.place(height), y.place(0)];
  const width = Math.max(1, right - left - 1);
  return `<rect class="mark" x="${short(left)}" y="${short(top)}" width="${short(width)}" height="${short(base - top)}" fill="var(--c0)"/>`;
}

function curveSvg(curve: Curve, k: number, chart: Chart, x: Scale, y: Scale): string {
  const { label, marks = 'line', groups = [] } = curve;
  const places = placesOf(curve, chart, x, y);
  const color = colorOf(curve, k);
  const dash = dashOf(curve, k);
  // A line of one point would not be seen.
  const points = marks !== 'line' || places.length === 1 ? places.map(([a, b]) => `M${a} ${b}h0`).join('') : '';
  const line = marks !== 'points' && places.length > 1 ? `M${places.map(([a, b]) => `${a} ${b}`).join('L')}` : '';
  const stroke = `fill="none" stroke="${color}"`;
  return [
    `<g class="${['series', ...groups].join(' ')}"><title>${escape(label)}</title>`,
    line &&
      `<path class="mark" d="${line}" ${stroke} stroke-width="2"${dash ? ` stroke-dasharray="${escape(dash)}"` : ''}/>`,
    points &&
      `<path class="mark points" d="${points}" ${stroke} stroke-linecap="round" stroke-width="${marks === 'both' || places.length <= FEW ? 6 : 4.5}"/>`,
    '</g>',
  ].join('');
}

function placesOf({ x: xs, y: ys }: Curve, { x: xAxis, y: yAxis }: Chart, x: Scale, y: Scale): [number, number][] {
  const drawable = (value: number | null, axis: Axis): value is number =>
    value !== null && Number.isFinite(value) && (!axis.log || value > 0);
  const places: [number, number][] = [];
  xs.forEach((one, k) => {
    const other = ys[k] ?? null;
    if (drawable(one, xAxis) && drawable(other, yAxis)) places.push([short(x.place(one)), short(y.place(other))]);
  });
  return places;
}

function pair(x: Scale, y: Scale, [a, b]: readonly [number, number]): string {
  return `${short(x.place(a))} ${short(y.place(b))}`;
}

/** A tenth of a pixel; far out of the picture is as good as any place there. */
function short(place: number): number {
  return Math.round(10 * Math.min(1e5, Math.max(-1e5, place))) / 10;
}
