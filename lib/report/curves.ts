/** Figures of the history of a run: objective, validation, step sizes, norms, penalties. */
import { evenly } from '../core/thin.js';
import type { HistoryColumns, TrainingSummary } from '../io/training-summary.js';
import type { Curve } from './chart.js';
import { figureHtml, legendHtml, viewsHtml, type View } from './figure.js';
import { numberText, type HtmlTable } from './html.js';

type Numbers = readonly (number | null)[];

/** Rows of the tables behind the figures. */
const TABLE_ROWS = 40;

/** Curves in one figure. */
const MOST_CURVES = 12;

/** A range as wide as this is shown on a logarithmic axis. */
const WIDE = 30;

/** What a history goes along. */
export const HORIZONTAL = [
  { name: 'per iteration', label: 'iteration', column: 'iteration' },
  { name: 'per product with X', label: 'products with X', column: 'products' },
  { name: 'per second', label: 'seconds', column: 'seconds' },
] as const;

interface Line {
  readonly label: string;
  readonly values: Numbers;
  readonly dash?: string | undefined;
}

export function historyFigures({ history, penalties }: TrainingSummary): string[] {
  const figures = history.iteration.length < 2 ? [] : [...fitFigures(history), ...stepFigures(history), normFigure(history)];
  return penalties && penalties.length > 1 ? [...figures, penaltyFigure(penalties)] : figures;
}

function fitFigures(history: HistoryColumns): string[] {
  const { objective, loss, validation } = history;
  const held: Line[] = validation
    ? [
        ...(loss ? [{ label: 'loss of the training rows', values: loss }] : []),
        { label: 'loss of the validation rows', values: validation.loss },
      ]
    : [];
  const all: Line[] = [{ label: 'objective', values: objective, dash: held.length > 0 ? '2 4' : undefined }, ...held];
  const caption = held.length > 0 ? 'The objective is the loss of the training rows with the penalty.' : undefined;
  const figures = [overTime('objective', 'Objective', 'objective', all, history, { caption })];
  if (!validation) return figures;
  const score: Line[] = [{ label: validation.scoreName, values: validation.score }];
  const title = `${validation.scoreName === 'r2' ? 'R²' : 'Accuracy'} of the validation rows`;
  return [...figures, overTime('score', title, validation.scoreName, score, history, { linear: true })];
}

/** One figure for every column of the subspace; layers that always have the same step are one curve. */
function stepFigures(history: HistoryColumns): string[] {
  const columns = [...new Set(history.steps.map(({ column }) => column))];
  return columns.flatMap((column, k) => {
    const own = history.steps.filter((one) => one.column === column);
    const same = own.length > 1 && own.every(({ sizes }) => String(sizes) === String(own[0]!.sizes));
    const lines = same
      ? [{ label: 'all layers', values: own[0]!.sizes }]
      : own.slice(0, MOST_CURVES).map(({ layer, sizes }) => ({ label: layer, values: sizes }));
    if (!lines.some(({ values }) => values.some((value) => value !== null && value !== 0))) return [];
    const negative = lines.some(({ values }) => values.some((value) => value !== null && value < 0));
    const what = /^memory-1$/.test(column) ? 'along the previous step (momentum)' : `along ${column}`;
    const caption = [
      same ? 'All layers take the same step.' : '',
      own.length > MOST_CURVES ? `The first ${MOST_CURVES} of ${own.length} layers.` : '',
    ]
      .join(' ')
      .trim();
    return [
      overTime(`steps-${k}`, `Step sizes ${what}`, 'step size', lines, history, {
        linear: negative,
        caption,
        marks: 'both',
      }),
    ];
  });
}

function normFigure(history: HistoryColumns): string {
  const gradient = { label: 'gradient', values: history.gradientNorm };
  const layers = history.norms
    .slice(0, MOST_CURVES - 1)
    .map(({ layer, norms }) => ({ label: `weights of ${layer}`, values: norms, dash: '7 4' }));
  const caption = 'Euclidean norms, in centered and scaled columns.';
  return overTime('norms', 'Gradient and weights', 'norm', [gradient, ...layers], history, { caption });
}

interface Look {
  readonly caption?: string | undefined;
  /** Never logarithmic. */
  readonly linear?: boolean;
  readonly marks?: Curve['marks'];
}

function overTime(
  id: string,
  title: string,
  yLabel: string,
  lines: readonly Line[],
  history: HistoryColumns,
  look: Look,
): string {
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null));
  const positive = values.filter((value) => value > 0);
  const allPositive = positive.length === values.length || (!values.some((value) => value < 0) && positive.length > 0);
  const log = !look.linear && allPositive && Math.max(...positive) > WIDE * Math.min(...positive);
  const few = history.iteration.length <= 60;
  const curves = (x: Numbers): Curve[] =>
    lines.map(({ label, values: y, dash }) => ({
      label,
      x: x.map(Number),
      y,
      dash,
      marks: few ? (look.marks ?? 'line') : 'line',
    }));
  const views: View[] = HORIZONTAL.map(({ name, label, column }) => ({
    name,
    chart: {
      description: `${yLabel} by ${label}: ${lines.map((line) => `${line.label} from ${ends(line.values)}`).join('; ')}.`,
      x: { label },
      y: { label: yLabel, log },
      curves: curves(history[column]),
    },
  }));
  return figureHtml({
    id,
    title,
    caption: look.caption,
    body: viewsHtml(id, title, views),
    legend: legendHtml(curves(history.iteration)),
    numbers: numbersOf(lines, history),
  });
}

function ends(values: Numbers): string {
  const known = values.filter((value) => value !== null);
  return `${numberText(known[0])} to ${numberText(known.at(-1))}`;
}

function numbersOf(lines: readonly Line[], history: HistoryColumns): HtmlTable {
  const shown = evenly(history.iteration.length, TABLE_ROWS);
  return {
    columns: ['iteration', 'products with X', 'seconds', ...lines.map(({ label }) => label)],
    rows: shown.map((k) => [
      ...[history.iteration[k], history.products[k], history.seconds[k]].map(numberText),
      ...lines.map(({ values }) => numberText(values[k])),
    ]),
  };
}

function penaltyFigure(penalties: NonNullable<TrainingSummary['penalties']>): string {
  const title = 'Penalties that were tried';
  const [x, y] = [penalties.map(([l2]) => l2), penalties.map(([, loss]) => loss)];
  const curve: Curve = { label: 'loss of rows left out', x, y, marks: 'both' };
  const chart = {
    description: `Loss of rows left out of the fit, by penalty, for ${penalties.length} of them.`,
    x: { label: 'penalty', log: true },
    y: { label: curve.label },
    curves: [curve],
  } as const;
  const numbers = { columns: ['penalty', curve.label], rows: penalties.map((pair) => pair.map(numberText)) };
  return figureHtml({ id: 'penalties', title, body: viewsHtml('penalties', title, [{ name: '', chart }]), numbers });
}
