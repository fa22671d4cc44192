/**
 * How a model was trained, for people and for reports: text and a thinned history, which the model file keeps beside what predictions need. It is
 * of one run on one machine at one time; nothing computes with it.
 */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { IterationRecord } from '../core/iteration-record.js';
import { thinned } from '../core/thin.js';
import { isSparse, type TableReading, type TrainingMatrix } from '../data/index.js';
import { SUMMARY_HEAD, summaryCells } from '../data/summary-cells.js';
import type { Training, TrainOptions } from '../train.js';
import { packageVersion } from './package-version.js';
import type { Scores } from '../metrics/scores.js';

/** What is said of something, and what. */
type Pair = readonly [string, string];

type Numbers = readonly (number | null)[];

/** The records of a run by column, all of one length; of more than 400 iterations a part. */
export interface HistoryColumns {
  readonly iteration: readonly (number | null)[];
  readonly objective: readonly (number | null)[];
  readonly gradientNorm: readonly (number | null)[];
  /** With X, both kinds, since the beginning. */
  readonly products: readonly (number | null)[];
  readonly seconds: readonly (number | null)[];
  /** Mean loss without the penalty, where there are validation rows. */
  readonly loss?: readonly (number | null)[] | undefined;
  readonly validation?:
    | { readonly loss: readonly (number | null)[]; readonly score: readonly (number | null)[]; readonly scoreName: string }
    | undefined;
  readonly steps: readonly { readonly layer: string; readonly column: string; readonly sizes: readonly (number | null)[] }[];
  readonly norms: readonly { readonly layer: string; readonly norms: readonly (number | null)[] }[];
}

/** What `describe` says of a table. */
export interface TableSummary {
  readonly name: string;
  /** Its first rows are the first columns of the table, the last one is the last. */
  readonly cells: readonly (readonly string[])[];
  readonly left: number;
  readonly notices: readonly string[];
}

export interface TrainingSummary {
  /** When, as ISO 8601. */
  readonly made: string;
  readonly machine: readonly (readonly [string, string])[];
  readonly data: readonly (readonly [string, string])[];
  readonly settings: readonly (readonly [string, string])[];
  readonly outcome: readonly (readonly [string, string])[];
  readonly table?: TableSummary | undefined;
  /** Penalties that were tried, the same for all layers, and the loss of the rows left out. */
  readonly penalties?: readonly (readonly [number, number | null])[] | undefined;
  readonly history: HistoryColumns;
}

export const MOST_RECORDS = 400;
const MOST_COLUMNS = 200;
const MOST_NOTICES = 50;

/** What `train` tells of itself, evaluated when it is asked for: a fit of a few rows takes less time. */
export function summaryOf(training: Training, options: TrainOptions): () => TrainingSummary {
  const { history, model, ...rest } = training;
  const made = new Date();
  const records = thinned(history.length, MOST_RECORDS).map((k) => history[k]!);
  const classes = model.spec.task.classes;
  return () => ({
    made: made.toISOString(),
    machine: machineOf(rest),
    data: dataOf(rest, classes?.length),
    settings: settingsOf(rest, options),
    outcome: outcomeOf(rest),
    ...(rest.penalty && {
      penalties: rest.penalty.path
        .filter(({ layerPenalties }) => !layerPenalties)
        .map(({ l1, l2, loss }) => [rounded(l1 ?? l2), finite(loss)] as const),
    }),
    history: columnsOf(records),
  });
}

type Rest = Omit<Training, 'history' | 'model'>;

function machineOf({ backend, threads, notice }: Rest): Pair[] {
  return [
    ['processor', cpus()[0]?.model.trim() || 'unknown'],
    ['processors', String(availableParallelism())],
    ['memory', `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ['platform', `${process.platform}-${process.arch}`],
    ['Node', process.versions.node],
    ['planesearch', version()],
    ['backend', `${backend}, threads ${threads}`],
    ...(notice === null ? [] : [['notice', notice] as const]),
  ];
}

/** A bundle has no manifest beside it. */
function version(): string {
  try {
    return packageVersion();
  } catch {
    return 'unknown';
  }
}

function dataOf({ rows, columns, storage, precision, sample, validation }: Rest, classes: number | undefined): Pair[] {
  return [
    ['rows', String(rows)],
    ['columns of X', String(columns)],
    ['stored', `${storage}, ${precision}`],
    ...(classes === undefined ? [] : [['classes', String(classes)] as const]),
    ...(validation ? [['validation rows', String(validation.rows)] as const] : []),
    ...(sample.rows === rows ? [] : [['first sample', `${sample.rows} rows: ${sample.reason}`] as const]),
  ];
}

/** Options that are told by what was made of them, or are no text. */
const TOLD = new Set([
  'network',
  'loss',
  'l1',
  'l2',
  'layerPenalties',
  'direction',
  'memory',
  'steps',
  'solver',
  'layers',
  'backend',
  'threads',
  'precision',
]);

function settingsOf(training: Rest, options: TrainOptions): Pair[] {
  const { network, loss, l1, l2, penalty, direction, automatic, memory, steps, solver, layers, batch, parameters } =
    training;
  const byLayer = toldByLayer(training.layerPenalties);
  const chosen = penalty ? ` by ${penalty.by}${toldOfTried(penalty)}${toldOfEmpty(penalty)}` : '';
  const given = Object.entries(options).flatMap(([name, value]): Pair[] => {
    const text = TOLD.has(name) ? null : settingText(value);
    return text === null ? [] : [[name, text]];
  });
  return [
    ['network', `${network}, ${parameters} parameters`],
    ['loss', loss],
    ...(l1 > 0 ? [['l1', `${rounded(l1, 5)}${chosen}`] as const] : []),
    ['l2', `${rounded(l2, 5)}${byLayer}${l1 > 0 ? '' : chosen}`],
    ['direction', direction],
    ...(automatic === null ? [] : [['chosen', automatic] as const]),
    ['step rule', `${steps}, solver ${solver}, past steps ${memory}`],
    ['layers', layers],
    ...(batch ? [['batches', `about ${batch.rows} rows, solved on ${batch.solveOn}`] as const] : []),
    ...given,
  ];
}

/** Behind l2, where the penalty is not the same for all layers. */
export const toldByLayer = (layerPenalties: readonly number[] = []): string =>
  layerPenalties.some((c) => c !== 1) ? `, by layer times ${layerPenalties.map((c) => rounded(c, 4)).join(', ')}` : '';

/** How many penalties were compared; the short fit for the noise compares none. */
export const toldOfTried = ({ judge, path }: NonNullable<Training['penalty']>): string =>
  judge === 'noise' ? '' : `, ${path.length} ${path.length === 1 ? 'penalty' : 'penalties'} tried`;

/** What is told of the choice of an l1 that leaves every weight at 0, behind what else is told of it. */
export const toldOfEmpty = (penalty: Training['penalty']): string =>
  penalty?.empty ? ': no column is of use on rows left out' : '';

/** Numbers, words, lists of numbers, and options of these in an object; null for all else. */
function settingText(value: unknown): string | null {
  const plain = (one: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof one);
  if (plain(value)) return String(value);
  if (Array.isArray(value)) return value.every((one) => typeof one === 'number') ? value.join(', ') : null;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return null;
  const own = Object.entries(value).filter(([, one]) => one !== undefined);
  return own.every(([, one]) => plain(one)) ? own.map(([name, one]) => `${name} ${one}`).join(', ') || 'true' : null;
}

function outcomeOf(training: Rest): Pair[] {
  const { objective, gradientNorm, scores, validation, iterations, products, innerEvaluations, seconds, stop } = training;
  const grams = products.gram > 0 ? `, ${rounded(products.gram, 3)} grams` : '';
  return [
    ['objective', String(rounded(objective, 9))],
    ['gradient norm', gradientNorm.toExponential(2)],
    ['training rows', scoresText(scores)],
    ...(validation ? [['validation rows', scoresText(validation)] as const] : []),
    ['iterations', String(iterations)],
    ['products with X', `${rounded(products.multiply + products.multiplyTransposed, 6)}${grams}`],
    ['inner evaluations', String(innerEvaluations)],
    ['seconds', seconds.toPrecision(3)],
    ['stopped', `${stop.reason}: ${stop.detail}${stop.converged ? '' : ' (not converged)'}`],
  ];
}

function scoresText({ loss, accuracy, r2 }: Scores): string {
  const score =
    accuracy === undefined ? `r2 ${Number.isFinite(r2) ? r2!.toFixed(4) : 'undefined'}` : `accuracy ${accuracy.toFixed(4)}`;
  return `loss ${loss.toPrecision(6)}, ${score}`;
}

function columnsOf(records: readonly IterationRecord[]): HistoryColumns {
  const column = (value: (record: IterationRecord) => number | undefined): Numbers =>
    records.map((record) => finite(value(record)));
  const last = records.at(-1)!;
  const scoreName = last.validation?.accuracy === undefined ? 'r2' : 'accuracy';
  const pairs = new Map<string, readonly [string, string]>();
  for (const { steps } of records)
    for (const [layer, columns] of Object.entries(steps))
      for (const name of Object.keys(columns)) pairs.set(`${layer}\n${name}`, [layer, name]);
  return {
    iteration: column((record) => record.iteration),
    objective: column((record) => record.objective),
    gradientNorm: column((record) => record.gradientNorm),
    products: column(({ products }) => products.multiply + products.multiplyTransposed),
    seconds: column((record) => record.seconds),
    ...(last.loss !== undefined && { loss: column((record) => record.loss) }),
    ...(last.validation && {
      validation: {
        loss: column((record) => record.validation?.loss),
        score: column((record) => record.validation?.[scoreName]),
        scoreName,
      },
    }),
    steps: [...pairs.values()].map(([layer, name]) => ({
      layer,
      column: name,
      sizes: column(({ steps }) => steps[layer]?.[name]),
    })),
    norms: Object.keys(last.layerNorms).map((layer) => ({ layer, norms: column(({ layerNorms }) => layerNorms[layer]) })),
  };
}

/** @param name of the file or whatever it came from */
export function summaryOfTable(
  name: string,
  { data, summary = [], notices }: Pick<TableReading, 'summary' | 'notices'> & { readonly data: TrainingMatrix },
): TableSummary {
  const shown = summary.length <= MOST_COLUMNS ? summary : [...summary.slice(0, MOST_COLUMNS - 1), ...summary.slice(-1)];
  const kept = isSparse(data) ? ', zeros left out' : '';
  return {
    name: `${name}: ${data.rows} rows, ${data.columns} columns of X${kept}`,
    cells: shown.length === 0 ? [] : [[...SUMMARY_HEAD], ...shown.map((one) => summaryCells(one, data.rows))],
    left: summary.length - shown.length,
    notices: notices.slice(0, MOST_NOTICES),
  };
}

/** Seven digits, which no picture can tell from more. JSON has no numbers that are not finite. */
function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : rounded(value);
}

function rounded(value: number, digits = 7): number {
  return Number(value.toPrecision(digits));
}
