import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeTensors, encodeTensors } from '../../lib/io/safetensors.js';
import { Model } from '../../lib/io/model.js';
import { csvRows, onJavascript, workspace } from './support.js';

const work = workspace();
const data = work.write('train.csv', csvRows(120, 1));
const test = work.write('test.csv', csvRows(60, 2));
const model = work.path('a.model');

describe('train --report', () => {
  it('writes a page about the table, the training and the test rows', async () => {
    const page = work.path('train.html');
    const { code, stderr } = await onJavascript([
      'train',
      data,
      '--test',
      test,
      '--out',
      model,
      '--report',
      page,
      '--quiet',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const html = readFileSync(page, 'utf8');
    for (const text of [
      'train.csv: 120 rows, 5 columns of X',
      'Fit on test.csv',
      'the color',
      'id="objective"',
      'Model.load',
    ])
      expect(html).toContain(text);
  });

  it('names no folder of the table, in the page and in the model file', async () => {
    const { training } = await Model.load(model);
    expect(training!.table!.notices.join()).toContain("'train.csv'");
    expect(readFileSync(model, 'latin1')).not.toContain(work.folder);
  });

  it('judges by the training rows where there are no others', async () => {
    const page = work.path('alone.html');
    expect((await onJavascript(['train', data, '--report', page, '--quiet'])).code).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('Fit on the training rows</h2>');
    expect((await onJavascript(['train', data, '--report', page, '--quiet', '--validation', '0.2'])).code).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('Fit on the training rows and those held out</h2>');
  });

  it('refuses a file that cannot be written before it trains', async () => {
    const { code, stderr } = await onJavascript(['train', data, '--report', work.path('no/page.html')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^planesearch: --report cannot be written to '.*\n$/);
    expect((await onJavascript(['train', data, '--report', data])).code).toBe(2);
  });
});

describe('report', () => {
  it('writes the page later, of the model file', async () => {
    const page = work.path('later.html');
    const { code, stderr } = await onJavascript(['report', model, '--test', test, '--out', page, '--quiet']);
    expect([code, stderr]).toEqual([0, '']);
    const html = readFileSync(page, 'utf8');
    for (const text of ['train.csv: 120 rows', 'Fit on test.csv', 'id="objective"']) expect(html).toContain(text);
  });

  it('says so where a model does not tell how it was trained', async () => {
    const { metadata, tensors } = decodeTensors(readFileSync(model), model);
    expect(Object.keys(metadata)).toEqual(['planesearch', 'planesearch.training']);
    const old = work.write('old.model', encodeTensors({ metadata: { planesearch: metadata['planesearch']! }, tensors }));
    expect((await Model.load(old)).training).toBeNull();
    const page = work.path('old.html');
    expect((await onJavascript(['report', old, '--out', page])).code).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('does not tell how it was trained');
    const damaged = JSON.stringify({ ...JSON.parse(metadata['planesearch.training']!), history: { iteration: [1] } });
    const file = work.write(
      'bad.model',
      encodeTensors({ metadata: { ...metadata, 'planesearch.training': damaged }, tensors }),
    );
    await expect(Model.load(file)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringContaining('"planesearch.training" must have columns of one length as its history'),
    });
  });

  it('is told what it needs', async () => {
    const { code, stderr } = await onJavascript(['report', model]);
    expect([code, stderr]).toEqual([2, 'planesearch: --out must be the path of a file, but undefined was given.\n']);
    const shape = await onJavascript(['report', model, '--out', work.path('x.html'), '--image-shape', '3']);
    expect([shape.code, shape.stderr]).toEqual([
      2,
      "planesearch: --image-shape must be a height and a width, such as 28,28, but '3' was given.\n",
    ]);
    expect(existsSync(work.path('x.html'))).toBe(false);
  });
});
