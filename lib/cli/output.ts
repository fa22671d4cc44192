/** What `train` and `evaluate` print: a JSON object for programs, a few aligned lines for people. */
import { harmless } from '../core/errors.js';
import type { Model } from '../io/model.js';
import type { Scores } from '../metrics/scores.js';
import { toldByLayer, toldOfEmpty, toldOfTried } from '../io/training-summary.js';
import type { PenaltyReport } from '../selection/choose-penalty.js';
import type { Training } from '../train.js';

/** Wall time in seconds; `train` is the training alone. */
export interface Seconds {
  readonly load: number;
  readonly train: number;
  readonly total: number;
}

/** The one object of `train --json`. */
export function trainingObject(
  training: Training,
  seconds: Seconds,
  test: Scores | null,
  notices: readonly string[],
): object {
  const { network, loss, l2, direction, automatic, memory, steps, solver, backend, threads, objective, gradientNorm } =
    training;
  const { rows, columns, parameters, iterations, products, innerEvaluations, stop, precision, storage, sample, batch } =
    training;
  const { validation, layers, pca } = training;
  return {
    n: rows,
    d: columns,
    ...(pca && { pca }),
    sample,
    ...(batch && { batch }),
    parameters,
    network,
    loss,
    l2,
    ...(training.layerPenalties.some((c) => c !== 1) && { layerPenalties: training.layerPenalties }),
    ...(training.l1 > 0 && { l1: training.l1 }),
    penalty: training.penalty,
    direction,
    automatic,
    memory,
    steps,
    layers,
    solver,
    backend,
    threads,
    precision,
    storage,
    objective,
    gradientNorm,
    iterations,
    products,
    innerEvaluations,
    seconds,
    stop,
    train: scoresObject(training.scores),
    validation: validation && { n: validation.rows, ...scoresObject(validation) },
    test: test && scoresObject(test),
    notices,
  };
}

/** JSON has no NaN: r2 of a constant target is null. */
export function scoresObject({ loss, accuracy, r2 }: Scores): object {
  if (accuracy !== undefined) return { loss, accuracy };
  return { loss, r2: Number.isFinite(r2) ? r2 : null };
}

export function scoresText({ loss, accuracy, r2 }: Scores): string {
  const r2Text = Number.isFinite(r2) ? r2!.toFixed(4) : 'undefined';
  const second = accuracy === undefined ? `r2 ${r2Text}` : `accuracy ${accuracy.toFixed(4)}`;
  return `loss ${loss.toPrecision(6)}   ${second}`;
}

export function trainingText(
  training: Training,
  seconds: Seconds,
  test: Scores | null,
  out: string | undefined,
  task: string,
): string {
  const { rows, columns, parameters, network, loss, direction, steps, memory, backend, threads, automatic } = training;
  const { validation, layers, l1, pca } = training;
  const strength = strengthText(training);
  const { objective, gradientNorm, iterations, products, innerEvaluations, stop, model, storage, precision, sample, batch } =
    training;
  const classes = model.spec.task.classes;
  const grams = products.gram > 0 ? ` + ${wholes(products.gram)} grams` : '';
  const unusual = [
    ...(storage === 'dense' ? [] : [storage === 'file' ? 'X in its file' : storage]),
    ...(precision === 'float32' ? [precision] : []),
  ];
  const kept = unusual.length > 0 ? ` (${unusual.join(', ')})` : '';
  const lines: [string, string][] = [
    ['data', `${rows} rows x ${columns} columns${kept}${classes ? `, ${classes.length} classes` : ''}`],
    ['model', `${network}, ${parameters} parameters, ${loss} loss, ${strength}`],
    ...(l1 > 0 ? [['weights', usedText(model)] as [string, string]] : []),
    ...(training.penalty ? [['penalty', penaltyText(strength, training.penalty)] as [string, string]] : []),
    ['task', task],
    ...(pca
      ? [['components', `${pca.components}, with ${(100 * pca.explained).toFixed(1)}% of the variance`] as [string, string]]
      : []),
    [
      'method',
      `${direction}, ${steps} steps${layers === 'together' ? '' : `, layers ${layers}`}, memory ${memory}, ${backend} backend, threads ${threads}`,
    ],
    ...(automatic === null ? [] : [['chosen', automatic] as [string, string]]),
    ...(sample.rows === rows ? [] : [['sample', `${sample.rows} rows first: ${sample.reason}`] as [string, string]]),
    ...(batch ? [['batches', `of about ${batch.rows} rows, solved on ${batch.solveOn}`] as [string, string]] : []),
    ['objective', `${objective.toPrecision(9)}   gradient norm ${gradientNorm.toExponential(2)}`],
    ['train', scoresText(training.scores)],
    ...(validation
      ? [['validation', `${scoresText(validation)}   of ${validation.rows} other rows`] as [string, string]]
      : []),
    ...(test ? [['test', scoresText(test)] as [string, string]] : []),
    [
      'work',
      `${iterations} iterations, ${wholes(products.multiply + products.multiplyTransposed)} products with X${grams}, ${innerEvaluations} inner evaluations`,
    ],
    ['seconds', `load ${seconds.load.toFixed(2)}, train ${seconds.train.toFixed(2)}, total ${seconds.total.toFixed(2)}`],
    ['stopped', `${stop.reason}: ${stop.detail}${stop.converged ? '' : ' (not converged)'}`],
    ...(out === undefined ? [] : [['written', harmless(out)] as [string, string]]),
  ];
  return aligned(lines);
}

function strengthText({ l1, l2, layerPenalties }: Pick<Training, 'l1' | 'l2' | 'layerPenalties'>): string {
  const ofL1 = l1 > 0 ? `l1 ${Number(l1.toPrecision(4))}, ` : '';
  return `${ofL1}l2 ${Number(l2.toPrecision(4))}${toldByLayer(layerPenalties)}`;
}

/** Of the columns of a linear model. */
function usedText({ spec: { parameters }, layout }: Model): string {
  const { columns, rows } = layout.blocks[0]!;
  const used = parameters.subarray(0, columns * rows).reduce((count, w) => count + (w === 0 ? 0 : 1), 0);
  return `${used} of ${columns * rows} are not 0`;
}

function penaltyText(strength: string, report: PenaltyReport): string {
  const { by, seconds } = report;
  return `${strength} by ${by}${toldOfTried(report)} in ${seconds.toFixed(2)} s${toldOfEmpty(report)}`;
}

/** Products with a part of the rows are parts of one. */
function wholes(count: number): string {
  return String(Math.round(10 * count) / 10);
}

/** Two columns, one line per entry. */
export function aligned(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return lines.map(([name, text]) => `${name.padEnd(width)}${text}\n`).join('');
}
