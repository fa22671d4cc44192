/** What a model has learned: coefficients by size with names, or the weights of the first layer as pictures. */
import { biasBlock, blockOf, weightBlock } from '../core/parameters.js';
import { coefficientsOf, type Coefficients } from '../estimators/coefficients.js';
import type { Model } from '../io/model.js';
import { svgHead } from './chart.js';
import { figureHtml } from './figure.js';
import { escape, htmlTable, numberText, shortened, type HtmlTable } from './html.js';
import { pictureUri } from './png.js';
import type { ImageShape } from './worst.js';

const MOST_BARS = 30;
const MOST_OUTPUTS = 30;
const MOST_PER_OUTPUT = 8;
const MOST_PICTURES = 64;

/** @param spreads standard deviation of every column of X, where it is known */
export function weightFigures(model: Model, shape: ImageShape | null, spreads: Float64Array | null): string[] {
  if (shape) return [picturesFigure(model, shape)];
  if (model.spec.architecture.steps.length > 0) return [];
  return [coefficientsFigure(coefficientsOf(model, model.columnNames ?? undefined), spreads)];
}

function coefficientsFigure(coefficients: Coefficients, spreads: Float64Array | null): string {
  const { weights, outputs } = coefficients;
  const by = spreads
    ? 'By size times the standard deviation of the column in the rows judged: what a usual change of the column does to the output.'
    : 'By size, which depends on the units of the columns.';
  const title = 'Coefficients';
  if (weights.length > 1)
    return figureHtml({ id: 'coefficients', title, caption: by, body: htmlTable(largestOf(coefficients, spreads)) });
  const effects = effectsOf(weights[0]!, spreads);
  const order = largest(effects, MOST_BARS);
  const of = order.length < effects.length ? `the ${order.length} largest of ${effects.length}` : `all ${effects.length}`;
  const names = order.map((j) => shortened(coefficients.features[j]!, 44));
  const numbers = {
    columns: ['column', 'weight', ...(spreads ? ['weight x standard deviation'] : [])],
    rows: [
      ...order.map((j) => [
        coefficients.features[j]!,
        ...[weights[0]![j]!, ...(spreads ? [effects[j]!] : [])].map(numberText),
      ]),
      ['intercept', numberText(coefficients.intercepts[0]), ...(spreads ? [''] : [])],
    ],
  };
  const body = barsSvg(
    names,
    order.map((j) => effects[j]!),
    `Coefficients of the output for ${outputs[0]}, ${of}.`,
  );
  return figureHtml({
    id: 'coefficients',
    title,
    caption: `${by} Of the output for ${shortened(outputs[0]!, 30)}, ${of}.`,
    body,
    numbers,
  });
}

function effectsOf(weights: Float64Array, spreads: Float64Array | null): Float64Array {
  return spreads ? weights.map((weight, j) => weight * spreads[j]!) : weights;
}

function largest(effects: Float64Array, most: number): number[] {
  const order = Uint32Array.from(effects, (_, j) => j).sort(
    (a, b) => Math.abs(effects[b]!) - Math.abs(effects[a]!) || a - b,
  );
  return [...order.subarray(0, most)];
}

/** A line for every output, its largest columns in order. */
function largestOf({ features, outputs, weights, intercepts }: Coefficients, spreads: Float64Array | null): HtmlTable {
  const rows = outputs.slice(0, MOST_OUTPUTS).map((output, a) => {
    const effects = effectsOf(weights[a]!, spreads);
    const named = largest(effects, MOST_PER_OUTPUT).map((j) => `${shortened(features[j]!, 24)} ${numberText(effects[j])}`);
    return [shortened(output, 40), named.join(', '), numberText(intercepts[a])];
  });
  return { columns: ['output', spreads ? 'largest weight x standard deviation' : 'largest weights', 'intercept'], rows };
}

function barsSvg(names: readonly string[], effects: readonly number[], description: string): string {
  const values = effects.map((value) => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value)));
  const left = 20 + 7 * Math.min(44, Math.max(...names.map((name) => name.length)));
  const [room, line] = [380, 20];
  const [width, height] = [left + room + 90, line * names.length + 12];
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  // Halves: a difference of two numbers near the end of float64 is beyond it.
  const half = high / 2 - low / 2 || 1;
  const at = (value: number): number => Math.round(10 * (left + room * ((value / 2 - low / 2) / half))) / 10;
  const zero = at(0);
  const bars = values.map((value, k) => {
    const y = 6 + line * k;
    const [from, to] = [Math.min(zero, at(value)), Math.max(zero, at(value))];
    return (
      `<text x="${left - 10}" y="${y + 14}" text-anchor="end">${escape(names[k])}</text>` +
      `<rect class="mark" x="${from}" y="${y + 3}" width="${Math.max(1, to - from)}" height="${line - 6}" fill="var(--c${value < 0 ? 1 : 0})"/>` +
      `<text x="${left + room + 10}" y="${y + 14}">${numberText(effects[k])}</text>`
    );
  });
  const axis = `<path class="frame" d="M${zero} 4V${height - 4}"/>`;
  return [svgHead('coefficients-0', width, height, 'Coefficients', description), ...bars, axis, '</svg>'].join('\n');
}

/** The units with the longest weights; of a linear model every output. */
function picturesFigure(model: Model, [height, width]: ImageShape): string {
  const { layout, spec } = model;
  const { parameters, architecture, task } = spec;
  const block = weightBlock(layout, 0);
  const flat = blockOf(parameters, block);
  const bias = blockOf(parameters, biasBlock(layout, 0));
  const units = Array.from({ length: block.columns }, (_, a) =>
    Float64Array.from({ length: block.rows }, (__, j) => flat[j * block.columns + a]!),
  );
  const linear = architecture.steps.length === 0;
  // To the weights of softmax a constant may be added class by class: their mean says nothing.
  if (linear && task.coding === 'classes') center(units);
  const norms = Float64Array.from(units, (unit) => Math.sqrt(unit.reduce((sum, weight) => sum + weight * weight, 0)));
  const shown = linear ? [...units.keys()].slice(0, MOST_PICTURES) : largest(norms, MOST_PICTURES);
  const pictures = shown.map((a) => {
    const name = linear ? outputName(model, a) : `unit ${a}`;
    const uri = pictureUri(units[a]!, height, width, scaleOf(units[a]!), true);
    const alt = `weights of ${name}, norm ${numberText(norms[a])}, bias ${numberText(bias[a])}`;
    return `<li><img class="mark" src="${uri}" width="80" alt="${escape(alt)}"><span>${escape(shortened(name, 16))}</span></li>`;
  });
  const some = shown.length < units.length ? `The ${shown.length} of ${units.length} units with the longest weights. ` : '';
  const caption = `${some}Blue adds to the output where the pixel is bright, red takes away; each picture has its own scale.`;
  return figureHtml({
    id: 'weights',
    title: linear ? 'Weights of the outputs' : 'Weights of the first layer',
    caption,
    body: `<ul class="pictures">${pictures.join('')}</ul>`,
  });
}

function center(units: readonly Float64Array[]): void {
  const length = units[0]!.length;
  for (let j = 0; j < length; j++) {
    const mean = units.reduce((sum, unit) => sum + unit[j]! / units.length, 0);
    for (const unit of units) unit[j] = unit[j]! - mean;
  }
}

/** So that few pixels with huge weights, such as those that are nearly always dark, do not turn all others gray. */
function scaleOf(unit: Float64Array): number {
  const sizes = unit.map(Math.abs).sort();
  return sizes[Math.floor(0.99 * (sizes.length - 1))] || sizes.at(-1)!;
}

function outputName({ spec: { task } }: Model, a: number): string {
  if (task.coding === 'two-classes') return String(task.classes![1]);
  return task.classes ? String(task.classes[a]) : `output ${a}`;
}
