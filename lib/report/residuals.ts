/** Predictions and residuals of a model of numbers. */
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

export function residualFigures(outcome: Outcome): string[] {
  const { outputs, encoded, task, loss } = outcome;
  const width = task.outputs;
  const figures: string[] = [];
  for (let a = 0; a < Math.min(width, MOST_OUTPUTS); a++) {
    const rows = outputs.length / width;
    const predicted = Float64Array.from({ length: rows }, (_, i) => {
      const output = outputs[i * width + a]!;
      return loss.prediction ? loss.prediction(output) : output;
    });
    const truth = Float64Array.from({ length: rows }, (_, i) => encoded[i * width + a]!);
    const name = width === 1 ? '' : ` of output ${a}`;
    figures.push(...figuresOf(truth, predicted, name, a));
  }
  return figures;
}

function figuresOf(truth: Float64Array, predicted: Float64Array, name: string, a: number): string[] {
  const residuals = truth.map((y, i) => y - predicted[i]!);
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
  return [
    figureHtml({ id: `predicted-${a}`, title: `Predictions${name}`, caption: part, body: by }),
    histogram(residuals, name, a),
  ];
}

function shownRows(residuals: Float64Array): number[] {
  const rows = residuals.length;
  if (rows <= MOST_POINTS) return evenly(rows, rows);
  const worst = Uint32Array.from(residuals, (_, i) => i)
    .sort((i, j) => Math.abs(residuals[j]!) - Math.abs(residuals[i]!))
    .subarray(0, WORST_POINTS);
  return [...new Set([...evenly(rows, MOST_POINTS - WORST_POINTS), ...worst])];
}

function histogram(residuals: Float64Array, name: string, a: number): string {
  const title = `Residuals${name}`;
  const bins = binsOf(residuals);
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
    body: viewsHtml(`residuals-${a}`, title, [{ name: '', chart }]),
    numbers: { columns: ['from', 'to', 'rows'], rows },
  });
}

function binsOf(residuals: Float64Array): Bar[] {
  let [low, high] = [Infinity, -Infinity];
  for (const residual of residuals) [low, high] = [Math.min(low, residual), Math.max(high, residual)];
  if (low === high) return [{ from: low - 0.5, to: low + 0.5, height: residuals.length }];
  const count = Math.min(MOST_BINS, Math.max(5, Math.ceil(2 * Math.cbrt(residuals.length)))); // Rice's rule
  const width = (high - low) / count;
  const heights = new Array<number>(count).fill(0);
  for (const residual of residuals) {
    const k = Math.min(count - 1, Math.floor((residual - low) / width));
    heights[k] = heights[k]! + 1;
  }
  return heights.map((height, k) => ({ from: low + k * width, to: low + (k + 1) * width, height }));
}
