import { beforeEach, expect, it, vi } from 'vitest';
import { selectBackend } from '../../lib/backends/index.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { Model } from '../../lib/io/model.js';

vi.mock('../../lib/backends/index.js', async (original) => {
  const actual = await original<typeof import('../../lib/backends/index.js')>();
  return { ...actual, selectBackend: vi.fn(actual.selectBackend) };
});
beforeEach(() => vi.mocked(selectBackend).mockClear());

const model = new Model({
  network: 'linear',
  architecture: { inputs: 2, tracked: { layer: 'output', outputs: 1 }, steps: [] },
  task: { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 1 },
  parameters: Float64Array.of(2, -1, 0.5),
});
const data = { values: Float64Array.of(1, 2, 3, 4), rows: 2, columns: 2 };
const fitted = [0.5, 2.5];
const target = { kind: 'numbers', values: Float64Array.from(fitted) } as const;

it('a model chooses its backend as training does', async () => {
  expect([...(await model.outputs(data))]).toEqual(fitted);
  expect(await model.predict(data)).toEqual(fitted);
  expect(await model.evaluate(data, target)).toEqual({ loss: 0, r2: 1 });
  expect(vi.mocked(selectBackend).mock.calls).toEqual([[], [], []]);
});

it('it takes the one it is given, or that of the matrix', async () => {
  const backend = createJavascriptBackend();
  const matrix = await backend.matrix({ kind: 'dense', ...data });
  expect(await model.predict(data, backend)).toEqual(fitted);
  expect([...(await model.outputs(matrix))]).toEqual(fitted);
  expect(matrix.counts.multiply).toBe(1);
  expect(selectBackend).not.toHaveBeenCalled();
});
