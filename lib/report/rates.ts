/** ROC and calibration of a classifier, from the functions that the metrics are computed with. */
import { endsStride, paced, type Steps } from '../core/pace.js';
import { evenly } from '../core/thin.js';
import { decodeSteps, decodeTargetSteps } from '../data/index.js';
import type { ClassLabel } from '../losses/coding.js';
import { probabilitySteps } from '../losses/probabilities.js';
import { calibrationSteps, type CalibrationBin } from '../metrics/calibration-error.js';
import { confidenceSteps } from '../metrics/confidence.js';
import type { Outcome } from '../metrics/evaluation.js';
import { areaUnderRoc } from '../metrics/roc.js';
import { thresholdsSteps, type Thresholds } from '../metrics/thresholds.js';
import type { Curve } from './chart.js';
import { figureHtml, legendHtml, viewsHtml } from './figure.js';
import { numberText, shortened } from './html.js';

/** Classes with a curve of their own. */
const MOST_CURVES = 8;

/** Points of a curve. */
const MOST_POINTS = 250;

const DIAGONAL = [
  [0, 0],
  [1, 1],
] as const;

interface Roc extends Curve {
  readonly area: number;
}

/** Nothing where some class has no rows. */
export async function rateFigures(outcome: Outcome, auc: number | undefined): Promise<string[]> {
  const { task, loss, outputs, encoded } = outcome;
  const truth = (await paced(decodeTargetSteps(encoded, task))) as ClassLabel[];
  const probabilities = loss.probabilities ? await paced(probabilitySteps(outputs, task, loss)) : null;
  const figures: string[] = [];
  if (auc !== undefined)
    figures.push(rocFigure(await rocsOf(truth, probabilities ?? outputs, outcome), auc, task.classes!.length));
  if (probabilities) figures.push(calibrationFigure(await binsOf(truth, probabilities, outcome), task.classes!));
  return figures;
}

/** Of two classes that of the second; of several one against all others, those with the least areas. */
async function rocsOf(
  truth: readonly ClassLabel[],
  scores: Float64Array,
  { task, outputs, weights }: Outcome,
): Promise<Roc[]> {
  const classes = task.classes!;
  const two = task.coding === 'two-classes';
  const wanted = two ? [classes[1]!] : classes;
  const curves: Roc[] = [];
  for (const [a, label] of wanted.entries()) {
    const [is, own] = await paced(
      oneAgainstOthers(truth, two ? outputs : scores, label, two ? 0 : a, two ? 1 : classes.length),
    );
    const thresholds = await paced(thresholdsSteps(is, own, { positive: 1, sampleWeights: weights }));
    const area = areaUnderRoc(thresholds);
    curves.push({ label: `${shortened(String(label), 24)}, area ${area.toFixed(4)}`, ...pointsOf(thresholds), area });
  }
  return curves.sort((a, b) => a.area - b.area).slice(0, MOST_CURVES);
}

function* oneAgainstOthers(
  truth: readonly ClassLabel[],
  scores: Float64Array,
  label: ClassLabel,
  column: number,
  width: number,
): Steps<[Float64Array, Float64Array]> {
  const [is, own] = [new Float64Array(truth.length), new Float64Array(truth.length)];
  for (let row = 0; row < truth.length; row++) {
    is[row] = truth[row] === label ? 1 : 0;
    own[row] = scores[row * width + column]!;
    if (endsStride(row)) yield;
  }
  return [is, own];
}

/** Points at even distances along the curve, which has as many as rows: those in steep and in flat parts alike. */
function pointsOf({ hits, misses }: Thresholds): { readonly x: number[]; readonly y: number[] } {
  const [allHits, allMisses] = [hits.at(-1)!, misses.at(-1)!];
  const [x, y] = [[0], [0]];
  for (let k = 0; k < hits.length; k++) {
    const [nextX, nextY] = [misses[k]! / allMisses, hits[k]! / allHits];
    if (k < hits.length - 1 && nextX - x.at(-1)! + (nextY - y.at(-1)!) < 2 / MOST_POINTS) continue;
    x.push(nextX);
    y.push(nextY);
  }
  return { x, y };
}

function rocFigure(curves: readonly Roc[], auc: number, classes: number): string {
  const title = 'ROC';
  const several =
    classes > 2
      ? `Every class against all others${curves.length < classes ? `, the ${curves.length} with the least areas` : ''}. `
      : '';
  const mean = classes > 2 ? `Mean area of all classes ${auc.toFixed(4)}.` : `Area ${auc.toFixed(4)}.`;
  const chart = {
    description: `True positive rate by false positive rate. ${several}${mean}`,
    x: { label: 'false positive rate', minimum: 0, maximum: 1 },
    y: { label: 'true positive rate', minimum: 0, maximum: 1 },
    curves,
    guide: DIAGONAL,
    square: true,
  } as const;
  const rows = curves.flatMap(({ label, x, y }) =>
    evenly(x.length, 15).map((k) => [label, numberText(x[k]), numberText(y[k])]),
  );
  const numbers = { columns: ['class', 'false positive rate', 'true positive rate'], rows };
  return figureHtml({
    id: 'roc',
    title,
    caption: `${several}${mean}`,
    body: viewsHtml('roc', title, [{ name: '', chart }]),
    legend: legendHtml(curves),
    numbers,
  });
}

async function binsOf(
  truth: readonly ClassLabel[],
  probabilities: Float64Array,
  { outputs, task, loss, weights }: Outcome,
): Promise<CalibrationBin[]> {
  const predicted = (await paced(decodeSteps(outputs, task.outputs, task, loss))) as ClassLabel[];
  const sure = await paced(confidenceSteps(truth, predicted, probabilities, task.classes!));
  return paced(calibrationSteps(sure.cameTrue, sure.probabilities, { sampleWeights: weights }));
}

function calibrationFigure(bins: readonly CalibrationBin[], classes: readonly ClassLabel[]): string {
  const title = 'Calibration';
  const of = classes.length === 2 ? `of ${shortened(String(classes[1]), 24)}` : 'of the predicted class';
  const curve: Curve = {
    label: 'bins',
    x: bins.map((bin) => bin.meanProbability),
    y: bins.map((bin) => bin.share),
    marks: 'points',
  };
  const chart = {
    description: `Share of rows that came true by the predicted probability ${of}, in ${bins.length} bins.`,
    x: { label: `predicted probability ${of}`, minimum: 0, maximum: 1 },
    y: { label: 'share that came true', minimum: 0, maximum: 1 },
    curves: [curve],
    guide: DIAGONAL,
    square: true,
  } as const;
  const rows = bins.map(({ from, to, meanProbability, share, mass }) => [
    `${from.toFixed(3)} to ${to.toFixed(3)}`,
    ...[meanProbability, share, mass].map(numberText),
  ]);
  return figureHtml({
    id: 'calibration',
    title,
    caption: `Where probabilities are true the points lie on the diagonal. The table has the rows of every bin.`,
    body: viewsHtml('calibration', title, [{ name: '', chart }]),
    numbers: { columns: ['bin', 'mean probability', 'share that came true', 'rows'], rows },
  });
}
