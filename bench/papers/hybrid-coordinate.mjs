/**
 * The experiment of arXiv 2408.01374 as one command, with what it leaves open: several widths and thresholds beside gradient descent
 * with rate 1 (the paper's) and 1/L, the sweep under a plane search, its cost in time and memory, images and deeper networks.
 *
 *     node bench/papers/hybrid-coordinate.mjs [--units 50,200,1000] [--thresholds 1e-4,1e-3,1e-2,1,10] [--epochs 300] [--time-limit 60]
 *         [--seed 0] [--quick] [--out bench/results]
 *
 * Progress goes to standard error, one JSON object to standard output; the folder receives hybrid-coordinate.html, .md and .json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { coordinate, createRandom, gaussNewton, gradient, lbfgs, mlp, stepRules } from 'planesearch';
import { textTable } from '../report/table.mjs';
import { loadProblem } from '../support/problems.mjs';
import { backend } from '../support/run.mjs';
import { machine } from '../support/timing.mjs';
import { peaksOf, printPeak, shapes, timesOf, CONTRACT } from './hybrid-coordinate-cost.mjs';
import { methodsFor, paperProblem, runOn } from './hybrid-coordinate-problem.mjs';
import { html, markdown, tablesOf } from './hybrid-coordinate-report.mjs';

const { values: given } = parseArgs({
  options: {
    units: { type: 'string' },
    thresholds: { type: 'string', default: '1e-4,1e-3,1e-2,1,10' },
    epochs: { type: 'string' },
    /** Seconds of one run on the paper's problem. */
    'time-limit': { type: 'string', default: '60' },
    seed: { type: 'string', default: '0' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
    /** One peak in a process of its own, which prints it and nothing else. */
    'peak-of': { type: 'string' },
  },
});
const { quick } = given;
const options = {
  units: (given.units ?? (quick ? '20' : '50,200,1000')).split(',').map(Number),
  thresholds: given.thresholds.split(',').map(Number),
  epochs: Number(given.epochs ?? (quick ? 20 : 300)),
  seed: Number(given.seed),
  columns: quick ? 50 : 1000,
  target: 1e-3,
  timeLimit: Number(given['time-limit']),
};

async function paperRuns(units) {
  const problem = paperProblem({ rows: 10, columns: options.columns, units, seed: options.seed });
  const results = [];
  const methods = methodsFor(problem, options.thresholds);
  const {
    loss: [initial],
  } = await runOn(problem, methods['gradient, rate 1'], { epochs: 0 });
  for (const [label, { threshold, ...parts }] of Object.entries(methods)) {
    const result = await runOn(problem, parts, { ...options, target: options.target * initial });
    results.push({ label, ...(threshold === undefined ? {} : { threshold }), ...result });
  }
  return { units, target: options.target, results };
}

/** A run that did not arrive counts as one epoch more than it had. */
const epochsOf = ({ epochs, loss }) => epochs ?? loss.length;

function findingsOf(paper, times, peaks) {
  const each = (sentence, test) => {
    const bad = paper.filter(
      (one) =>
        !test(
          Object.fromEntries(one.results.map((r) => [r.label, r])),
          one.results.filter((r) => 'threshold' in r),
        ),
    );
    return {
      sentence: `${sentence}: ${bad.length === 0 ? 'holds for every width' : `does not hold for ${bad.map((b) => b.units).join(', ')} units`}.`,
      holds: bad.length === 0,
    };
  };
  const rising = (list, value) => list.every((r, i) => i === 0 || value(r) <= value(list[i - 1]) * 1.02);
  const at10 = ({ loss }) => loss[Math.min(10, loss.length - 1)];
  const worst = (list, value) => Math.max(...list.map(value));
  return [
    each(
      'The hybrid needs fewer epochs than gradient descent at rate 1 (largest threshold)',
      (by, hybrids) => at10(hybrids.at(-1)) < at10(by['gradient, rate 1']),
    ),
    each('A larger threshold converges faster (loss after 10 epochs, 2 % apart counts as equal)', (_, hybrids) =>
      rising(hybrids, at10),
    ),
    each('A larger threshold costs less, once every weight is searched (evaluations per weight)', (_, hybrids) =>
      rising(
        hybrids.filter((r) => r.searchedShare > 0.99),
        (r) => r.evaluations,
      ),
    ),
    each(
      "coordinate + plane needs at most a tenth of the epochs of the paper's hybrid (its best threshold)",
      (by, hybrids) => 10 * epochsOf(by['coordinate + plane']) <= Math.min(...hybrids.map(epochsOf)),
    ),
    each('coordinate + plane is below gradient descent at rate 1/L after every epoch', (by) =>
      by['coordinate + plane'].loss.slice(1).every((loss, k) => !(loss >= by['gradient, rate 1/L'].loss[k + 1])),
    ),
    ...times
      .filter(({ search }) => search === 'newton')
      .map(({ name, ratio }) => ({
        sentence: `A newton sweep costs ${ratio.toFixed(1)} epochs of gradient descent on ${name} (aim: at most ${CONTRACT.time}).`,
        holds: ratio <= CONTRACT.time,
      })),
    ...(peaks.length === 0 || peaks[0].gradient === null
      ? []
      : [
          {
            sentence: `Peak memory is at most ${worst(peaks, (p) => p.coordinate / p.gradient).toFixed(2)} times that of gradient descent (aim: at most ${CONTRACT.memory}; the paper: 9).`,
            holds: worst(peaks, (p) => p.coordinate / p.gradient) <= CONTRACT.memory,
          },
        ]),
  ];
}

/** Images and a deeper network: what the paper names as open. */
async function openRuns() {
  const images = await loadProblem('fashion-mnist', { rows: quick ? 200 : 5000 });
  const found = [];
  for (const hidden of images ? [[100], [100, 50]] : []) {
    for (const activation of ['relu', 'tanh']) {
      const network = mlp({ hidden: quick ? hidden.map(() => 8) : hidden, activation });
      const architecture = network.architecture(images.x.columns, images.outputs);
      const start = network.initialize(architecture, createRandom(options.seed));
      const problem = { ...images, architecture, start, l2: 1 / images.x.rows };
      const rule = (name) => stepRules[name]({ solver: gaussNewton() });
      const methods = {
        'gradient + plane': { direction: gradient(), stepRule: rule('plane'), memory: 1 },
        'lbfgs + plane': { direction: lbfgs(), stepRule: rule('plane'), memory: 1 },
        'coordinate + plane': { direction: coordinate(), stepRule: rule('plane'), memory: 1 },
        'coordinate + layerwise': { direction: coordinate(), stepRule: rule('layerwise'), memory: 1 },
      };
      const results = [];
      for (const [label, method] of Object.entries(methods))
        results.push({ label, ...(await runOn(problem, method, { epochs: quick ? 5 : 40 })) });
      found.push({ name: `fashion-mnist, ${images.x.rows} rows, hidden ${hidden.join(', ')} ${activation}`, results });
      console.error(`${found.at(-1).name}: done`);
    }
  }
  return found;
}

async function main() {
  const began = performance.now();
  const paper = [];
  for (const units of options.units) {
    paper.push(await paperRuns(units));
    console.error(`${units} units: done after ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  const times = [];
  const peaks = [];
  for (const [index, shape] of shapes(quick).entries()) {
    times.push(...(await timesOf(shape, quick ? 2 : 5)));
    if (index !== 2) peaks.push({ name: shape.name, ...peaksOf(index, quick) });
  }
  const open = await openRuns();
  const findings = findingsOf(paper, times, peaks);
  const report = {
    machine: machine(backend),
    options,
    seconds: (performance.now() - began) / 1000,
    findings,
    paper,
    times,
    peaks,
    open,
  };
  for (const table of tablesOf(report)) console.error(`\n${table.title}\n${textTable(table)}`);
  for (const { sentence } of findings) console.error(`- ${sentence}`);
  mkdirSync(given.out, { recursive: true });
  const text = JSON.stringify(report);
  for (const [extension, content] of Object.entries({ html: html(report), md: markdown(report), json: text })) {
    writeFileSync(path.join(given.out, `hybrid-coordinate.${extension}`), content);
  }
  console.error(`Written: ${path.join(given.out, 'hybrid-coordinate.html')}, .md and .json`);
  console.log(text);
}

if (given['peak-of']) await printPeak(given['peak-of'], quick);
else await main();
