/** The rows that a model fits worst, by the loss of a row. */
import { largestPlaces } from '../core/order.js';
import { endsStride, paced, type Steps } from '../core/pace.js';
import { decodeSteps, decodeTarget, isSparse, takeRows, filledIn, type MatrixData } from '../data/index.js';
import type { Label } from '../losses/coding.js';
import { probabilitySteps } from '../losses/probabilities.js';
import type { Outcome } from '../metrics/evaluation.js';
import { figureHtml } from './figure.js';
import { escape, htmlTable, numberText, shortened } from './html.js';
import { pictureUri } from './png.js';

const MOST_ROWS = 20;

/** Height and width of a row of pixels. */
export type ImageShape = readonly [number, number];

export async function worstRows(outcome: Outcome, data: MatrixData, shape: ImageShape | null): Promise<string> {
  const losses = await paced(lossSteps(outcome));
  const count = losses.length;
  const rows = Uint32Array.from(largestPlaces(losses, MOST_ROWS));
  const own = await ofRows(outcome, rows);
  const lines = Array.from(rows, (row, k) => [
    String(row),
    labelText(own.truth[k]!),
    labelText(own.predicted[k]!),
    ...(own.probabilities ? [numberText(own.probabilities[k])] : []),
    numberText(losses[row]),
  ]);
  const columns = [
    'row, from 0',
    'true',
    'predicted',
    ...(own.probabilities ? ['probability of the true class'] : []),
    'loss',
  ];
  const table = htmlTable({ columns, rows: lines });
  const caption = `The ${rows.length} rows of ${count} with the largest loss.`;
  const pictures = shape ? picturesOf(data, rows, shape, lines) : '';
  return figureHtml({ id: 'worst', title: 'Worst rows', caption, body: pictures + table });
}

function* lossSteps({ outputs, encoded, task, loss }: Outcome): Steps<Float64Array> {
  const width = task.outputs;
  const targetWidth = loss.targetWidth(width);
  const losses = new Float64Array(outputs.length / width);
  for (let i = 0; i < losses.length; i++) {
    losses[i] = loss.row(outputs, i * width, width, encoded, i * targetWidth, null, null);
    if (endsStride(i)) yield;
  }
  return losses;
}

/** Truth, prediction and the probability of the truth (where there is one) of some rows. */
async function ofRows({ outputs, encoded, task, loss }: Outcome, rows: Uint32Array) {
  const take = (values: Float64Array, width: number): Float64Array => {
    const taken = new Float64Array(rows.length * width);
    rows.forEach((row, k) => taken.set(values.subarray(row * width, (row + 1) * width), k * width));
    return taken;
  };
  const own = take(outputs, task.outputs);
  const truth = decodeTarget(take(encoded, loss.targetWidth(task.outputs)), task, loss);
  const predicted = await paced(decodeSteps(own, task.outputs, task, loss));
  if (!loss.probabilities || task.coding === 'numbers' || task.coding === 'label-sets')
    return { truth, predicted, probabilities: null };
  const all = await paced(probabilitySteps(own, task, loss));
  const indices = new Map<unknown, number>(task.classes!.map((label, a) => [label, a]));
  return { truth, predicted, probabilities: truth.map((label, k) => all[k * task.classes!.length + indices.get(label)!]!) };
}

function labelText(label: Label): string {
  if (typeof label === 'number') return numberText(label);
  return shortened(
    typeof label === 'string' ? label : label.map((one) => (typeof one === 'number' ? numberText(one) : one)).join(', '),
    60,
  );
}

function picturesOf(
  data: MatrixData,
  rows: Uint32Array,
  [height, width]: ImageShape,
  lines: readonly (readonly string[])[],
): string {
  const taken = takeRows(data, rows);
  const { values } = isSparse(taken) ? filledIn(taken) : taken;
  const pixels = height * width;
  const pictures = Array.from(rows, (row, k) => {
    const own = Array.from(values.slice(k * pixels, (k + 1) * pixels));
    const uri = pictureUri(own, height, width, Math.max(...own, 0), false);
    const [, truth, predicted] = lines[k]!;
    const says = `${truth}, not ${predicted}`;
    const text = truth === predicted ? truth! : says;
    return `<li><img class="mark" src="${uri}" width="64" alt="${escape(`row ${row}: ${text}`)}"><span>${escape(text)}</span></li>`;
  });
  return `<ul class="pictures">${pictures.join('')}</ul>`;
}
