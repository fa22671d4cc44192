import { existsSync, readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LinearJson } from '../../lib/io/model-json.js';
import { csvRows, onJavascript, planesearch, workspace } from './support.js';

const { path, write } = workspace();
beforeAll(async () => {
  const data = write('data.csv', csvRows(150, 1));
  expect((await onJavascript(['train', data, '--out', path('a.model'), '--quiet'])).code).toBe(0);
});

/** What `predict` says of the rows of a file. */
async function predicted(file: string): Promise<string[]> {
  return (await onJavascript(['predict', path('a.model'), file])).stdout.trim().split('\n');
}

it('export writes an ONNX file that predicts as predict does', async () => {
  const outcome = await planesearch([
    'export',
    path('a.model'),
    '--format',
    'onnx',
    '--out',
    path('a.onnx'),
    '--precision',
    'float64',
  ]);
  expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  const session = await InferenceSession.create(path('a.onnx'));
  const text = 'height,weight,"the color",answer\n0.5,-1,red,no\n-0.5,1,blue,no\n2,-0.1,green,no\n';
  const values = Float64Array.of(0.5, -1, 0, 0, 1, -0.5, 1, 1, 0, 0, 2, -0.1, 0, 1, 0);
  const { label } = await session.run({ features: new Tensor('float64', values, [3, 5]) });
  expect(label!.data).toEqual(await predicted(write('three.csv', text)));
});

it('export writes an ONNX file that takes the columns of the table', async () => {
  const options = ['--format', 'onnx', '--inputs', 'columns', '--out', path('columns.onnx')];
  expect((await planesearch(['export', path('a.model'), ...options])).code).toBe(0);
  const session = await InferenceSession.create(path('columns.onnx'));
  expect(session.inputNames).toEqual(['height', 'weight', 'the color']);
  const numbers = (...values: number[]): Tensor => new Tensor('float32', Float32Array.from(values), [3, 1]);
  const colors = new Tensor('string', ['red', 'blue', 'green'], [3, 1]);
  const { label } = await session.run({ height: numbers(0.5, -0.5, 2), weight: numbers(-1, 1, -0.1), 'the color': colors });
  const text = 'height,weight,"the color",answer\n0.5,-1,red,no\n-0.5,1,blue,no\n2,-0.1,green,no\n';
  expect(label!.data).toEqual(await predicted(write('three.csv', text)));
});

it('export writes JSON with names, weights and classes', async () => {
  expect((await planesearch(['export', path('a.model'), '--format', 'json', '--out', path('a.json')])).code).toBe(0);
  const model = JSON.parse(readFileSync(path('a.json'), 'utf8')) as LinearJson;
  expect(model.columns).toEqual(['height', 'weight', 'the color=blue', 'the color=green', 'the color=red']);
  expect(model.classes).toEqual(['no', 'yes']);
  expect(model.weights).toHaveLength(5);
});

describe('export refuses', () => {
  it.each([
    [['--out', 'x.onnx'], '--format must be one of onnx, json'],
    [['--format', 'onnx'], '--out must be the path of a file'],
    [['--format', 'pmml', '--out', 'x'], '--format must be one of onnx, json'],
    [['--format', 'json', '--out', 'x', '--precision', 'float64'], '--precision must be left out'],
    [['--format', 'json', '--out', 'x', '--labels', 'index'], '--labels must be left out'],
    [['--format', 'json', '--out', 'x', '--inputs', 'columns'], '--inputs must be left out'],
  ])('%j', async (args, sentence) => {
    const { code, stderr } = await planesearch(['export', path('a.model'), ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    expect(existsSync('x')).toBe(false);
  });

  it('to write over the model', async () => {
    const { code, stderr } = await planesearch(['export', path('a.model'), '--format', 'onnx', '--out', path('a.model')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('a file that is not read or written otherwise')]);
  });

  it('what is no model', async () => {
    const { code, stderr } = await planesearch(['export', path('data.csv'), '--format', 'onnx', '--out', path('b.onnx')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not a planesearch model')]);
    expect(existsSync(path('b.onnx'))).toBe(false);
  });
});
