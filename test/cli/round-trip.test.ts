import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { csvRows, libsvmRows, onJavascript, pictures, priceRows, trained, workspace, type TrainingJson } from './support.js';

const work = workspace();

async function predicted(model: string, data: string, told = ''): Promise<string[]> {
  const { code, stdout, stderr } = await onJavascript(['predict', model, data]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: told && `planesearch: ${told}\n` });
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout.slice(0, -1).split('\n');
}

async function evaluated(model: string, data: string, ...options: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await onJavascript(['evaluate', model, data, '--json', ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
  return JSON.parse(stdout);
}

/** Training, prediction and evaluation have to tell the same story. */
function expectAgreement(
  result: TrainingJson,
  predictions: readonly string[],
  truth: readonly string[],
  evaluation: unknown,
  notices: readonly string[] = [],
): void {
  const hits = predictions.filter((prediction, i) => prediction === truth[i]).length;
  expect(predictions).toHaveLength(truth.length);
  expect(result.test!.accuracy).toBe(hits / truth.length);
  expect(result.test!.accuracy).toBeGreaterThan(0.8);
  expect(evaluation).toMatchObject({ n: truth.length, ...result.test, notices });
}

describe('train, then predict and evaluate', () => {
  it('CSV with a header, a categorical column and named classes', async () => {
    const train = work.write('train.csv.gz', csvRows(200, 1));
    const text = csvRows(90, 2);
    const test = work.write('test.csv', text);
    const model = work.path('csv.model');
    const result = await trained(train, '--test', test, '--standardize', '--out', model);
    const truth = text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[3]!);
    expectAgreement(result, await predicted(model, test), truth, await evaluated(model, test));
  });

  it('CSV without the target, its columns in another order', async () => {
    const train = work.write('ordered.csv', csvRows(200, 1));
    const text = csvRows(50, 3);
    const test = work.write('complete.csv', text);
    const shuffled = text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','))
      .map(([a, b, c]) => `${c},${a},${b}`)
      .join('\n');
    const model = work.path('ordered.model');
    await trained(train, '--out', model);
    expect(await predicted(model, work.write('shuffled.csv', shuffled))).toEqual(await predicted(model, test));
  });

  it('CSV with a number as target, in full precision', async () => {
    const train = work.write('prices.csv', priceRows(100, 4));
    const text = priceRows(40, 5);
    const test = work.write('new-prices.csv', text);
    const model = work.path('prices.model');
    const result = await trained(train, '--target', 'price', '--test', test, '--out', model);
    const truth = text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[0]));
    const predictions = (await predicted(model, test)).map(Number);
    const half = truth.reduce((sum, y, i) => sum + 0.5 * (y - predictions[i]!) ** 2, 0) / truth.length;
    expect(result.test!.loss).toBeCloseTo(half, 14);
    expect(result.test!.r2).toBeGreaterThan(0.99);
    expect(await evaluated(model, test)).toMatchObject({ n: 40, ...result.test, notices: [] });
  });

  it('LIBSVM with features that training has not seen, and others missing', async () => {
    const train = work.write('train.svm.gz', libsvmRows(300, 6));
    const text = libsvmRows(80, 7, 2);
    const test = work.write('test.svm', text);
    const model = work.path('svm.model');
    const result = await trained(train, '--test', test, '--out', model);
    expect(result).toMatchObject({ d: 3, loss: 'softmax' });
    const truth = text
      .trimEnd()
      .split('\n')
      .map((line) => line[0]!);
    const told = `'${test}': 160 entries are of features that the training data does not have, and left out.`;
    expectAgreement(result, await predicted(model, test, told), truth, await evaluated(model, test), [told]);
    const narrow = work.write('narrow.svm', '1 1:9\n2 2:9\n');
    expect(await predicted(model, narrow)).toEqual(['1', '2']);
  });

  it('IDX images with their labels', async () => {
    const [train, test] = [pictures(300, 8), pictures(100, 9)];
    const files = {
      train: work.write('train-images.gz', train.images),
      labels: work.write('train-labels.gz', train.labels),
      test: work.write('test-images', test.images),
      testLabels: work.write('test-labels', test.labels),
    };
    const model = work.path('idx.model');
    const result = await trained(
      files.train,
      '--labels',
      files.labels,
      '--test',
      files.test,
      '--test-labels',
      files.testLabels,
      '--network',
      'mlp',
      '--hidden',
      '6',
      '--max-iterations',
      '30',
      '--out',
      model,
    );
    expect(result).toMatchObject({ n: 300, d: 16, loss: 'softmax', network: 'mlp' });
    const truth = Array.from(test.labels.subarray(8), String);
    const evaluation = await evaluated(model, files.test, '--labels', files.testLabels);
    expectAgreement(result, await predicted(model, files.test), truth, evaluation);
  });
});

it('predict --out writes what it would print', async () => {
  const train = work.write('out.svm', libsvmRows(100, 10));
  const model = work.path('out.model');
  await trained(train, '--out', model);
  const out = work.path('predictions.txt');
  expect(await onJavascript(['predict', model, train, '--out', out])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(out, 'utf8')).toBe(`${(await predicted(model, train)).join('\n')}\n`);
});

it('evaluate tells people the rows, the loss and the accuracy', async () => {
  const train = work.write('people.svm', libsvmRows(100, 10));
  const model = work.path('people.model');
  await trained(train, '--out', model);
  const { stdout } = await onJavascript(['evaluate', model, train]);
  expect(stdout).toMatch(/^data +100 rows\nfit +loss 0\.\d+ +accuracy [01]\.\d{4}\n/);
});
