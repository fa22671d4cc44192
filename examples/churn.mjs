/**
 * A table as companies have it, from CSV to a report with names: mixed columns, few who leave, missing values, dates, an id.
 *
 *     node examples/churn.mjs
 *
 * The same in one command, after `planesearch describe customers.csv` has shown what is in it:
 *
 *     planesearch train customers.csv --target churn --impute indicator --ignore customerID --report churn.html --out churn.model
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { columnNames, createRandom, loadTable, train, writeReport } from 'planesearch';

/** Most stay; customers who are new, on the basic plan and not active leave more often than others. */
function customers(rows, seed) {
  const random = createRandom(seed);
  const unless = (share, cell) => (random.uniform() < share ? '' : cell);
  const lines = Array.from({ length: rows }, (_, i) => {
    const [months, plan, active] = [random.integer(72), ['basic', 'plus', 'pro'][random.integer(3)], random.uniform() < 0.7];
    const since = new Date(Date.UTC(2018, 0, 1 + random.integer(2000))).toISOString().slice(0, 10);
    const score = 3 * random.normal() - 0.05 * months + (plan === 'basic' ? 1.5 : 0) + (active ? 0 : 2);
    const cells = [unless(0.05, months), unless(0.03, plan), unless(0.02, active ? 'yes' : 'no'), unless(0.02, since)];
    return [`C-${seed}-${i}`, ...cells, score > 5.2 ? 'left' : 'stayed'].join(',');
  });
  return ['customerID,months,plan,active,since,churn', ...lines, ''].join('\n');
}

const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-'));
try {
  const [file, later] = [path.join(folder, 'customers.csv'), path.join(folder, 'later.csv')];
  await writeFile(file, customers(4000, 1));
  await writeFile(later, customers(1000, 2));

  const options = { target: 'churn', impute: 'indicator', columns: { customerID: 'ignore' } };
  const { data: x, target: y, schema, summary } = await loadTable(file, options);
  for (const { name, kind, missing } of summary) console.log(`${name}: ${kind ?? 'ignored'}, ${missing} missing`);
  const training = await train({ x, y, schema }, { standardize: true });
  const test = await loadTable(later, { schema });
  const page = path.join(folder, 'churn.html');
  await writeReport(page, training, { title: 'Who leaves', test: { x: test.data, y: test.target, name: 'later.csv' } });

  const { model, scores } = training;
  const left = y.values.filter((label) => label === 'left').length;
  console.log(`${left} of ${y.values.length} left; the report has ${(await readFile(page)).length} bytes`);
  console.log(`log loss ${scores.loss.toFixed(4)}, accuracy ${scores.accuracy.toFixed(3)}`);
  columnNames(schema).forEach((name, j) => console.log(`${name.padEnd(20)}${model.spec.parameters[j].toFixed(4)}`));
  const newcomer = { months: 2, plan: 'basic', active: false, since: null };
  const rows = [newcomer, { months: 60, plan: 'pro', active: true, since: new Date() }];
  // Outputs are those of the second class, 'stayed'.
  const chances = Array.from(await model.outputs(rows), (output) => 1 / (1 + Math.exp(output)));
  console.log(`leaves: the new one with ${chances[0].toFixed(3)}, the old one with ${chances[1].toFixed(3)}`);
} finally {
  await rm(folder, { recursive: true });
}
