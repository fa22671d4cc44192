/**
 * From a CSV file to a model that reads files of the same kind: numeric and categorical columns, a target by name.
 *
 *     node examples/csv-file.mjs
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRandom, loadTable, Model, train } from 'planesearch';

/** Rents that follow from size, age and part of town, and something nobody knows. */
function rents(rows, seed) {
  const random = createRandom(seed);
  const towns = [
    ['harbor', 250],
    ['"hill, north"', 120],
    ['station', -80],
  ];
  const lines = Array.from({ length: rows }, () => {
    const [town, surcharge] = towns[random.integer(towns.length)];
    const [size, age] = [25 + random.integer(100), random.integer(80)];
    return `${size},${age},${town},${Math.round(200 + 9 * size - 2.5 * age + surcharge + 60 * random.normal())}`;
  });
  return ['size,age,town,rent', ...lines].join('\n');
}

const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-'));
const file = (name) => path.join(folder, name);
try {
  await writeFile(file('train.csv'), rents(500, 1));
  await writeFile(file('test.csv'), rents(200, 2));
  await writeFile(file('new.csv'), 'size,age,town\n60,10,harbor\n60,10,station\n');

  const table = await loadTable(file('train.csv'), { target: 'rent', needsTarget: true });
  const names = table.data.columnNames.join(', ');
  console.log(`${table.data.rows} rows, columns of X: ${names}`);
  const data = { x: table.data, y: table.target, schema: table.schema };
  const { model, iterations, loss } = await train(data, { standardize: true });
  await model.save(file('rent.model'));

  // The model remembers how its data was read, and what the categories were.
  const loaded = await Model.load(file('rent.model'));
  const { schema } = loaded.spec;
  const test = await loadTable(file('test.csv'), { schema, needsTarget: true });
  const { r2 } = await loaded.evaluate(test.data, test.target);
  console.log(`${loss} loss, ${iterations} iterations, r2 on ${test.data.rows} other rows ${r2.toFixed(3)}`);

  const unseen = await loadTable(file('new.csv'), { schema, needsTarget: false });
  const [harbor, station] = await loaded.predict(unseen.data);
  console.log(`60 square meters, 10 years old: ${harbor.toFixed(0)} at the harbor, ${station.toFixed(0)} at the station`);
} finally {
  await rm(folder, { recursive: true });
}
