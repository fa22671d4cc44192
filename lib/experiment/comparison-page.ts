/** A comparison as one HTML page that opens without a network: curves by iteration, product and second, a table, the settings. */
import { charts, type Figure, type Table } from './charts.js';
import type { ComparedMethod, Comparison } from './compare.js';
import { medianGap, medianReached, TARGETS } from './reach.js';

/** Lowest gap drawn, relative to that of the start: below it is rounding. */
const LOWEST_GAP = 1e-14;

/** A color for each direction, a dash for each rule, in the order in which they come. */
const COLORS = [
  '#2f6fb3',
  '#ef7d00',
  '#d6353a',
  '#5a9e3a',
  '#9a63c9',
  '#1b9e9e',
  '#e377a8',
  '#8c6d31',
  '#4a1f8c',
  '#555f6b',
];
const DASHES: readonly (readonly number[] | undefined)[] = [
  undefined,
  [8, 4],
  [2, 4],
  [10, 3, 2, 3],
  [16, 4],
  [5, 2],
  [1, 6],
  [12, 3, 2, 3, 2, 3],
];

const views = [
  { label: 'per iteration', xLabel: 'iteration' },
  { label: 'per product with X', xLabel: 'products with X' },
  { label: 'per second', xLabel: 'seconds' },
];

export interface PageOptions {
  /** What the data is called. Default: its size. */
  readonly title?: string | undefined;
}

export async function comparisonPage(comparison: Comparison, { title }: PageOptions = {}): Promise<string> {
  const { page, escape } = await charts();
  const { rows, columns } = comparison.problem;
  const name = title ?? `${rows} x ${columns}`;
  return page({
    title: `Methods compared: ${name}`,
    intro: `<p>${[problemText(comparison), howText(comparison)].map(escape).join('</p><p>')}</p>`,
    figures: [figureOf(comparison)],
    tables: [comparisonTable(comparison)],
    closing: `<p class="caption">${escape(settingsText(comparison))}</p>`,
  });
}

/** One line a method: gap, when it came how near, what it costs. `**` marks the best of a column. */
export function comparisonTable(comparison: Comparison): Table {
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
    title: 'Gaps, and what it took to come near',
    caption:
      'The gap is the objective after the last iteration above the lowest that any run found; “to 1e-2” is when a hundredth of the gap ' +
      'at the start was left. – where a method did not come so far. Tuning is what finding the rate cost besides, and is in no other column.',
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
        marked(gap <= 0 ? '0' : gap.toExponential(1), gap === lowest),
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

function figureOf(comparison: Comparison): Figure {
  const { methods, lowest, start } = comparison;
  const [directions, rules] = [distinct(methods.map((m) => m.direction)), distinct(methods.map((m) => m.rule))];
  const unit = Math.max(...start.map((value, s) => value - lowest[s]!));
  return {
    title: 'Objective above the lowest found',
    yLabel: 'objective gap',
    logY: true,
    yMin: LOWEST_GAP * unit,
    views,
    series: methods.map((method) => {
      const { run } = medianGap(comparison, method);
      const { objective, products, seconds } = method.runs[run]!;
      return {
        label: method.label,
        legend: { row: method.direction, column: method.rule },
        color: COLORS[directions.indexOf(method.direction) % COLORS.length]!,
        dash: DASHES[rules.indexOf(method.rule) % DASHES.length],
        x: [objective.map((_, k) => k), products, seconds],
        y: objective.map((value) => Math.max(value - lowest[run]!, 0)),
      };
    }),
  };
}

function problemText({ problem }: Comparison): string {
  const { rows, columns, storage, precision, network, parameters, loss, l2 } = problem;
  const kept = `${storage === 'sparse' ? 'sparse, ' : ''}${precision}`;
  return `${rows} rows x ${columns} columns (${kept}), network ${network} with ${parameters} parameters, ${loss} loss, l2 ${Number(l2.toPrecision(4))}, full batch.`;
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

function settingsText({ settings, seconds }: Comparison): string {
  const { iterations, seeds, backend, threads } = settings;
  return `${backend} backend, ${threads} threads, Node ${process.versions.node}, ${process.platform} ${process.arch}. ${iterations} iterations, ${seeds} starting point(s), ${seconds.toFixed(1)} s in all.`;
}

const marked = (text: string, best: boolean): string => (best ? `**${text}**` : text);

const shortNumber = (count: number): string => String(Math.round(10 * count) / 10);

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
