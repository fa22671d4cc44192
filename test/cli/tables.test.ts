/** A table as companies have it (mixed columns, 95 to 5 classes, missing values, dates, an id): seen, trained and predicted. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { columnNames, loadTable, Model, tableFrom, train, type TableRow } from '../../lib/index.js';
import { planesearch, trained, workspace } from './support.js';

const work = workspace();

/** Most stay; who is new, on the basic plan and not active leaves. */
function churn(rows: number, seed: number): string {
  const random = createRandom(seed);
  const unless = (share: number, cell: string | number): string => (random.uniform() < share ? '' : String(cell));
  const lines = Array.from({ length: rows }, (_, i) => {
    const months = random.integer(72);
    const plan = ['basic', 'plus', 'pro'][random.integer(3)]!;
    const active = random.uniform() < 0.7;
    const since = new Date(Date.UTC(2018, 0, 1 + random.integer(2000))).toISOString().slice(0, 10);
    const score = (months < 12 ? 2 : 0) + (plan === 'basic' ? 1.5 : 0) + (active ? 0 : 2) + random.normal();
    const cells = [unless(0.05, months), unless(0.03, plan), unless(0.02, active ? 'yes' : 'no'), unless(0.02, since)];
    return [`C-${seed}-${i}`, ...cells, score > 4.5 ? 'left' : 'stayed'].join(',');
  });
  return ['customerID,months,plan,active,since,churn', ...lines, ''].join('\n');
}

const csv = work.write('churn.csv', churn(1500, 1));
const later = work.write('later.csv', churn(300, 2));
const how = ['--impute', 'median', '--ignore', 'customerID'];

describe('describe', () => {
  it('prints every column with its kind, levels, missing cells and values, and warns of an identifier', async () => {
    const { code, stdout, stderr } = await planesearch(['describe', csv]);
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(lines[0]).toEqual([`'${csv}': 1500 rows, 1506 columns of X (sparse)`]);
    expect(lines[1]).toEqual(['column', 'kind', 'levels', 'missing', 'values']);
    expect(lines.slice(2).map(([name, kind]) => [name, kind])).toEqual([
      ['customerID', 'categorical'],
      ['months', 'numeric'],
      ['plan', 'categorical'],
      ['active', 'boolean'],
      ['since', 'date'],
      ['churn', 'target, labels'],
    ]);
    expect(lines[7]![3]).toMatch(/^stayed 14\d\d, left \d+$/);
    expect(stderr).toContain("column 'customerID' has 1500 categories in 1500 rows and looks like an identifier");
  });

  it('counts what the file holds', async () => {
    const { stdout } = await planesearch(['describe', csv, '--json', ...how]);
    const { summary, rows } = JSON.parse(stdout) as { rows: number; summary: { name: string; missing: number }[] };
    const cells = readFileSync(csv, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    expect(rows).toBe(cells.length);
    summary.forEach(({ name, missing }, k) =>
      expect([name, missing]).toEqual([name, k === 0 ? 0 : cells.filter((line) => line[k] === '').length]),
    );
  });

  it('tells of data without columns what there is', async () => {
    const svm = work.write('some.svm', '1 1:2 3:4\n-1 2:1\n1 1:5\n');
    const { stdout } = await planesearch(['describe', svm, '--quiet']);
    expect(stdout).toMatch(/3 rows, 3 columns of X\n.*\n {2}label {2,}target, numbers {2,}2 {2,}1 2, -1 1\n$/s);
  });

  it('of many columns train shows the first and the last', async () => {
    const wide = Array.from({ length: 60 }, (_, k) => `c${k}`);
    const rows = Array.from({ length: 20 }, (_, i) => wide.map((_, k) => ((i + 1) * (k + 3)) % 17).join(','));
    const file = work.write('wide.csv', [wide.join(','), ...rows, ''].join('\n'));
    const { stderr } = await planesearch(['train', file, '--max-iterations', '1']);
    expect(stderr).toMatch(/\n {2}c18 [^\n]+\n {2}\.\.\. 40 more \.\.\.\n {2}c59 +target/);
    expect((await planesearch(['describe', file])).stdout).toMatch(/\n {2}c30 /);
    expect((await planesearch(['train', file, '--max-iterations', '1', '--quiet'])).stderr).toBe('');
  });
});

describe('train', () => {
  it('refuses missing cells with line and column, and says what helps', async () => {
    const { code, stderr } = await planesearch(['train', csv, '--ignore', 'customerID']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^planesearch: Line \d+ of '.*', column '\w+', must hold a value .*--impute puts a value there/);
  });

  it('takes the table in one command, and shows what it read', async () => {
    const out = work.path('churn.model');
    const page = work.path('churn.html');
    const argv = ['train', csv, ...how, '--target', 'churn', '--test', later, '--report', page, '--out', out];
    const { code, stdout, stderr } = await planesearch(argv);
    expect(code).toBe(0);
    const html = readFileSync(page, 'utf8');
    for (const name of ['months', 'plan=basic', 'since', 'Confusion']) expect(html).toContain(name);
    expect(stderr).toMatch(/\n {2}customerID +ignored\n {2}months +numeric/);
    expect(stderr).toContain('and imputed (--impute median)');
    expect(stdout).toMatch(/^data +1500 rows x 6 columns, 2 classes\n/);
    expect(stdout).toContain('because the targets are text');
    const { schema } = (await Model.load(out)).spec;
    expect(columnNames(schema!)).toEqual(['months', 'plan=basic', 'plan=plus', 'plan=pro', 'active', 'since']);
  });

  it.each([
    [['--impute', 'months=median,plan=indicator,active=most-frequent,since=mean'], 7],
    [['--impute', 'indicator'], 10],
    [['--impute', 'mean', '--categorical', 'active', '--rare-levels', '1600'], 5 - 1],
    [['--impute', 'mean', '--boolean', 'active', '--date', 'since', '--numeric', 'months', '--date-order', 'dmy'], 6],
    [['--impute', 'mean', '--storage', 'sparse'], 6],
  ])('%j', async (options, d) => {
    expect(await trained(csv, '--ignore', 'customerID', ...options, '--max-iterations', '3')).toMatchObject({ d });
  });

  it.each([
    [
      ['--impute', 'zero'],
      /--impute must be one of mean, median, most-frequent, indicator, or a list of column=how, but 'zero'/,
    ],
    [['--impute', 'months=zero'], /--impute must be one of mean/],
    [['--date-order', 'ymd'], /--date-order must be one of dmy, mdy/],
    [['--rare-levels', '0'], /--rare-levels must be an integer of at least 1/],
  ])('refuses %j', async (options, sentence) => {
    const { code, stderr } = await planesearch(['train', csv, ...options]);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });
});

describe('the model', () => {
  it('predicts a CSV file as it predicts the table, and its rows, one by one too', async () => {
    const options = { target: 'churn', impute: 'indicator', columns: { customerID: 'ignore' } } as const;
    const { data, target, schema } = await loadTable(csv, options);
    const { model } = await train({ x: data, y: target, schema });
    await model.save(work.path('names.model'));
    const table = await loadTable(later, { schema });
    const expected = await model.predict(table.data);
    const printed = (await planesearch(['predict', work.path('names.model'), later])).stdout.trimEnd().split('\n');
    expect(printed).toEqual(expected);
    expect(new Set(expected).size).toBe(2);
    const [header = '', ...lines] = readFileSync(later, 'utf8').trimEnd().split('\n');
    const names = header.split(',');
    const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, k) => [names[k]!, cell])) as TableRow);
    expect(await model.predict(rows)).toEqual(expected);
    expect(await Promise.all(rows.slice(0, 20).map(async (row) => (await model.predict([row]))[0]))).toEqual(
      expected.slice(0, 20),
    );
    expect(
      await model.evaluate(
        rows,
        rows.map(({ churn: label }) => String(label)),
      ),
    ).toEqual(await model.evaluate(table.data, table.target));
  });

  it('of a table in memory is that of the file', async () => {
    const text = readFileSync(csv, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    const rows = text.slice(1).map((cells) => Object.fromEntries(cells.map((cell, k) => [text[0]![k]!, cell])) as TableRow);
    const options = { impute: 'median', columns: { customerID: 'ignore' } } as const;
    const [file, memory] = [await loadTable(csv, options), await tableFrom(rows, options)];
    expect(memory.data).toEqual(file.data);
    expect(memory.target).toEqual(file.target);
    expect(memory.summary).toEqual(file.summary);
    expect({ ...memory.schema, format: 'csv' }).toEqual(file.schema);
  });

  it('without anything for missing cells leaves lines empty, sparse as well', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 7},k${i % 5},${i % 7 > 3 ? 'a' : 'b'}`);
    const model = work.path('gaps.model');
    const data = work.write('full.csv', ['n,k,y', ...rows, ''].join('\n'));
    expect((await planesearch(['train', data, '--out', model, '--quiet'])).code).toBe(0);
    const gaps = work.write('gaps.csv', 'n,k\n1,k1\n,k2\n6,\n');
    for (const storage of ['dense', 'sparse']) {
      const { stdout } = await planesearch(['predict', model, gaps, '--storage', storage, '--quiet']);
      expect(stdout).toBe('b\n\na\n');
    }
  });
});
