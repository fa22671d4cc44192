/** What `predict` prints for a row: a label, or with `--probabilities` and `--top` a row of CSV. */
import type { Backend } from '../backends/backend.js';
import { harmless } from '../core/errors.js';
import type { TrainingMatrix } from '../data/index.js';
import type { Model } from '../io/model.js';
import type { Label } from '../losses/coding.js';
import type { PredictArguments } from './arguments.js';

export interface PredictionLines {
  /** Null where a line is the prediction alone. */
  readonly header: string | null;
  readonly rows: readonly (readonly Label[])[];
}

/** The cells of every row. */
export async function predictionLines(
  model: Model,
  data: TrainingMatrix,
  { probabilities, top }: Pick<PredictArguments, 'probabilities' | 'top'>,
  backend: Backend,
): Promise<PredictionLines> {
  if (top !== undefined) return topLines(model, data, top, backend);
  const predictions = await model.predict(data, backend);
  if (!probabilities) return { header: null, rows: predictions.map((label) => [label]) };
  const found = await model.probabilities(data, backend);
  const { classes = [] } = model.spec.task;
  const header = ['prediction', ...classes.map(String)].map((name) => cell(name, false)).join(',');
  const width = classes.length;
  return { header, rows: predictions.map((label, row) => [label, ...found.subarray(row * width, (row + 1) * width)]) };
}

async function topLines(model: Model, data: TrainingMatrix, k: number, backend: Backend): Promise<PredictionLines> {
  const ranked = await model.topK(data, k, backend);
  const score = model.loss.probabilities ? 'probability' : 'output';
  const count = Math.min(k, model.spec.task.classes!.length);
  const header = Array.from({ length: count }, (_, place) => `label ${place + 1},${score} ${place + 1}`).join(',');
  return {
    header,
    rows: ranked.map((labels) => labels.flatMap(({ label, output, probability }) => [label, probability ?? output])),
  };
}

/**
 * Numbers in the shortest form that reads back as the same float64; several of a row, or labels of a set, separated by commas. A line is a row, so
 * that a line end in a label is written with an escape. On a terminal every character that would steer it is escaped.
 *
 * @param quoted whether the cell stands among others, and needs quotes where it has a comma or a quote
 */
export function cell(value: Label, terminal: boolean, quoted = true): string {
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : value.join(',');
  const safe = terminal ? harmless(text) : text.replaceAll('\r', '\\r').replaceAll('\n', '\\n');
  return quoted && /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
