/**
 * One page about a model: what it was trained on, how the training went, how it fits rows that it has not seen, what it has learned, and how to
 * load it. From a training or, later, from the model file, which keeps what is needed: `docs/report.md`.
 */
import type { Backend } from '../backends/backend.js';
import { PlanesearchError, reject, requireFunctions } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { readMatrix, recognizeMatrix, type GivenMatrix, type GivenTarget, type MatrixData } from '../data/index.js';
import type { Model } from '../io/model.js';
import { replaceFile } from '../io/output-file.js';
import type { TrainingSummary } from '../io/training-summary.js';
import { evaluationOf, outcomeOf, type Evaluation } from '../metrics/evaluation.js';
import type { Training } from '../train.js';
import { confusionFigure } from './confusion.js';
import { historyFigures } from './curves.js';
import { figureHtml } from './figure.js';
import { escape, htmlTable, numberText, pairsTable, shortened } from './html.js';
import { pageHtml, type Section } from './page.js';
import { rateFigures } from './rates.js';
import { residualFigures } from './residuals.js';
import { spreadsOf } from './spreads.js';
import { weightFigures } from './weights.js';
import { worstRows, type ImageShape } from './worst.js';

/** Labelled rows that a model is judged by. */
export interface ReportData {
  readonly x: GivenMatrix;
  readonly y: GivenTarget;
  /** What they are, such as 'test.csv' or 'the training rows'. Default 'the rows given'. */
  readonly name?: string | undefined;
}

export interface ReportOptions {
  /** Rows to judge the model by; without them the page has no confusion, residuals, ROC, calibration and worst rows. */
  readonly test?: ReportData | undefined;
  /** Default: the network and the loss. */
  readonly title?: string | undefined;
  /** Where the model is saved, for the lines that load it. */
  readonly model?: string | undefined;
  /** Height and width of a row of pixels, of which the weights are shown as pictures. Default: as an IDX file says, otherwise none. */
  readonly imageShape?: readonly [number, number] | undefined;
  /** Multiplies the data; default: native where it loads. */
  readonly backend?: Backend | undefined;
}

const OPTIONS = ['test', 'title', 'model', 'imageShape', 'backend'] as const satisfies readonly (keyof ReportOptions)[];

/** Classes in the table of precision and recall. */
const MOST_CLASSES = 100;

/**
 * The page as HTML: self-contained, without scripts, at most some hundred kilobytes whatever the data.
 *
 * @throws PlanesearchError INVALID_OPTION, and whatever is wrong with the rows given as `Model.evaluate` tells it
 */
export async function reportOf(trained: Training | Model, options: ReportOptions = {}): Promise<string> {
  refuseUnknown(options, OPTIONS, { what: 'The options of a report' });
  const model = modelOf(trained);
  const shape = shapeOf(model, options.imageShape);
  const { task } = model.spec;
  const { training } = model;
  const judged = options.test === undefined ? null : await judge(model, options.test, options.backend);
  const title = options.title ?? `${model.spec.network} model, ${task.loss} loss`;
  const fit = judged ? await fitParts(model, judged, shape) : [];
  const sections: Section[] = [
    { id: 'summary', title: 'Summary', parts: summaryParts(training, judged) },
    { id: 'data', title: 'Data', parts: training ? dataParts(training) : [] },
    { id: 'training', title: 'Training', parts: training ? historyFigures(training) : [] },
    { id: 'fit', title: judged ? `Fit on ${judged.name}` : 'Fit', parts: fit },
    {
      id: 'learned',
      title: 'What was learned',
      parts: weightFigures(model, shape, judged ? await spreadsOf(judged.data) : null),
    },
    { id: 'settings', title: 'Settings and machine', parts: training ? settingsParts(training) : [] },
    { id: 'use', title: 'Use', parts: [useHtml(options.model)] },
  ];
  return pageHtml({ title, lead: leadOf(model, judged), sections });
}

/**
 * Writes the page of {@link reportOf} to a file: complete, or as it was before.
 *
 * @throws PlanesearchError UNWRITABLE_FILE, and as `reportOf`
 */
export async function writeReport(path: string, trained: Training | Model, options: ReportOptions = {}): Promise<void> {
  const html = await reportOf(trained, options);
  await replaceFile(path, (handle) => handle.writeFile(html));
}

function modelOf(trained: Training | Model): Model {
  // Of this copy of the package or another.
  const model = (Object(trained) as Partial<Training>).model ?? (trained as Model);
  requireFunctions('What is reported', 'a training or a model', model, ['outputs', 'predict']);
  return model;
}

/** As asked for, or of an IDX file: that of a picture, or the square that a row is. */
function shapeOf({ inputs, spec }: Model, asked: ReportOptions['imageShape']): ImageShape | null {
  if (asked !== undefined) {
    const fine = Array.isArray(asked) && asked.length === 2 && asked.every((side) => Number.isInteger(side) && side > 0);
    if (!fine) reject('INVALID_OPTION', 'imageShape', 'a height and a width of at least 1', asked);
    const [height, width] = asked;
    if (height * width === inputs) return asked;
    const sentence = `imageShape must have as many pixels as the model has columns, ${inputs}, but ${height} x ${width} has ${height * width}.`;
    throw new PlanesearchError('INVALID_OPTION', sentence, {
      expected: `${inputs} pixels`,
      received: `${height} x ${width}`,
    });
  }
  if (spec.schema?.format !== 'idx') return null;
  const [height, width, ...others] = spec.schema.shape;
  if (height !== undefined && width !== undefined) return others.length === 0 ? [height, width] : null;
  const side = Math.round(Math.sqrt(inputs));
  return side * side === inputs && side > 3 ? [side, side] : null;
}

interface Judged {
  readonly name: string;
  readonly data: MatrixData;
  readonly outcome: Awaited<ReturnType<typeof outcomeOf>>;
  readonly evaluation: Evaluation;
}

async function judge(model: Model, test: ReportData, backend: Backend | undefined): Promise<Judged> {
  refuseUnknown(test, ['x', 'y', 'name'], { what: 'test', noun: 'part of the test data' });
  const reading = recognizeMatrix(test.x);
  const data = reading.data ?? (await readMatrix(reading));
  const outcome = await outcomeOf(model, data, test.y, { backend });
  return { name: test.name ?? 'the rows given', data, outcome, evaluation: await evaluationOf(outcome) };
}

function leadOf({ inputs, layout, spec }: Model, judged: Judged | null): string {
  const { classes } = spec.task;
  const labels = classes ? `, ${classes.length} classes` : '';
  return `${inputs} columns${labels}, ${layout.size} parameters${judged ? `; judged by ${judged.data.rows} rows: ${judged.name}` : ''}.`;
}

function summaryParts(training: TrainingSummary | null, judged: Judged | null): string[] {
  const parts: string[] = [];
  if (judged) {
    const rows = Object.entries(judged.evaluation.metrics).map(([name, value]) => [name, metricText(value)]);
    parts.push(`<div><h3>On ${escape(judged.name)}</h3>${htmlTable({ columns: ['metric', 'value'], rows })}</div>`);
  }
  if (training) parts.push(`<div><h3>Training</h3>${pairsTable([['made', training.made], ...training.outcome])}</div>`);
  else parts.push('<p>The model does not tell how it was trained: it was made by other means, or by an older version.</p>');
  return parts.length === 1 ? parts : [`<div class="two">${parts.join('\n')}</div>`];
}

function metricText(value: number): string {
  return Number.isFinite(value) ? value.toPrecision(5) : 'undefined';
}

function dataParts({ data, table }: TrainingSummary): string[] {
  const parts = [pairsTable(data)];
  if (!table) return parts;
  parts.push(`<h3>${escape(table.name)}</h3>`);
  const [columns, ...rows] = table.cells;
  if (columns) parts.push(htmlTable({ columns, rows }));
  if (table.left > 0) parts.push(`<p class="lead">${table.left} more columns before the last are left out.</p>`);
  if (table.notices.length > 0)
    parts.push(`<ul>${table.notices.map((notice) => `<li>${escape(notice)}</li>`).join('')}</ul>`);
  return parts;
}

async function fitParts(model: Model, { outcome, evaluation, data }: Judged, shape: ImageShape | null): Promise<string[]> {
  const { metrics, confusion, classes } = evaluation;
  const parts: string[] = [];
  if (confusion) {
    parts.push(confusionFigure(confusion));
    const rates = await rateFigures(outcome, metrics.rocAuc);
    if (rates.length > 0) parts.push(`<div class="two">${rates.join('\n')}</div>`);
  }
  if (model.spec.task.coding === 'numbers') parts.push(...(await residualFigures(outcome)));
  if (classes) {
    const shown = classes.slice(0, MOST_CLASSES);
    const rows = shown.map(({ label, precision, recall, f1, support }) => [
      shortened(String(label), 60),
      ...[precision, recall, f1, support].map(numberText),
    ]);
    const caption = shown.length < classes.length ? `The first ${shown.length} of ${classes.length}.` : undefined;
    const body = htmlTable({ columns: ['class', 'precision', 'recall', 'F1', 'rows'], rows });
    parts.push(figureHtml({ id: 'classes', title: 'Classes', caption, body }));
  }
  return [...parts, await worstRows(outcome, data, shape)];
}

function settingsParts({ settings, machine }: TrainingSummary): string[] {
  return [
    `<div class="two"><div><h3>Settings</h3>${pairsTable(settings)}</div><div><h3>Machine</h3>${pairsTable(machine)}</div></div>`,
  ];
}

function useHtml(path: string | undefined): string {
  const name = path ?? 'FILE';
  const said =
    path === undefined
      ? '<p>Save the model first: <code>await model.save(FILE)</code>, or <code>--out FILE</code> of the command line.</p>\n'
      : '';
  const code = `import { Model } from 'planesearch';\n\nconst model = await Model.load(${JSON.stringify(name)});\nconst labels = await model.predict(rows);`;
  return `${said}<pre><code>${escapeLines(code)}</code></pre>\n<pre><code>${escape(`planesearch predict ${quoted(name)} DATA`)}</code></pre>`;
}

function escapeLines(text: string): string {
  return text.split('\n').map(escape).join('\n');
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
