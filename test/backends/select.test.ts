import { describe, expect, it } from 'vitest';
import { selectBackend } from '../../lib/backends/index.js';
import { expectError } from '../data/files.js';

describe('selectBackend', () => {
  it.each(['native', 'javascript'] as const)('%s is what it says, without notice', (name) => {
    const { backend, notice } = selectBackend(name, 1);
    expect({ name: backend.name, notice }).toEqual({ name, notice: null });
  });

  it('auto says why whenever it is not native', () => {
    const { backend, notice } = selectBackend('auto', 1);
    expect(backend.name === 'native').toBe(notice === null);
  });

  it.each([
    ['gpu', "'gpu'"],
    ['', "''"],
    [null, 'null'],
    [7, '7'],
  ])('answers %j with the known names', async (name, shown) => {
    const sentence = `backend must be one of auto, native, wasm, javascript, but ${shown} was given.`;
    await expectError(() => selectBackend(name as 'auto', 1), 'INVALID_OPTION', sentence);
  });
});

describe.each(['native', 'javascript'] as const)('the gram of %s', (name) => {
  it('refuses a scale that is none', async () => {
    const source = { kind: 'dense', values: Float64Array.of(1, 2, 3, 4, 5), rows: 5, columns: 1 } as const;
    const matrix = await selectBackend(name, 1).backend.matrix(source, { frame: 'none' });
    await expectError(() => matrix.gram(new Float64Array(4), 1), 'DIMENSION_MISMATCH', 'The scale must be of length 5');
    await expectError(() => matrix.gram(new Float64Array(5), 2), 'DIMENSION_MISMATCH', 'The scale must be of length 3');
    await expectError(() => matrix.gram(new Float64Array(5), 0), 'INVALID_OPTION', 'The stride');
    await expectError(() => matrix.gram(Float64Array.of(1, 1, -1, 1, 1), 1), 'INVALID_ARGUMENT', 'The scale at 2', '-1');
    await expectError(() => matrix.gram(Float64Array.of(1, NaN, 1, 1, 1), 1), 'INVALID_ARGUMENT', 'The scale at 1', 'NaN');
    expect(matrix.counts.gram).toBe(0);
    // Rows 1, 3, 5 under squares as scales: native takes their roots.
    expect([...(await matrix.gram(Float64Array.of(1, 4, 9), 2))]).toEqual([1 + 36 + 225, 1 + 12 + 45, 58, 14]);
    matrix.dispose();
  });
});
