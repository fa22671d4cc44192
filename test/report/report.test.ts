import { readdirSync, readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { outcomeOf, evaluationOf } from '../../lib/metrics/evaluation.js';
import { Model } from '../../lib/io/model.js';
import { MOST_RECORDS } from '../../lib/io/training-summary.js';
import { pictureUri } from '../../lib/report/png.js';
import { reportOf, writeReport } from '../../lib/report/index.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { workspace } from '../cli/support.js';
import { casesIn, type Case, type CaseName } from './support.js';

const work = workspace();
const names: readonly CaseName[] = ['classification', 'regression', 'text', 'images'];
let cases: Record<CaseName, Case>;
const pages: Partial<Record<CaseName, string>> = {};
const given = ({ test }: Case) => ({ test: { x: test.data, y: test.target, name: 'the test rows' } });

beforeAll(async () => {
  cases = await casesIn(work);
  for (const name of names) pages[name] = await reportOf(cases[name].training, given(cases[name]));
});

/** The body of a figure. */
function figure(html: string, id: string): string {
  return new RegExp(`<figure id="${id}".*?</figure>`, 's').exec(html)?.[0] ?? '';
}

describe.each(names)('the page of a %s', (name) => {
  it('is small, holds everything itself and runs nothing', () => {
    const html = pages[name]!;
    expect(Buffer.byteLength(html)).toBeLessThan(2 ** 20);
    expect(html).not.toMatch(/<script|\son\w+=|(src|href)="(?!data:|#)/);
  });

  it('has marks in every figure, and a title and a description of every chart', () => {
    const figures = pages[name]!.match(/<figure .*?<\/figure>/gs)!;
    expect(figures.length).toBeGreaterThan(4);
    for (const one of figures) {
      if (/<(svg class="chart"|img)/.test(one)) expect(one).toMatch(/class="mark[ "]/);
      else expect(one).toMatch(/<td/);
    }
    for (const [chart] of pages[name]!.matchAll(/<svg class="chart".*?<\/svg>/gs)) {
      expect(chart).toMatch(/<title id="[\w-]+">[^<]+<\/title><desc id="[\w-]+">[^<]+<\/desc>/);
      expect(chart).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('has different ids, and links that lead to them', () => {
    const ids = [...pages[name]!.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, list] of pages[name]!.matchAll(/(?:aria-labelledby="|href="#|for=")([^"]*)"/g))
      for (const id of list!.split(' ')) expect(ids).toContain(id);
  });

  it('says of the rows what the metrics say', async () => {
    const { training, test } = cases[name];
    const { metrics } = await evaluationOf(await outcomeOf(training.model, test.data, test.target));
    for (const [metric, value] of Object.entries(metrics))
      expect(pages[name]).toContain(`<td>${metric}</td><td class="number">${value.toPrecision(5)}</td>`);
  });

  it('is the same from the model file', async () => {
    const { model } = cases[name].training;
    const file = work.path(`${name}.model`);
    await model.save(file);
    const loaded = await Model.load(file);
    expect(loaded.training).toEqual(model.training);
    expect(await reportOf(loaded, given(cases[name]))).toBe(pages[name]);
  });
});

it.each([
  ['finite residuals', 1, 0.5],
  ['residuals beyond float64', -1, 1],
])('numbers near the end of float64, %s: every place is one', async (_, slope, share) => {
  const rows = 80;
  const values = Float64Array.from({ length: rows }, (__, i) => (i % 2 ? 1.7e308 : -1.7e308) * ((i + 1) / rows));
  const model = new Model({
    network: 'linear',
    architecture: { inputs: 1, tracked: { layer: 'output', outputs: 1 }, steps: [] },
    task: { loss: 'huber', parameters: { delta: 1 }, coding: 'numbers', outputs: 1 },
    parameters: Float64Array.of(slope, 0),
  });
  const test = { x: { values, rows, columns: 1 }, y: values.map((value) => value * share) };
  const html = await reportOf(model, { test });
  for (const [chart] of html.matchAll(/<svg class="chart".*?<\/svg>/gs)) {
    const drawn = chart.replaceAll(/<(title|desc)\b.*?<\/\1>/gs, '');
    expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
    expect(drawn).toMatch(/class="mark[ "]/);
  }
  expect(html.includes('residuals are beyond the range of float64')).toBe(slope < 0);
});

describe('figures', () => {
  it('draw an ROC curve with the area of the metric', async () => {
    const { training, test } = cases.classification;
    const { metrics } = await evaluationOf(await outcomeOf(training.model, test.data, test.target));
    const roc = figure(pages.classification!, 'roc');
    expect(roc).toContain(`Area ${metrics.rocAuc!.toFixed(4)}.`);
    const path = /class="mark" d="M([^"]*)"/.exec(roc)![1]!;
    const points = path.split('L').map((point) => point.split(' ').map(Number));
    const [[left, bottom], [right, top]] = [points[0] as [number, number], points.at(-1) as [number, number]];
    let area = 0;
    for (let k = 1; k < points.length; k++) {
      const [[a, b], [c, d]] = [points[k - 1] as [number, number], points[k] as [number, number]];
      area += ((c - a) * (2 * bottom - b - d)) / 2;
    }
    expect(area / ((right - left) * (bottom - top))).toBeCloseTo(metrics.rocAuc!, 2);
  });

  it('draw every iteration of a short run', () => {
    const objective = figure(pages.regression!, 'objective');
    const { history } = cases.regression.training;
    expect(/class="mark" d="([^"]*)"/.exec(objective)![1]!.split('L')).toHaveLength(history.length);
    expect(objective).toContain(`>${Number(history[0]!.objective.toPrecision(4))}<`);
  });

  it('show weights and worst rows of images as pictures', () => {
    expect(figure(pages.images!, 'weights').match(/<img/g)).toHaveLength(6);
    expect(figure(pages.images!, 'worst').match(/<img/g)).toHaveLength(20);
  });

  it('name the coefficients of a linear model', () => {
    const coefficients = figure(pages.classification!, 'coefficients');
    for (const name of ['height', 'weight', 'the color=red']) expect(coefficients).toContain(`>${name}<`);
  });
});

it('shows no label, name or title as markup', async () => {
  const evil = '<img src=x onerror=alert(1)>"\'&';
  const y = Array.from({ length: 40 }, (_, i) => (i % 2 ? evil : '</title><script>alert(2)</script>'));
  const values = Float64Array.from(y, (label, i) => (label === evil ? 1 : -1) + (i % 5) / 3);
  const schema = {
    format: 'table',
    columns: 1,
    width: 2,
    header: true,
    features: [{ name: '<b onclick=alert(3)>', source: 0, kind: 'numeric' }],
    target: { name: 'y', source: 1, kind: 'strings' },
  } as const;
  const x = { values, rows: 40, columns: 1 };
  const training = await train({ x, y, schema }, { backend: 'javascript' });
  const html = await reportOf(training, { test: { x, y, name: evil }, title: evil, model: `${evil}.model` });
  expect(html).not.toMatch(/<script|<img|<b[ >]|onerror=alert\(1\)>/);
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(html).toContain('&lt;b onclick=alert(3)&gt;');
});

it('tells the options that were given, those of options as well, and nothing of what has no words', async () => {
  const values = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
  const x = { values, rows: 40, columns: 1 };
  const { model } = await train(
    { x, y: values.map((v) => 2 * v) },
    {
      backend: 'javascript',
      earlyStopping: { patience: 3 },
      direction: 'lbfgs',
      directionOptions: { pairs: 4 },
      ...unsaid(),
    },
  );
  const { settings } = model.training!;
  expect(settings).toEqual(
    expect.arrayContaining([
      ['earlyStopping', 'patience 3'],
      ['directionOptions', 'pairs 4'],
    ]),
  );
  expect(settings.map(([name]) => name)).not.toEqual(expect.arrayContaining(['signal']));
  expect(settings.some(([name]) => name === 'validation')).toBe(false);
});

function unsaid(): TrainOptions {
  const held = Float64Array.of(0, 1, 2);
  return { signal: new AbortController().signal, validation: { x: { values: held, rows: 3, columns: 1 }, y: held } };
}

it('keeps a long history short', async () => {
  const values = Float64Array.from({ length: 60 }, (_, e) => Math.sin(7 * e) * 10 ** (e % 3));
  const y = Float64Array.from({ length: 20 }, (_, i) => Math.cos(i));
  const options = {
    direction: 'gradient',
    steps: 'fixed',
    rate: 1e-4,
    tolerance: 0,
    maxIterations: 3000,
    backend: 'javascript',
  } as const;
  const { model, history } = await train({ x: { values, rows: 20, columns: 3 }, y }, options);
  expect(history).toHaveLength(3001);
  const { iteration } = model.training!.history;
  expect(iteration.length).toBeLessThanOrEqual(MOST_RECORDS);
  expect([iteration[0], iteration[1], iteration.at(-1)]).toEqual([0, 1, 3000]);
  expect(Buffer.byteLength(await reportOf(model))).toBeLessThan(2 ** 18);
});

it('writes a picture that a PNG reader takes', () => {
  const png = Buffer.from(pictureUri([-1, 0, 1, 2], 2, 2, 1, true).split(',')[1]!, 'base64');
  expect(png.subarray(12, 16).toString('latin1')).toBe('IHDR');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2, 2]);
  const at = png.indexOf('IDAT');
  const data = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  expect([...data]).toEqual([0, 0, 128, 0, 255, 255]);
});

describe('misuse', () => {
  it('is told in a sentence', async () => {
    const { training, test } = cases.classification;
    await expect(reportOf({} as never)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('a training or a model'),
    });
    await expect(reportOf(training, { imageShape: [3, 3] })).rejects.toThrow(
      'imageShape must have as many pixels as the model has columns, 5, but 3 x 3 has 9.',
    );
    await expect(reportOf(training, { tests: {} } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(reportOf(training, { test: { x: test.data, y: ['maybe'] } })).rejects.toMatchObject({
      code: 'DIMENSION_MISMATCH',
    });
  });

  it('leaves nothing half-written', async () => {
    const before = readdirSync(work.folder);
    await expect(writeReport(`${work.folder}/no/report.html`, cases.regression.training)).rejects.toMatchObject({
      code: 'UNWRITABLE_FILE',
    });
    await expect(writeReport('/dev/full', cases.regression.training)).rejects.toMatchObject({ code: 'UNWRITABLE_FILE' });
    const old = work.write('old.html', 'old');
    await expect(writeReport(old, cases.regression.training, { imageShape: [1, 1] })).rejects.toThrow();
    expect(readFileSync(old, 'utf8')).toBe('old');
    expect(readdirSync(work.folder).sort()).toEqual([...before, 'old.html'].sort());
  });
});
