/** A comparison as one HTML page that opens without a network: curves by iteration, product and second, a table, the settings. */
import { evenly, thinned } from '../core/thin.js';
import { COLORS, type Curve as Drawn } from '../report/chart.js';
import { HORIZONTAL } from '../report/curves.js';
import { figureHtml, legendHtml, viewsHtml, type View } from '../report/figure.js';
import { escape, htmlTable, numberText, pairsTable, type Cell, type HtmlTable } from '../report/html.js';
import { pageHtml } from '../report/page.js';
import type { ComparedMethod, Comparison, Curve } from './compare.js';
import { medianGap, medianReached, TARGETS } from './reach.js';

/** Lowest gap drawn, relative to that of the start: below it is rounding. */
const LOWEST_GAP = 1e-14;

/** Points of a curve, and of all curves of a view together. */
const MOST_POINTS = 400;
const MOST_POINTS_IN_ALL = 16_000;

/** Columns of the table behind the curves. */
const NUMBERS = 11;

/** Column of the table from which on costs are told. */
const COST = 2 + 2 * TARGETS.length;

export interface PageOptions {
  /** What the data is called. Default: its size. */
  readonly title?: string | undefined;
}

/** The page as HTML: self-contained, without scripts, under a megabyte. */
export function comparisonPage(comparison: Comparison, { title }: PageOptions = {}): string {
  const { rows, columns } = comparison.problem;
  const settings = [
    `<div><h3>Problem</h3>${pairsTable(problemPairs(comparison))}</div>`,
    `<div><h3>Runs and machine</h3>${pairsTable(runPairs(comparison))}</div>`,
  ];
  return pageHtml({
    title: `Methods compared: ${title ?? `${rows} x ${columns}`}`,
    lead: howText(comparison),
    sections: [
      { id: 'curves', title: 'Curves', parts: [curvesFigure(comparison)] },
      { id: 'table', title: 'Gaps, and what it took to come near', parts: tableParts(comparison) },
      { id: 'settings', title: 'Settings', parts: [`<div class="two">${settings.join('\n')}</div>`] },
    ],
  });
}

function tableParts(comparison: Comparison): string[] {
  const caption =
    'The gap is the objective after the last iteration above the lowest that any run found; “to 1e-2” is when a hundredth of the gap ' +
    'at the start was left, – where a method did not come so far. Tuning is what finding the rate cost besides, and is in no other ' +
    'column. The best of a column is bold.';
  const { columns, rows } = comparisonTable(comparison);
  const part = (from: number, to: number): string => {
    const cut = <T>(all: readonly T[]): T[] => [...all.slice(0, 1), ...all.slice(from, to)];
    return htmlTable({ columns: cut(columns), rows: rows.map(cut) });
  };
  // As a whole it is wider than a page.
  return [`<p class="lead">${escape(caption)}</p>`, part(1, COST), '<h3>What it cost</h3>', part(COST, columns.length)];
}

/** One line a method: gap, when it came how near, what it costs. */
export function comparisonTable(comparison: Comparison): HtmlTable {
  const { methods } = comparison;
  const of = (method: ComparedMethod) => ({
    method,
    ...medianGap(comparison, method),
    there: TARGETS.map((share) => medianReached(comparison, method, share)),
  });
  const entries = methods.map(of);
  const lowest = Math.min(...entries.map(({ gap }) => gap));
  const best = TARGETS.map((_, t) => ({
    products: Math.min(...entries.map(({ there }) => there[t]?.products ?? Infinity)),
    seconds: Math.min(...entries.map(({ there }) => there[t]?.seconds ?? Infinity)),
  }));
  return {
    columns: [
      'method',
      'gap at the end',
      ...TARGETS.flatMap((share) => [`products to ${share.toExponential()}`, `seconds to ${share.toExponential()}`]),
      'products in all',
      'evaluations / iteration',
      'ms / iteration',
      'rate',
      'products to tune it',
      'ended by',
    ],
    rows: entries.map(({ method, gap, run, there }) => {
      const curve = method.runs[run]!;
      const iterations = Math.max(1, curve.objective.length - 1);
      return [
        method.label,
        marked(gapText(gap), gap === lowest),
        ...there.flatMap((reached, t) => [
          reached ? marked(shortNumber(reached.products), reached.products === best[t]!.products) : '–',
          reached ? marked(reached.seconds.toPrecision(2), reached.seconds === best[t]!.seconds) : '–',
        ]),
        shortNumber(curve.products.at(-1)!) + (curve.grams > 0 ? ` + ${shortNumber(curve.grams)} grams` : ''),
        curve.evaluations.toFixed(1),
        ((1000 * curve.seconds.at(-1)!) / iterations).toPrecision(2),
        method.rate === null ? '' : method.rate.toPrecision(2),
        method.tuning ? `${shortNumber(method.tuning.products)} in ${method.tuning.runs} runs` : '',
        curve.stop,
      ];
    }),
  };
}

/** The run of the median gap of a method, as gaps. */
interface Course {
  readonly method: ComparedMethod;
  readonly curve: Curve;
  readonly gaps: readonly number[];
}

/** A color for each direction, a dash for each rule, in the order in which they come. */
function curvesFigure(comparison: Comparison): string {
  const { methods, lowest, start } = comparison;
  const courses = methods.map((method): Course => {
    const { run } = medianGap(comparison, method);
    const curve = method.runs[run]!;
    return { method, curve, gaps: curve.objective.map((value) => Math.max(value - lowest[run]!, 0)) };
  });
  const [directions, rules] = [distinct(methods.map((m) => m.direction)), distinct(methods.map((m) => m.rule))];
  const most = Math.min(MOST_POINTS, Math.max(20, Math.floor(MOST_POINTS_IN_ALL / methods.length)));
  const floor = LOWEST_GAP * Math.max(...start.map((value, s) => value - lowest[s]!));
  const id = 'gaps';
  const title = 'Objective above the lowest found';
  const views = HORIZONTAL.map(({ name, label, column }): View => {
    const curves = courses.map(({ method, curve, gaps }): Drawn => {
      const kept = thinned(gaps.length, most);
      const color = directions.indexOf(method.direction);
      return {
        label: method.label,
        x: kept.map((k) => (column === 'iteration' ? k : curve[column][k]!)),
        y: kept.map((k) => (gaps[k]! > floor ? gaps[k]! : null)),
        color,
        // Colors that come again come with other dashes.
        pattern: rules.indexOf(method.rule) + rules.length * Math.floor(color / COLORS),
      };
    });
    const description = `Gap of every method by ${label}: ${courses.map(({ method, gaps }) => `${method.label} ${gapText(gaps.at(-1)!)} at the end`).join('; ')}.`;
    return { name, chart: { description, x: { label }, y: { label: 'objective gap', log: true }, curves } };
  });
  return figureHtml({
    id,
    title,
    caption:
      'A color for each direction, a dash for each step rule. A gap of 0, that of the lowest run at its end, is not drawn.',
    body: viewsHtml(id, title, views),
    legend: legendHtml(views[0]!.chart.curves),
    numbers: numbersOf(courses),
  });
}

/** Gaps on the way; those of runs that had ended are empty. */
function numbersOf(courses: readonly Course[]): HtmlTable {
  const shown = evenly(Math.max(...courses.map(({ gaps }) => gaps.length)), NUMBERS);
  return {
    columns: ['gap after iteration', ...shown.map(String)],
    rows: courses.map(({ method, gaps }) => [method.label, ...shown.map((k) => (k < gaps.length ? gapText(gaps[k]!) : ''))]),
  };
}

function howText({ settings, methods, complete }: Comparison): string {
  const { iterations, seconds, seeds } = settings;
  const tuned = methods.some(({ tuning }) => tuning !== null);
  return [
    `Every method makes ${iterations} iterations${seconds === null ? '' : ` or takes ${seconds} s`} from the same ${seeds === 1 ? 'starting point' : `${seeds} starting points; tables hold medians, each curve is the run of the median`}.`,
    'Gaps are measured from the lowest objective of all these runs and of one by auto that is three times as long.',
    ...(tuned
      ? [
          'Rates are the best on the grid of powers of 2, each tried for a whole run from the first starting point: the price of that is a column of the table, and is not in the curves.',
        ]
      : []),
    ...(complete ? [] : ['The comparison was ended before all methods were done.']),
  ].join(' ');
}

type Pairs = [string, string][];

function problemPairs({ problem, notice }: Comparison): Pairs {
  const { rows, columns, outputs, storage, precision, network, parameters, loss, l2, layerPenalties } = problem;
  return [
    ['rows', String(rows)],
    ['columns', String(columns)],
    ['outputs', String(outputs)],
    ['stored', `${storage}, ${precision}`],
    ['network', `${network}, ${parameters} parameters`],
    ['loss', loss],
    ['l2', `${numberText(l2)}${layerPenalties ? `, by layer times ${layerPenalties.map(numberText).join(', ')}` : ''}`],
    ...(notice === null ? [] : ([['notice', notice]] satisfies Pairs)),
  ];
}

function runPairs({ settings, seconds: all }: Comparison): Pairs {
  const { iterations, seconds, seeds, backend, threads } = settings;
  return [
    ['iterations', String(iterations)],
    ...(seconds === null ? [] : ([['seconds of a run', String(seconds)]] satisfies Pairs)),
    ['starting points', String(seeds)],
    ['rows in use', 'all, in every iteration'],
    ['backend', `${backend}, ${threads} threads`],
    ['machine', `Node ${process.versions.node}, ${process.platform} ${process.arch}`],
    ['seconds in all', all.toFixed(1)],
  ];
}

const marked = (text: string, best: boolean): Cell => (best ? { strong: text } : text);

const gapText = (gap: number): string => (gap <= 0 ? '0' : gap.toExponential(1).replace('e+', 'e'));

const shortNumber = (count: number): string => String(Math.round(10 * count) / 10);

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
