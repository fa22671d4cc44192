/** Predictions and residuals of a model of numbers. */
import { largestPlaces } from '../core/order.js';
import { endsStride, Pace, paced } from '../core/pace.js';
import { evenly } from '../core/thin.js';
import type { Outcome } from '../metrics/evaluation.js';
import type { Bar, Curve } from './chart.js';
import { figureHtml, viewsHtml } from './figure.js';
import { numberText } from './html.js';

/** Rows drawn, evenly over all, and the worst besides. */
const MOST_POINTS = 1500;
const WORST_POINTS = 100;

const MOST_OUTPUTS = 3;
const MOST_BINS = 40;

export async function residualFigures(outcome: Outcome): Promise<string[]> {
  const { outputs: width } = outcome.task;
  const figures: string[] = [];
  const pace = new Pace();
  for (let a = 0; a < Math.min(width, MOST_OUTPUTS); a++) {
    const { truth, predicted, residuals } = await paced(columnsOf(outcome, a));
    const name = width === 1 ? '' : ` of output ${a}`;
    figures.push(predictionsOf(truth, predicted, residuals, name, a));
    if (pace.due) await pace.yield();
    figures.push(histogram(residuals, name, a));
    if (pace.due) await pace.yield();
  }
  return figures;
}

function* columnsOf({ outputs, encoded, task: { outputs: width }, loss }: Outcome, a: number) {
  const rows = outputs.length / width;
  const [truth, predicted, residuals] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
  for (let i = 0; i < rows; i++) {
    const output = outputs[i * width + a]!;
    truth[i] = encoded[i * width + a]!;
    predicted[i] = loss.prediction ? loss.prediction(output) : output;
    residuals[i] = truth[i]! - predicted[i]!;
    if (endsStride(i)) yield;
  }
  return { truth, predicted, residuals };
}

function predictionsOf(
  truth: Float64Array,
  predicted: Float64Array,
  residuals: Float64Array,
  name: string,
  a: number,
): string {
  const shown = shownRows(residuals);
  const part =
    shown.length < truth.length
      ? `${shown.length} of ${truth.length} rows, the ${WORST_POINTS} with the largest residuals among them.`
      : '';
  const points = (x: Float64Array, y: Float64Array, label: string): Curve => ({
    label,
    x: shown.map((i) => x[i]!),
    y: shown.map((i) => y[i]!),
    marks: 'points',
  });
  const low = Math.min(...shown.map((i) => Math.min(truth[i]!, predicted[i]!)));
  const high = Math.max(...shown.map((i) => Math.max(truth[i]!, predicted[i]!)));
  const by = viewsHtml(`predicted-${a}`, `Predictions${name}`, [
    {
      name: 'truth',
      chart: {
        description: `The true value by the prediction. ${part}`,
        x: { label: 'predicted' },
        y: { label: 'true' },
        curves: [points(predicted, truth, 'rows')],
        guide: [
          [low, low],
          [high, high],
        ],
      },
    },
    {
      name: 'residual',
      chart: {
        description: `The residual, true minus predicted, by the prediction. ${part}`,
        x: { label: 'predicted' },
        y: { label: 'true - predicted' },
        curves: [points(predicted, residuals, 'rows')],
        guide: [
          [low, 0],
          [high, 0],
        ],
      },
    },
  ]);
  return figureHtml({ id: `predicted-${a}`, title: `Predictions${name}`, caption: part, body: by });
}

function shownRows(residuals: Float64Array): number[] {
  const rows = residuals.length;
  if (rows <= MOST_POINTS) return evenly(rows, rows);
  const worst = largestPlaces(residuals.map(Math.abs), WORST_POINTS);
  return [...new Set([...evenly(rows, MOST_POINTS - WORST_POINTS), ...worst])];
}

function histogram(residuals: Float64Array, name: string, a: number): string {
  const title = `Residuals${name}`;
  const finite = residuals.filter(Number.isFinite);
  const bins = binsOf(finite);
  const beyond = residuals.length - finite.length;
  const chart = {
    description: `How many rows have which residual, in ${bins.length} bins of equal width.`,
    x: { label: 'true - predicted' },
    y: { label: 'rows', minimum: 0 },
    curves: [],
    bars: bins,
  };
  const rows = bins.map(({ from, to, height }) => [numberText(from), numberText(to), height]);
  return figureHtml({
    id: `residuals-${a}`,
    title,
    caption: beyond > 0 ? `Without ${beyond} rows whose residuals are beyond the range of float64.` : undefined,
    body: viewsHtml(`residuals-${a}`, title, [{ name: '', chart }]),
    numbers: { columns: ['from', 'to', 'rows'], rows },
  });
}

function binsOf(residuals: Float64Array): Bar[] {
  if (residuals.length === 0) return [];
  let [low, high] = [Infinity, -Infinity];
  for (const residual of residuals) [low, high] = [Math.min(low, residual), Math.max(high, residual)];
  const half = Math.max(1, Math.abs(low)) / 2;
  if (low === high) return [{ from: low - half, to: low + half, height: residuals.length }];
  const count = Math.min(MOST_BINS, Math.max(5, Math.ceil(2 * Math.cbrt(residuals.length)))); // Rice's rule
  // Neither high - low nor a residual less low need be finite.
  const width = high / count - low / count;
  const heights = new Array<number>(count).fill(0);
  for (const residual of residuals) {
    const k = Math.min(count - 1, Math.floor(residual / width - low / width));
    heights[k] = heights[k]! + 1;
  }
  const edge = (k: number): number => low * (1 - k / count) + high * (k / count);
  return heights.map((height, k) => ({ from: edge(k), to: edge(k + 1), height }));
}
