#!/usr/bin/env node
/**
 * A nested search beside one fit: 20 penalties x 5 folds, and the best on all rows, for logistic regression on spambase.
 *
 *     node bench/search.mjs [--data spambase.csv.gz] [--penalties 20] [--folds 5] [--rounds 5] [--tolerance 1e-4]
 *
 * Medians over the rounds, in which fit and search take turns, of wall time and of the processor time of all threads.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadTable, LogisticRegression, search } from 'planesearch';
import { dataFolder } from './support/problems.mjs';
import { median } from './support/run.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'spambase.csv.gz' },
    penalties: { type: 'string', default: '20' },
    folds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    tolerance: { type: 'string' },
  },
});

const { data: x, target: y } = await loadTable(path.join(dataFolder, given.data), { task: 'classification' });
const count = Number(given.penalties);
/** From a hundred rows to a hundredth of one. */
const l2 = Array.from({ length: count }, (_, k) => 10 ** (2 - (4 * k) / (count - 1)) / x.rows);
const options = { folds: Number(given.folds), ...(given.tolerance && { tolerance: Number(given.tolerance) }) };

async function timed(work) {
  const [began, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - began) / 1000, processor: (user + system) / 1e6, result };
}

const [fits, searches] = [[], []];
for (let round = 0; round <= Number(given.rounds); round++) {
  const fit = await timed(() => new LogisticRegression().fit(x, y));
  const found = await timed(() => search(new LogisticRegression(), { x, y }, { l2 }, options));
  // The first round compiles.
  if (round > 0) fits.push(fit), searches.push(found);
}
for (const clock of ['wall', 'processor']) {
  const [one, all] = [fits, searches].map((runs) => median(runs.map((run) => run[clock])));
  console.log(
    `${clock.padEnd(10)} one fit ${one.toFixed(4)} s, search ${all.toFixed(3)} s, ${(all / one).toFixed(1)} times as long`,
  );
}
const { best, fits: made } = searches[0].result;
console.log(`${made} fits, best l2 ${best.options.l2.toExponential(2)} with loss ${best.score.toFixed(5)}`);
