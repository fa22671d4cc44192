/** The comparison in words, tables and figures. */
import { escape } from '../../dist/report/html.js';
import { htmlTable, page } from '../report/page.mjs';
import { markdownTable } from '../report/table.mjs';
import { directionList, ruleList } from './plane-search-methods.mjs';
import { CONTRACT, grouped, thresholdSentence } from './plane-search-sweep.mjs';

/** On when the page opens: the paper's two main directions, and what `auto` chooses. All others are a click away. */
const SHOWN = ['gradient', 'lbfgs', 'kronecker-lbfgs'];
const NOT_SHOWN = ['schedule, logarithmic-restarts', 'layerwise-backtracking', 'plane, 3 past steps'];

/** Lowest gap drawn: below it is rounding. */
const LOWEST_GAP = 1e-12;

const VIEWS = [
  { label: 'per iteration', xLabel: 'iteration' },
  { label: 'per product with X', xLabel: 'products with X' },
  { label: 'per second', xLabel: 'seconds' },
];

export const titleOf = ({ name, network, rows, columns, loss }) => `${name}, ${network}: ${rows} x ${columns}, ${loss}`;

/** A case on one page: final gaps, directions by step rules. `**` marks the lowest of each direction. */
export function gapTable(one, checkpoints) {
  const rules = Object.keys(ruleList).filter((rule) => one.methods.some((method) => method.rule === rule));
  const directions = [...new Set(one.methods.map(({ direction }) => direction))];
  return {
    title: titleOf(one),
    columns: [`gap at ${checkpoints.at(-1)}`, ...rules],
    rows: directions.map((direction) => {
      const own = one.methods.filter((method) => method.direction === direction);
      const lowest = Math.min(...own.map(finalGap));
      return [
        direction,
        ...rules.map((rule) => {
          const method = own.find((m) => m.rule === rule);
          return method ? emphasized(finalGap(method), lowest) : '';
        }),
      ];
    }),
  };
}

/** All figures of a case: median gaps at the checkpoints, what they cost, and the tuned rate. */
export function caseTable(one, checkpoints) {
  const lowest = checkpoints.map((_, c) => Math.min(...one.methods.map((method) => method.gaps[c])));
  const range = ({ seedGaps }) => `${gapText(Math.min(...seedGaps))} to ${gapText(Math.max(...seedGaps))}`;
  return {
    folded: `${titleOf(one)}: gaps on the way, products, evaluations, seconds, rates`,
    columns: [
      'direction',
      'step rule',
      ...checkpoints.map((k) => `gap at ${k}`),
      ...(one.seeds > 1 ? [`over ${one.seeds} seeds`] : []),
      'products',
      'fallbacks',
      'evaluations / iteration',
      'seconds',
      'rate',
      'products to tune it',
    ],
    rows: one.methods.map((m) => [
      m.direction,
      m.rule,
      ...m.gaps.map((gap, c) => emphasized(gap, lowest[c])),
      ...(one.seeds > 1 ? [range(m)] : []),
      m.products,
      m.fallbacks,
      m.innerEvaluations.toFixed(1),
      m.seconds.toPrecision(2),
      m.rate === undefined ? '' : m.rate.toPrecision(2),
      m.tuning ? m.tuning.products : '',
    ]),
  };
}

const finalGap = ({ gaps }) => gaps.at(-1);

const emphasized = (gap, lowest) => (gap === lowest ? `**${gapText(gap)}**` : gapText(gap));

const isLinear = ({ network }) => network === 'linear';

const gapText = (value) => (value <= 0 ? '0' : value.toExponential(1));

export function findingsTable(findings) {
  const directions = [...new Set(findings.flatMap((f) => f.outcomes.map((o) => o.direction)))];
  const share = (outcomes) => {
    const differing = outcomes.filter((o) => o.outcome !== 'equal');
    if (outcomes.length === 0) return '–';
    return differing.length === 0
      ? '0 of 0'
      : `${differing.filter((o) => o.outcome === 'holds').length} of ${differing.length}`;
  };
  return {
    title: 'The orderings, counted',
    caption:
      'Cases in which the ordering holds, of those in which the two differ by more than 1 % and have not both converged; gaps after ' +
      'the last iteration. The factor is the median of the last gap over the first. Marked *: not a finding of the paper.',
    columns: ['ordering', 'all', 'median factor', ...directions],
    rows: findings.map((f) => [
      f.own ? `${f.meaning} *` : f.meaning,
      share(f.outcomes),
      f.factor.toPrecision(3),
      ...directions.map((direction) => share(f.outcomes.filter((o) => o.direction === direction))),
    ]),
  };
}

export function sweepTable({ points, work, hidden }) {
  return {
    title: `An iteration of layerwise over one with a fixed step, n d = ${work}, ${hidden} hidden units`,
    columns: ['outputs', 'd', 'n', 'solver', 'evaluations T', 'd / (T (c + k))', 'fixed, ms', 'layerwise, ms', 'ratio'],
    rows: points.map((p) => [
      p.outputs,
      p.columns,
      p.rows,
      p.solver,
      p.innerEvaluations.toFixed(1),
      p.share.toPrecision(2),
      (1000 * p.fixedSeconds).toPrecision(3),
      (1000 * p.seconds).toPrecision(3),
      p.ratio <= CONTRACT ? `**${p.ratio.toFixed(2)}**` : p.ratio.toFixed(2),
    ]),
  };
}

export function markdown({ cases, checkpoints, findings, sweep }) {
  const part = (table) => `### ${table.title}\n\n${markdownTable(table)}`;
  const said = (own) => findings.filter((f) => f.own === own).map((f) => `- ${f.sentence}`);
  return [
    '## Findings of the paper',
    ...said(false),
    '## Beyond the paper',
    ...said(true),
    part(findingsTable(findings)),
    '## Gaps',
    ...cases.flatMap((one) => [part(gapTable(one, checkpoints)), markdownTable(caseTable(one, checkpoints))]),
    '## What a search costs',
    ...sweep.thresholds.map((t) => `- ${thresholdSentence(t)}`),
    part(sweepTable(sweep)),
  ]
    .join('\n\n')
    .replaceAll('\n\n- ', '\n- ')
    .concat('\n');
}

export function html(report) {
  const { cases, checkpoints, sweep, machine, options } = report;
  const tablesOf = (one) => [gapTable(one, checkpoints), caseTable(one, checkpoints)];
  return page({
    title: 'Plane search: every direction with every step rule',
    lead: `${machine.processor}, ${machine.threads} threads, ${machine.backend} backend${
      machine.native ? ` (${machine.native.blas.split(' ').slice(0, 2).join(' ')}, ${machine.native.core})` : ''
    }, Node ${machine.node}. ${options.iterations} iterations, ${options.seeds} seed(s), ${report.seconds.toFixed(0)} s in all.`,
    intro: introduction(report),
    shown: { rows: SHOWN, columns: Object.keys(ruleList).filter((rule) => !NOT_SHOWN.includes(rule)) },
    figures: [
      ...[...cases.filter(isLinear), ...cases.filter((one) => !isLinear(one))].map(caseFigure),
      ...sweepFigures(sweep),
    ],
    tables: [sweepTable(sweep), ...cases.flatMap(tablesOf)],
  });
}

function introduction({ cases, findings, sweep, options }) {
  const verdicts = (own) =>
    findings
      .filter((f) => f.own === own)
      .map(verdictOn)
      .join('\n');
  return `<p>The comparison of <em>Why line search when you can plane search?</em> (Shea &amp; Schmidt, arXiv 2406.17954) on real data:
logistic (softmax for several classes) regression, and networks with ${options.hidden} hidden units, full batch, l2 = 1/n. LS is
<code>backtracking</code> or <code>strong-wolfe</code>, LO <code>line</code>, PS <code>plane</code>, SO <code>layerwise</code>, the last
two with one past step as momentum. Every method makes exactly two products with X per iteration (three with <code>adam-pair</code>, which
brings two directions); where a rule finds no step along a direction, the iteration falls back to steepest descent for one product more,
and the tables count that.</p>
<p>The rates of <code>fixed</code> and <code>schedule</code> are the best on the grid of powers of 2, each tried for all
${options.iterations} iterations, with the same starting point: the price of that tuning is a column of the tables, and is not in the
curves. Curves show the best objective so far above the lowest that any run found, a run of three times the length
included.${seedsOf(options)} Rows, spread evenly over each file: ${rowsOf(cases)}. With one layer, layerwise by gauss-newton is the same
as plane and left out, and so is backtracking by layer.</p>
<h3>What holds here, and what does not</h3>
${verdicts(false)}
<h3>Beyond the paper</h3>
${verdicts(true)}
${htmlTable(findingsTable(findings))}
<h3>What a search costs</h3>
<ul>${sweep.thresholds.map((t) => `<li>${escape(thresholdSentence(t))}</li>`).join('\n')}</ul>`;
}

const seedsOf = ({ seeds }) =>
  seeds === 1
    ? ''
    : `
Networks start from ${seeds} seeds: tables and findings take medians over them, each curve is the run of the median seed. Rates are tuned on
the first seed and kept for the others.`;

/** Share of the cases that differ from which on an ordering holds mostly. */
const MOSTLY = 0.75;

function verdictOn({ headline, where, holds, fails }) {
  const [verdict, style] =
    fails === 0
      ? ['holds', 'holds']
      : holds >= MOSTLY * (holds + fails)
        ? ['holds mostly', 'holds']
        : holds >= fails
          ? ['holds in part', 'partly']
          : ['fails', 'fails'];
  const words = { holds: 'holds on', equal: 'even on', fails: 'not on' };
  const list = where.map((one) => {
    const parts = Object.entries(words)
      .filter(([key]) => one[key].length > 0)
      .map(([key, word]) => `${word} ${one[key].join(', ')}`);
    return `<li>${escape(`${one.direction}: ${parts.join('; ')}`)}</li>`;
  });
  return `<details><summary><span class="${style}">${verdict}</span> · ${escape(headline)}</summary><ul>${list.join('')}</ul></details>`;
}

function rowsOf(cases) {
  const byName = new Map(cases.map((one) => [one.name, one]));
  const text = ({ name, rows, allRows }) => `${escape(name)} ${rows}${rows < allRows ? ` of ${allRows}` : ''}`;
  return [...byName.values()].map(text).join(', ');
}

function caseFigure(one) {
  return {
    section: isLinear(one) ? 'Linear models' : 'Networks with one hidden layer',
    title: titleOf(one),
    yLabel: 'objective gap',
    logY: true,
    yMin: LOWEST_GAP,
    views: VIEWS,
    series: one.methods.map(({ direction, rule, label, curve }) => ({
      label,
      legend: { row: direction, column: rule },
      color: Object.keys(directionList).indexOf(direction),
      dash: ruleList[rule].dash,
      x: [curve.objective.map((_, i) => i), curve.products, curve.seconds],
      y: curve.objective.map((value) => Math.max(value - curve.best, 0)),
    })),
  };
}

function sweepFigures({ points }) {
  const groups = [...grouped(points)];
  const series = (x) =>
    groups.map(([label, group]) => ({
      label,
      color: group[0].solver === 'gauss-newton' ? 0 : 1,
      dash: group[0].outputs === 1 ? '' : '8 4',
      points: true,
      x: group.map(x),
      y: group.map((point) => point.ratio),
    }));
  const views = [
    { label: 'by d', xLabel: 'd, columns of X', logX: true },
    {
      label: 'by d / (T (c + k))',
      logX: true,
      xLabel: 'd / (T (c + k)): columns over inner evaluations x (outputs + columns of the subspace)',
    },
  ];
  const [byColumns, byShare] = [series((p) => p.columns), series((p) => p.share)];
  return [
    {
      section: 'What a search costs',
      title: 'Time of a layerwise iteration over one with a fixed step, same direction',
      yLabel: 'ratio',
      logY: true,
      views,
      series: byColumns.map((s, i) => ({ ...s, x: [s.x, byShare[i].x] })),
      caption: `The claim "costs no more" is good to ${CONTRACT} where a curve is below that ratio.`,
    },
  ];
}
