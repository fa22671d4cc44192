/** What is special to the core in WebAssembly: memory of its own, one thread, no files. What it computes is in test/parity. */
import { describe, expect, it } from 'vitest';
import { createWasmBackend, loadWasm } from '../../lib/backends/wasm/wasm.js';
import { losses } from '../../lib/losses/index.js';
import { linear, mlp } from '../../lib/networks/index.js';
import { expectError } from '../data/files.js';
import { wasmAbsence } from '../support/compiled.js';
import { expectSameBits } from '../parity/side-by-side.js';
import { numbers, problem, run } from './problem.js';

describe.skipIf(wasmAbsence !== null)('the wasm backend', () => {
  const backend = wasmAbsence === null ? createWasmBackend() : null!;
  const dense = (rows: number, columns: number) =>
    ({ kind: 'dense', values: numbers(rows * columns, 3), rows, columns }) as const;

  it('has one thread and says what it is', () => {
    expect(backend).toMatchObject({ name: 'wasm', threads: 1 });
  });

  it('gives the same bits again', async () => {
    const given = problem({
      rows: 1301,
      columns: 11,
      network: mlp({ hidden: [7] }),
      loss: losses.softmax(),
      outputs: 3,
      seed: 3,
    });
    expectSameBits(await run(given, backend), await run(given, backend));
  });

  it('gives arrays of their own, which stay when its memory grows', async () => {
    const matrix = await backend.matrix(dense(50, 4), { frame: 'none' });
    const W = numbers(8, 1);
    const product = await matrix.multiply(W, 2);
    expect(product.buffer.byteLength).toBe(product.byteLength);
    const before = product.slice();
    const large = await backend.matrix(dense(400_000, 20), { frame: 'none' });
    expect(product).toEqual(before);
    expect(await matrix.multiply(W, 2)).toEqual(before);
    large.dispose();
    matrix.dispose();
  });

  it('gives back what is disposed: 70 matrices of 64 MB need no more room than one', async () => {
    const source = dense(200_000, 40);
    for (let round = 0; round < 70; round++) (await backend.matrix(source, { frame: 'none' })).dispose();
  });

  it('says that memory is missing, and goes on', async () => {
    const rows = 2 ** 20;
    const matrix = await backend.matrix(
      { kind: 'dense', values: new Float32Array(rows), rows, columns: 1 },
      { frame: 'none' },
    );
    const spec = { matrix, loss: losses.squared(), targets: new Float64Array(rows), memory: 0 };
    // 600 units are 4.7 GiB, and 2^12 of them more numbers than 32 bits count.
    for (const units of [600, 2 ** 12]) {
      const architecture = mlp({ hidden: [units] }).architecture(1, 1);
      await expectError(
        () => backend.trackedLoss({ ...spec, architecture }),
        'OUT_OF_MEMORY',
        'The memory that this takes must be available, but the system does not give it.',
      );
    }
    const tracked = backend.trackedLoss({ ...spec, architecture: linear().architecture(1, 1) });
    await tracked.restart(Float64Array.of(1, 2));
    expect((await tracked.advance(null, new Float64Array(2))).value).toBe(2);
    tracked.dispose();
    matrix.dispose();
  });

  // In 32 bits 64 sums of 2^26 columns are 0 numbers, and so is a matrix of order 2^16.
  it('takes sizes beyond 32 bits for more than there is', async () => {
    const sentence = 'The memory that this takes must be available, but the system does not give it.';
    const columns = 2 ** 26;
    const wide = { kind: 'dense', values: new Float32Array(columns), rows: 1, columns } as const;
    await expectError(() => backend.matrix(wide), 'OUT_OF_MEMORY', sentence);
    const [none, order, module] = [new Float64Array(0), 2 ** 16, loadWasm()];
    const refused = expect.objectContaining({ code: 'OUT_OF_MEMORY' });
    expect(() => module.cholesky(none, order, 1)).toThrow(refused);
    expect(() => module.choleskySolve(none, order, none, order, false, 1)).toThrow(refused);
  });

  it('refuses X in a file in words', async () => {
    const file = { kind: 'file', path: 'x.bin', rows: 2, columns: 2, type: 'float64' } as const;
    const sentence = "The wasm backend keeps X in memory: 'x.bin' must be loaded, or the native backend used.";
    await expectError(() => backend.matrix(file), 'INCOMPATIBLE', sentence);
  });
});
