/** Singular values and principal components of rows that are with several ranks. */
import { describe, expect, it } from 'vitest';
import { selectBackend } from '../../lib/backends/index.js';
import type { MatrixData } from '../../lib/data/index.js';
import { svd, type Svd } from '../../lib/decompositions/index.js';
import { PCA } from '../../lib/preprocessing/pca.js';
import { smallProblem } from '../support/problems.js';
import { relativeError } from '../support/reference.js';
import { sparseOf } from '../support/sparse.js';
import { onRanks } from './ranks.js';

const { x: values, rows, columns } = smallProblem({ rows: 300, columns: 12, seed: 7, zeros: 0.4 });
const forms = {
  dense: { kind: 'dense', values, rows, columns },
  sparse: sparseOf(values, rows, columns),
  float32: { kind: 'dense', values: Float32Array.from(values), rows, columns },
  // Fewer rows than columns, and than parts.
  wide: { kind: 'dense', values: values.slice(0, 5 * columns), rows: 5, columns },
} as const;

const numbers = ({ values: sigma, left, right, center, scale, iterations }: Svd) => ({
  sigma,
  left,
  right,
  center,
  scale,
  iterations,
});

describe.each(Object.entries(forms))('%s', (form, source) => {
  const tolerance = form === 'float32' ? 1e-5 : 1e-10;

  it.each(['none', 'standard'] as const)(
    'svd of a matrix in the frame %s: the same bits for any number of ranks, and the values of one process',
    async (frame) => {
      const on = (size: number) =>
        onRanks({ size, threads: 1 }, async ({ backend }) => {
          using matrix = await backend.matrix(source, { frame });
          const found = await svd(matrix, 4, { backend });
          // Two products an iteration, and one after the last.
          expect(matrix.counts.multiply + matrix.counts.multiplyTransposed).toBeGreaterThanOrEqual(2 * found.iterations + 1);
          return found;
        });
      const one = await on(1);
      for (const size of [2, 3]) expect(numbers(await on(size))).toEqual(numbers(one));
      const { backend } = selectBackend('auto', 1);
      using matrix = await backend.matrix(source, { frame });
      const alone = await svd(matrix, 4, { backend });
      expect(relativeError(one.values, alone.values)).toBeLessThan(tolerance);
      expect(relativeError(one.right, alone.right)).toBeLessThan(1e3 * tolerance);
    },
  );

  it('principal components, of the data and of a matrix that the ranks hold', async () => {
    const data: MatrixData = source;
    const alone = await new PCA({ components: 3, threads: 1 }).fit(data);
    await onRanks({ size: 3, threads: 1 }, async ({ backend }) => {
      const pca = await new PCA({ components: 3, backend }).fit(data);
      expect(relativeError(pca.learned.singularValues, alone.learned.singularValues)).toBeLessThan(tolerance);
      expect(relativeError(pca.learned.mean, alone.learned.mean)).toBeLessThan(tolerance);
      expect(relativeError(pca.learned.directions, alone.learned.directions)).toBeLessThan(1e3 * tolerance);
      using matrix = await backend.matrix(source);
      const held = await new PCA({ components: 3, backend }).fit(matrix);
      expect(held.learned).toEqual(pca.learned);
      const z = await pca.transform(data);
      expect(relativeError(z.values, (await alone.transform(data)).values)).toBeLessThan(1e3 * tolerance);
    });
  });
});
