/**
 * The comparison of arXiv 2406.17954 as one command: every direction with every step rule, on logistic regression and two-layer
 * networks, and a sweep that shows where its claim on costs stops being true.
 *
 *     node bench/papers/plane-search.mjs [--data NAME,...] [--networks linear,tanh] [--directions NAME,...] [--iterations 100]
 *         [--schedules cosine,logarithmic-restarts] [--seeds 1] [--hidden 50] [--quick] [--out bench/results]
 *
 * Progress goes to standard error, one JSON object to standard output; the folder receives plane-search.html, .md and .json. With
 * several seeds (starting points) the tables hold medians; rates are tuned on the first. `--quick` is a small form of everything, for
 * tests. Rows are limited so that a default run takes less than a quarter of an hour on two cores.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadProblem } from '../support/problems.mjs';
import { backend, networkOf } from '../support/run.mjs';
import { machine } from '../support/timing.mjs';
import { checkFindings } from './plane-search-findings.mjs';
import { directionList, scheduleNames } from './plane-search-methods.mjs';
import { html, markdown } from './plane-search-report.mjs';
import { compareOn } from './plane-search-runs.mjs';
import { overSeeds } from './plane-search-seeds.mjs';
import { sweep } from './plane-search-sweep.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'spambase,phishing,mushrooms,a9a,w8a,fashion-mnist-10000' },
    networks: { type: 'string', default: 'linear,tanh' },
    directions: { type: 'string', default: Object.keys(directionList).join() },
    schedules: { type: 'string', default: 'cosine,logarithmic-restarts' },
    iterations: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    hidden: { type: 'string' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
  },
});

/** Rows used, spread over the file; smaller sets are used whole. */
const rowLimits = { phishing: 6000, mushrooms: 6000, a9a: 6000, w8a: 4000, 'fashion-mnist-10000': 2500 };

function listed(option, names) {
  const list = given[option].split(',').filter(Boolean);
  const unknown = list.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`--${option} must name some of ${names.join(', ')}, but '${unknown}' was given.`);
  return list;
}

function count(option, value) {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${option} must be a whole number of at least 1, but '${given[option]}' was given.`);
}

const options = {
  data: given.data.split(','),
  networks: given.networks.split(','),
  directions: listed('directions', Object.keys(directionList)),
  schedules: listed('schedules', scheduleNames),
  iterations: count('iterations', Number(given.iterations ?? (given.quick ? 8 : 100))),
  seeds: count('seeds', Number(given.seeds)),
  hidden: count('hidden', Number(given.hidden ?? (given.quick ? 4 : 50))),
  quick: given.quick,
};
const sweepSettings = options.quick
  ? { work: 2 ** 12, columns: [8, 64], outputs: [1], hidden: 4, rounds: 3, seconds: 0 }
  : {
      work: 2 ** 20,
      columns: [8, 16, 32, 64, 128, 256, 512, 1024, 2048],
      outputs: [1, 10],
      hidden: options.hidden,
      rounds: 5,
      seconds: 3,
    };
const checkpoints = [...new Set([0.25, 0.5, 1].map((share) => Math.max(1, Math.round(share * options.iterations))))];

async function compareCase(problem, networkName, allRows) {
  const network = networkOf(networkName, [options.hidden]);
  const rates = {};
  const seeds = [];
  const began = performance.now();
  // The linear network starts at 0 whatever the seed.
  for (let seed = 0; seed < (networkName === 'linear' ? 1 : options.seeds); seed++) {
    const compared = await compareOn(problem, network, { ...options, seed, rates });
    for (const { label, rate } of compared.results) if (rate !== undefined) rates[label] ??= rate;
    seeds.push(compared);
  }
  const { best, methods } = overSeeds(seeds, checkpoints);
  const { x, name, loss, outputs } = problem;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.error(
    `${name.padEnd(22)} ${networkName.padEnd(7)} ${x.rows} x ${x.columns}: ${methods.length} methods, ${seconds} s`,
  );
  return {
    name,
    network: networkName,
    rows: x.rows,
    allRows,
    columns: x.columns,
    outputs,
    loss,
    best,
    seeds: seeds.length,
    methods,
  };
}

const began = performance.now();
const cases = [];
for (const name of options.data) {
  const whole = await loadProblem(name);
  if (!whole) continue;
  const rows = options.quick ? 200 : (rowLimits[name] ?? Infinity);
  const problem = rows < whole.x.rows ? await loadProblem(name, { rows }) : whole;
  for (const network of options.networks) cases.push(await compareCase(problem, network, whole.x.rows));
}
const gapsOf = ({ methods }) => new Map(methods.map(({ label, gaps }) => [label, gaps.at(-1)]));
const findings = checkFindings(
  cases.map((one) => ({ ...one, scale: one.best, gaps: gapsOf(one) })),
  options.directions,
);
for (const { sentence } of findings) console.error(`- ${sentence}`);
const swept = await sweep({
  ...sweepSettings,
  progress: ({ outputs, columns, solver, ratio, share }) =>
    console.error(
      `sweep: ${outputs} output(s), d ${columns}, ${solver}: ratio ${ratio.toFixed(2)} at d / (T (c + k)) ${share.toPrecision(2)}`,
    ),
});

const seconds = (performance.now() - began) / 1000;
const report = { machine: machine(backend), options, checkpoints, seconds, findings, sweep: swept, cases };
mkdirSync(given.out, { recursive: true });
const text = JSON.stringify(report);
for (const [extension, content] of Object.entries({ html: html(report), md: markdown(report), json: text })) {
  writeFileSync(path.join(given.out, `plane-search.${extension}`), content);
}
console.error(`Written: ${path.join(given.out, 'plane-search.html')}, .md and .json`);
console.log(text);
