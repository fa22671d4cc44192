import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { losses } from '../../lib/losses/index.js';
import { mlp } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { numbers } from './problem.js';

describe.skipIf(nativeAbsence !== null)('curvature factors of the native backend', () => {
  const [rows, columns] = [20000, 300];
  const architecture = mlp({ hidden: [30] }).architecture(columns, 2);
  const { size } = programOf(architecture).layout;
  const request = { maxRows: rows, seed: 0 };

  async function start(n = rows) {
    const matrix = await nativeBackend(2).matrix(
      { kind: 'dense', values: numbers(n * columns, 1), rows: n, columns },
      { frame: 'none' },
    );
    const targets = Float64Array.from({ length: n }, (_, i) => i % 2);
    return {
      matrix,
      tracked: nativeBackend(2).trackedLoss({ matrix, architecture, loss: losses.softmax(), targets, memory: 1 }),
    };
  }

  it('need an accepted point and leave it, and the subspace, as they are', async () => {
    const { tracked } = await start(200);
    expect(() => tracked.factors(request, false)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    await tracked.restart(numbers(size, 2));
    await tracked.span([numbers(size, 3)], [], Int32Array.of(0, 1), 2);
    const before = await tracked.evaluate(Float64Array.of(0.1, -0.2));
    await tracked.factors({ maxRows: 50, seed: 1 }, true);
    expect(await tracked.evaluate(Float64Array.of(0.1, -0.2))).toEqual(before);
    tracked.dispose();
  });

  it('are a promise when they are long, and stop soon when cancelled', async () => {
    const { matrix, tracked } = await start();
    for (const wait of [0, 1, 5]) {
      await tracked.restart(numbers(size, 2));
      const running = tracked.factors(request, true);
      expect(running).toBeInstanceOf(Promise);
      expect(() => tracked.factors(request, true)).toThrow('still busy');
      if (wait > 0) await pause(wait);
      tracked.cancel();
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      expect(() => tracked.factors(request, true)).toThrow('call restart() first');
    }
    await tracked.restart(numbers(size, 2));
    const running = tracked.factors(request, true);
    tracked.dispose();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    matrix.dispose();
  });

  it('do without X unless the input factor is asked for', async () => {
    const { matrix, tracked } = await start(200);
    await tracked.restart(numbers(size, 2));
    matrix.dispose();
    expect((await tracked.factors(request, false)).inputs[0]).toBeNull();
    expect(() => tracked.factors(request, true)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  });

  it('refuse requests that make no sense', async () => {
    const { matrix, tracked } = await start(200);
    await tracked.restart(numbers(size, 2));
    for (const bad of [
      { maxRows: 0, seed: 0 },
      { maxRows: 1.5, seed: 0 },
      { maxRows: 1, seed: -1 },
      { maxRows: 1, seed: 2 ** 32 },
    ]) {
      expect(() => tracked.factors(bad, false)).toThrow(expect.objectContaining({ name: 'PlanesearchError' }));
    }
    expect(() => matrix.gram(new Float64Array(199), 1)).toThrow('one per row taken');
    expect(() => matrix.gram(new Float64Array(200), 0)).toThrow('stride');
    expect(() => matrix.gram(new Float64Array(200).fill(-1), 1)).toThrow('The scale at 0');
    expect(matrix.counts.gram).toBe(0);
  });

  it('refuse to write a large Cholesky factor into an array that was detached meanwhile', async () => {
    const n = 1300;
    const A = new Float64Array(n * n);
    for (let i = 0; i < n; i++) A[i * n + i] = 1;
    const running = nativeBackend(1).matrices.cholesky(A, n);
    structuredClone(A, { transfer: [A.buffer as ArrayBuffer] });
    await expect(running).rejects.toThrow(/detached/);
    expect(() => nativeBackend(1).matrices.cholesky(new Float64Array(3), 2)).toThrow('2 x 2');
  });
});
