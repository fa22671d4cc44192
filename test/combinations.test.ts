/** What parts of the package say when they meet each other. */
import { describe, expect, it } from 'vitest';
import { LogisticRegression, search, train, zerothOrder, type FileSource } from '../lib/index.js';
import { reportOf } from '../lib/report/index.js';

const rows = 120;
const columns = 5;
const values = Float64Array.from({ length: rows * columns }, (_, e) => Math.sin(1 + 0.7 * e) + 0.1 * (e % columns));
const y = Array.from({ length: rows }, (_, i) => (values[i * columns]! + values[i * columns + 1]! > 0.3 ? 'yes' : 'no'));
const x = { values, rows, columns };

describe('principal components', () => {
  it('are of validation data as they were when the call was made', async () => {
    const own = y.slice();
    const running = train({ x, y }, { pca: 3, validation: { x, y: own } });
    own.fill('no');
    const [changed, same] = [await running, await train({ x, y }, { pca: 3, validation: { x, y } })];
    expect(changed.validation).toEqual(same.validation);
  });

  it('count the parameters of the model that comes back', async () => {
    const { parameters, model } = await train({ x, y }, { pca: 2 });
    expect(parameters).toBe(columns + 1);
    expect(model.spec.parameters).toHaveLength(parameters);
  });

  it('are not formed of rows that do not fit their schema', async () => {
    const schema = { format: 'array', columns: 2, target: null } as const;
    await expect(train({ x, y, schema }, { pca: 2 })).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' });
  });

  it('are no hindrance to a search along penalties', async () => {
    const { candidates } = await search(new LogisticRegression({ pca: 2 }), { x, y }, { l2: [1, 0.1] }, { folds: 3 });
    expect(candidates).toHaveLength(2);
  });

  it('end with the signal', async () => {
    await expect(train({ x, y }, { pca: 2, signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

it('a misspelt part of a file is refused before the file is looked at', async () => {
  const file = { kind: 'file', path: 'nowhere.npy', rows, columns, type: 'float64', leftout: 0 } as FileSource;
  await expect(train({ x: file, y }, {})).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it("penalty 'l1' of strength 0 is no penalty", async () => {
  const { l1, l2 } = await train({ x, y }, { penalty: 'l1', l1: 0, maxIterations: 2 });
  expect({ l1, l2 }).toEqual({ l1: 0, l2: 0 });
});

it('mini-batches want a direction with gradients', async () => {
  await expect(train({ x, y }, { direction: zerothOrder(), batch: 20 })).rejects.toMatchObject({ code: 'INCOMPATIBLE' });
});

it('a report tells which penalty was chosen', async () => {
  const { model, l1 } = await train({ x, y }, { l1: 'auto' });
  expect(l1).toBeGreaterThan(0);
  const page = await reportOf(model);
  expect(page).toContain('<th scope="row">l1</th>');
  expect(page).not.toMatch(/NaN/);
});
