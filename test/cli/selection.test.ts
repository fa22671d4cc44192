/** Probabilities, metrics, class weights, cross-validation and search on the command line. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { loadTable } from '../../lib/data/index.js';
import { LogisticRegression } from '../../lib/estimators/index.js';
import { Model } from '../../lib/io/model.js';
import { crossValidate } from '../../lib/selection/index.js';
import { csvRows, libsvmRows, onJavascript, planesearch, priceRows, workspace } from './support.js';

const work = workspace();
const data = work.write('train.csv', csvRows(120, 3));
const test = work.write('test.csv', csvRows(40, 4));
const prices = work.write('prices.csv', priceRows(60, 2));
const three = work.write('three.svm', libsvmRows(90, 5));

async function out(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await onJavascript(argv);
  if (code !== 0) throw new Error(`${argv[0]} ended with ${code}: ${stderr}`);
  return stdout;
}

async function modelOf(file: string, ...argv: string[]): Promise<string> {
  const model = work.path(`${argv.join('').replaceAll(/\W/g, '')}${file.replaceAll(/\W/g, '')}.model`);
  await out('train', file, '--out', model, '--json', ...argv);
  return model;
}

describe('predict', () => {
  it('--probabilities prints a header and rows that sum to 1', async () => {
    const model = await modelOf(data);
    const [header, ...rows] = (await out('predict', model, test, '--probabilities', '--quiet')).trim().split('\n');
    expect(header).toBe('prediction,no,yes');
    expect(rows.length).toBe(40);
    const table = await loadTable(test, { schema: (await Model.load(model)).spec.schema });
    const p = await (await Model.load(model)).probabilities(table.data, createJavascriptBackend());
    rows.forEach((row, i) => {
      const [label, no, yes] = row.split(',');
      expect(label).toBe(Number(yes) > 0.5 ? 'yes' : 'no');
      expect([Number(no), Number(yes)]).toEqual([...p.subarray(2 * i, 2 * i + 2)]);
    });
  });

  it('--top k prints the labels in the order of their probabilities', async () => {
    const model = await modelOf(three, '--loss', 'softmax');
    const [header, first] = (await out('predict', model, three, '--top', '2', '--quiet')).split('\n');
    expect(header).toBe('label 1,probability 1,label 2,probability 2');
    const [, p, , q] = first!.split(',').map(Number);
    expect(p).toBeGreaterThan(q!);
    const hinge = await modelOf(data, '--loss', 'squared-hinge');
    expect(await out('predict', hinge, test, '--top', '1', '--quiet')).toMatch(/^label 1,output 1\n/);
  });

  it('quotes what has a comma, and leaves an empty line where a number is missing', async () => {
    const odd = csvRows(80, 5, ['a,b', 'say "x"']).replace(
      /,(a,b|say "x")$/gm,
      (_, label) => `,"${label.replaceAll('"', '""')}"`,
    );
    const model = await modelOf(work.write('odd.csv', odd));
    const holes = work.write('holes.csv', 'height,weight,"the color"\n1,2,red\n,2,red\n');
    const [header, first, second] = (await out('predict', model, holes, '--probabilities', '--quiet')).split('\n');
    expect(header).toBe('prediction,"a,b","say ""x"""');
    expect(first).toMatch(/^("a,b"|"say ""x""")(,[\d.e-]+){2}$/);
    expect(second).toBe('');
  });

  it('refuses probabilities of numbers, and both options', async () => {
    const model = await modelOf(prices);
    const { code, stderr } = await onJavascript(['predict', model, prices, '--probabilities', '--quiet']);
    expect([code, stderr]).toEqual([
      2,
      'planesearch: Probabilities must come from a model of classes, but this one predicts numbers.\n',
    ]);
    const both = await onJavascript(['predict', model, prices, '--probabilities', '--top', '1']);
    expect(both.code).toBe(2);
  });
});

describe('evaluate', () => {
  it('has the metrics and the confusion matrix, as JSON and as text', async () => {
    const model = await modelOf(data);
    const found = JSON.parse(await out('evaluate', model, test, '--json', '--quiet'));
    expect(found.metrics.accuracy).toBe(found.accuracy);
    expect(found.metrics.logLoss).toBeCloseTo(found.loss, 10);
    expect(found.confusion.labels).toEqual(['no', 'yes']);
    const [[a, b], [c, d]] = found.confusion.counts;
    expect((a + d) / (a + b + c + d)).toBe(found.accuracy);
    expect(found.classes[1].recall).toBe(d / (c + d));
    expect(found.metrics.rocAuc).toBeGreaterThan(0.8);
    const text = await out('evaluate', model, test, '--quiet');
    expect(text).toMatch(new RegExp(`\\nno +${a} +${b}\\nyes +${c} +${d}\\n`));
    expect(text).toContain('rocAuc');
  });

  it('of numbers has their errors', async () => {
    const found = JSON.parse(await out('evaluate', await modelOf(prices), prices, '--json', '--quiet'));
    expect(found.metrics.rmse).toBeCloseTo(Math.sqrt(2 * found.loss), 10);
    expect(found.confusion).toBeUndefined();
    expect(await out('evaluate', await modelOf(prices), prices, '--quiet')).toContain('mae');
  });
});

describe('train --class-weight', () => {
  it('is that of the estimator', async () => {
    const model = await Model.load(await modelOf(data, '--class-weight', 'balanced'));
    const table = await loadTable(data);
    const options = { backend: 'javascript', classWeight: 'balanced', standardize: false } as const;
    const fitted = await new LogisticRegression(options).fit(table.data, table.target);
    expect(model.spec.parameters).toEqual(fitted.model.spec.parameters);
    const named = await Model.load(await modelOf(data, '--class-weight', 'yes=5'));
    expect(named.spec.parameters).not.toEqual(model.spec.parameters);
  });

  it('refuses what is none', async () => {
    const fail = async (...argv: string[]) => (await onJavascript(['train', ...argv])).stderr;
    expect(await fail(data, '--class-weight', 'even')).toMatch(/--class-weight must be balanced, or a list of class=weight/);
    expect(await fail(data, '--class-weight', 'maybe=2')).toMatch(/classWeight must name classes that occur/);
    expect(await fail(prices, '--class-weight', 'balanced')).toMatch(/--class-weight must come with classes/);
  });
});

describe('cross-validate', () => {
  it('is that of the library, as a table and as JSON', async () => {
    const found = JSON.parse(await out('cross-validate', data, '--folds', '4', '--l2', '0.01', '--json', '--quiet'));
    const table = await loadTable(data);
    const estimator = new LogisticRegression({ backend: 'javascript', standardize: false, l2: 0.01 });
    const library = await crossValidate(estimator, { x: table.data, y: table.target }, { folds: 4 });
    expect(found.mean).toEqual(JSON.parse(JSON.stringify(library.mean)));
    expect(found.folds.length).toBe(4);
    const text = await out('cross-validate', data, '--folds', '4', '--l2', '0.01', '--quiet');
    expect(text).toMatch(/^metric +mean +standard error +fold 1 +fold 2 +fold 3 +fold 4\nloss +0\.\d+/);
  });

  it('--time-series judges every fold by the rows before it', async () => {
    const argv = ['cross-validate', data, '--time-series', '--folds', '3', '--json', '--quiet'];
    const { n, folds } = JSON.parse(await out(...argv)) as { n: number; folds: { rows: number; testRows: number }[] };
    const testRows = Math.floor(n / 4);
    expect(folds.map((fold) => fold.testRows)).toEqual([testRows, testRows, testRows]);
    expect(folds.map(({ rows }) => rows)).toEqual([3, 2, 1].map((left) => n - left * testRows));
  });

  it('--group keeps the rows of a group in one fold, and its column out of X', async () => {
    const lines = csvRows(120, 3).trim().split('\n');
    const who = lines.map((line, i) => (i === 0 ? `who,${line}` : `p${(i * i) % 17},${line}`));
    const file = work.write('groups.csv', `${who.join('\n')}\n`);
    const argv = ['cross-validate', file, '--group', 'who', '--folds', '3', '--l2', '0.01', '--json', '--quiet'];
    const found = JSON.parse(await out(...argv));
    const { data: x, target: y, groups } = await loadTable(file, { group: 'who' });
    const estimator = new LogisticRegression({ backend: 'javascript', standardize: false, l2: 0.01 });
    const library = await crossValidate(estimator, { x, y }, { folds: 3, groups });
    expect(found.mean).toEqual(JSON.parse(JSON.stringify(library.mean)));
    expect(await out('search', file, '--group', 'who', '--grid', 'l2=0.1,1', '--folds', '3')).toMatch(/^l2 /);
    const both = await onJavascript([...argv, '--time-series']);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('--group must be left out')]);
  });

  it('is for numbers and networks as well', async () => {
    const argv = ['cross-validate', prices, '--network', 'mlp', '--hidden', '3', '--max-iterations', '10', '--folds', '2'];
    expect(JSON.parse(await out(...argv, '--json')).mean.r2).toBeDefined();
  });
});

describe('search', () => {
  it('writes the best model, and tells every candidate', async () => {
    const model = work.path('best.model');
    const argv = ['search', data, '--grid', 'l2=0.001,1', '--grid', 'network=linear,skip', '--hidden', '2', '--folds', '2'];
    // The linear network has no hidden units.
    expect((await onJavascript(argv)).code).toBe(2);
    const grid = [
      'search',
      three,
      '--loss',
      'softmax',
      '--network',
      'mlp',
      '--grid',
      'l2=0.001,1',
      '--grid',
      'hidden=2,3x2',
    ];
    const found = JSON.parse(
      await out(...grid, '--max-iterations', '10', '--folds', '2', '--out', model, '--json', '--quiet'),
    );
    expect(found.candidates.length).toBe(4);
    expect(found.best).toEqual(found.candidates[0].options);
    expect(found.fits).toBe(9);
    expect((await Model.load(model)).layout.layers[0]!.outputs).toBe(found.best.hidden[0]);
    const text = await out(...grid, '--max-iterations', '5', '--folds', '2', '--scoring', 'accuracy', '--quiet');
    expect(text).toMatch(/^hidden +l2 +accuracy +standard error\n/);
    expect(text).toMatch(/\n8 fits in /);
  });

  it('refuses what is no grid', async () => {
    const fail = async (value: string) => (await onJavascript(['search', data, '--grid', value])).stderr;
    expect(await fail('l2')).toMatch(/--grid must be an option and its values/);
    expect(await fail('l3=1')).toMatch(/There is no option of a grid 'l3'\. Did you mean 'l2'/);
    expect(await fail('network=nets')).toMatch(/--grid network must be some of linear, mlp/);
  });
});

it('the help tells the exit codes', async () => {
  const { stdout } = await planesearch(['--help']);
  expect(stdout).toMatch(/Exit codes: 0 success, 1 data .*, 2 wrong usage,\n130 interrupted/);
  expect(readFileSync('docs/selection.md', 'utf8')).toContain('| 130 |');
});
