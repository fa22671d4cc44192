/** The comparison in words, tables and figures. */
import { escape } from '../../dist/report/html.js';
import { page } from '../report/page.mjs';
import { markdownTable } from '../report/table.mjs';
import { CONTRACT } from './hybrid-coordinate-cost.mjs';

const TITLE = 'Hybrid coordinate descent (arXiv 2408.01374)';
const short = (value) =>
  value === null || value === undefined
    ? '–'
    : value === 0
      ? '0'
      : value >= 0.01 && value < 1e4
        ? value.toPrecision(3)
        : value.toExponential(1);
const megabytes = (bytes) => (bytes === null ? '–' : (bytes / 2 ** 20).toFixed(0));

function paperTable({ units, results, target }) {
  return {
    title: `${units} units`,
    caption: `Loss relative to the start after 1, 2, 5, 10 and 50 epochs; epochs until ${target} of it (a run ends there).`,
    columns: ['method', '1', '2', '5', '10', '50', 'epochs', 'ms per epoch', 'searched', 'evaluations per weight'],
    rows: results.map(({ label, loss, epochs, secondsPerEpoch, searchedShare, evaluations }) => [
      label,
      ...[1, 2, 5, 10, 50].map((k) => short(loss[k] === undefined ? null : loss[k] / loss[0])),
      epochs ?? `over ${loss.length - 1}`,
      (1000 * secondsPerEpoch).toFixed(1),
      `${(100 * searchedShare).toFixed(0)} %`,
      evaluations.toFixed(1),
    ]),
  };
}

function costTable({ times }) {
  return {
    title: 'Cost of a sweep',
    caption: `Every weight searched, over one epoch of gradient descent on the same data and threads; at most ${CONTRACT.time} is the aim.`,
    columns: ['problem', 'search', 'epoch ms', 'sweep ms', 'ratio', 'evaluations per weight'],
    rows: times.map(({ name, search, epochSeconds, sweepSeconds, ratio, evaluations }) => [
      name,
      search,
      (1000 * epochSeconds).toFixed(1),
      (1000 * sweepSeconds).toFixed(1),
      ratio.toFixed(2),
      evaluations.toFixed(2),
    ]),
  };
}

function memoryTable({ peaks }) {
  return {
    title: 'Peak memory beyond X, MB',
    caption: `Of the whole process, what the JavaScript side holds included; coordinate over gradient at most ${CONTRACT.memory} is the aim (the paper: 9).`,
    columns: ['problem', 'gradient', 'coordinate', 'ratio', 'gradient + plane', 'coordinate + plane'],
    rows: peaks.map(({ name, gradient, coordinate, gradientPlane, coordinatePlane }) => [
      name,
      megabytes(gradient),
      megabytes(coordinate),
      gradient ? (coordinate / gradient).toFixed(2) : '–',
      megabytes(gradientPlane),
      megabytes(coordinatePlane),
    ]),
  };
}

function openTable({ name, results }) {
  const epochs = [1, 5, 10, 20, 40];
  return {
    title: name,
    caption: 'Objective after so many iterations.',
    columns: ['method', ...epochs.map(String), 'ms per iteration', 'evaluations per weight'],
    rows: results.map(({ label, loss, secondsPerEpoch, evaluations }) => [
      label,
      ...epochs.map((k) => short(loss[k])),
      (1000 * secondsPerEpoch).toFixed(0),
      evaluations ? evaluations.toFixed(1) : '–',
    ]),
  };
}

const VIEWS = [
  { label: 'epochs', xLabel: 'epochs' },
  { label: 'seconds', xLabel: 'seconds', logX: true },
];

function figureOf(title, section, yLabel, results, scale) {
  return {
    title,
    section,
    yLabel,
    logY: true,
    yMin: 1e-12,
    views: VIEWS,
    series: results.map(({ label, loss, seconds }, s) => ({
      label,
      color: s,
      dash: label.startsWith('hybrid') ? '6 3' : '',
      x: [loss.map((_, k) => k), seconds.map((t) => Math.max(t, 1e-4))],
      y: loss.map((value) => value / scale(loss)),
    })),
  };
}

export function tablesOf(report) {
  return [
    ...report.paper.map(paperTable),
    costTable(report),
    ...(report.peaks.length ? [memoryTable(report)] : []),
    ...report.open.map(openTable),
  ];
}

const heading = (report) =>
  `${report.machine.processor}, ${report.machine.threads} threads, ${report.machine.backend}` +
  `${report.machine.native ? ` (${report.machine.native.core}, ${report.machine.native.simd})` : ''}`;

export function markdown(report) {
  const tables = tablesOf(report).map((table) => `## ${table.title}\n\n${table.caption}\n\n${markdownTable(table)}`);
  return (
    [
      `# ${TITLE}`,
      `${heading(report)}; ${report.seconds.toFixed(0)} s in all.`,
      report.findings.map((f) => `- ${f.sentence}`).join('\n'),
      ...tables,
    ].join('\n\n') + '\n'
  );
}

export function html(report) {
  const findings = report.findings
    .map(({ holds, sentence }) => `<li>${holds ? '&#10003;' : '&#10007;'} ${escape(sentence)}</li>`)
    .join('');
  const figures = [
    ...report.paper.map(({ units, results }) =>
      figureOf(
        `${units} units`,
        "The paper's problem: loss over loss at the start",
        'loss / start',
        results,
        (loss) => loss[0],
      ),
    ),
    ...report.open.map(({ name, results }) => figureOf(name, 'Beyond the paper', 'objective', results, () => 1)),
  ];
  const lead =
    'Every weight moves at once, by its own search where its gradient is small and by a gradient step elsewhere. 10 rows on the unit sphere in ' +
    `${report.options.columns} dimensions, labels N(0,1), relu units, only the first layer is trained. Dashed: the paper's method as far as it is ` +
    'stated; solid: the same sweep with a step that is solved for, and gradient descent.';
  const intro = `<ul>${findings}</ul><p class="lead">${escape(heading(report))}</p>`;
  return page({ title: TITLE, lead, intro, tables: tablesOf(report), figures });
}
