/** Short memory is an error with a code, in good time; memory that is given up goes back to the system. */
import { truncateSync } from 'node:fs';
import { freemem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { MODEL_FORMAT_VERSION } from '../../lib/io/model.js';
import { linear } from '../../lib/networks/index.js';
import { bin, hasNative, inChild, long, onLinux, program, scratch, told, withBuild } from './support.js';

withBuild();
const work = scratch();

describe.skipIf(!hasNative || !onLinux)('memory', () => {
  // OpenBLAS retries a failing mapping for ever: on 0.1 these runs took a core until somebody killed them.
  const limits = long ? Array.from({ length: 15 }, (_, k) => 1_200_000 + 100_000 * k) : [1_200_000, 1_500_000, 1_800_000];
  it.each(limits)(
    'a run under ulimit -v %i ends, with a result or OUT_OF_MEMORY',
    async (memory) => {
      const ended = await inChild(
        program(`
      const x = table(20000, 300);
      tell(await outcome(() => planesearch.train({ x, y: answers(x) }, { network: 'mlp', hidden: [200], maxIterations: 2, backend: 'native' })));
    `),
        { memory, time: 60 },
      );
      expect({ late: ended.late, code: ended.code, stderr: ended.stderr }).toEqual({ late: false, code: 0, stderr: '' });
      expect(['ok', 'OUT_OF_MEMORY']).toContain(told(ended));
      if (memory <= 1_500_000) expect(told(ended)).toBe('OUT_OF_MEMORY');
    },
    90_000,
  );

  it('with too little for the BLAS of every thread, fewer of them come to the same result', async () => {
    const body = `
      const x = table(3000, 100);
      tell(await planesearch.train({ x, y: answers(x) }, { network: 'mlp', hidden: [60], maxIterations: 3, backend: 'native', threads: 4 })
        .then(({ objective }) => objective, (error) => error.code));
    `;
    const free = told(await inChild(program(body)));
    expect(typeof free).toBe('number');
    const seen = new Set<unknown>();
    for (let memory = 1_600_000; memory <= 3_400_000; memory += long ? 100_000 : 450_000) {
      const ended = await inChild(program(body), { memory, time: 60 });
      expect({ late: ended.late, code: ended.code }).toEqual({ late: false, code: 0 });
      seen.add(told(ended));
    }
    expect([...seen].filter((answer) => answer !== 'OUT_OF_MEMORY')).toEqual([free]);
  }, 300_000);

  it('a result that is too large for an array is OUT_OF_MEMORY, not the end of the process', async () => {
    const ended = await inChild(
      program(`
      const backend = createNativeBackend({ threads: 2 });
      const dense = (values, rows, columns) => backend.matrix({ kind: 'dense', values, rows, columns }, { frame: 'none' });
      const tall = await dense(new Float64Array(300000).fill(1), 300000, 1);
      const wide = await dense(new Float64Array(30000).fill(1), 1, 30000);
      tell([
        await outcome(() => tall.multiply(new Float64Array(20000), 20000)),
        await outcome(() => wide.multiplyTransposed(new Float64Array(20000), 20000)),
        await outcome(() => wide.gram(new Float64Array(1), 1)),
        await outcome(() => dense(new Float64Array(3e8), 3e8, 1)),
        await outcome(() => tall.multiply(Float64Array.of(2), 1)),
      ]);
    `),
      { memory: 4_500_000 },
    );
    expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(told(ended)).toEqual(['OUT_OF_MEMORY', 'OUT_OF_MEMORY', 'OUT_OF_MEMORY', 'OUT_OF_MEMORY', 'ok']);
  }, 90_000);

  describe.skipIf(!long)('X of more than 4 GiB is multiplied to its end', () => {
    // Zeros but for three of its corners, so that sums over it are known, and so that the system gives memory to the copy of the backend alone. The
    // third has more than 2^31 numbers.
    it.for<[string, number]>([
      ['Float64Array', 600_001],
      ['Float32Array', 1_342_178],
      ['Float32Array', 2_147_501],
    ])('%s, %i x 1000', { timeout: 320_000 }, async ([kind, rows], context) => {
      const bytes = rows * 1000 * (kind === 'Float64Array' ? 8 : 4);
      expect(bytes).toBeGreaterThan(2 ** 32);
      const needed = bytes + 2 ** 31;
      if (freemem() < needed) {
        const gibibytes = (size: number): string => (size / 2 ** 30).toFixed(1);
        context.skip(
          `${kind} of ${gibibytes(bytes)} GiB is left out: it takes ${gibibytes(needed)} GiB, free are ${gibibytes(freemem())}.`,
        );
      }
      const ended = await inChild(
        program(`
      const backend = createNativeBackend({ threads: 2 });
      const [rows, columns] = [${rows}, 1000];
      const values = new ${kind}(rows * columns);
      const [row, column] = [rows - 1, columns - 1];
      values[row * columns + column] = 3;
      values[row * columns] = 2;
      values[0] = 5;
      const matrix = await backend.matrix({ kind: 'dense', values, rows, columns }, { frame: 'none' });
      const product = await matrix.multiply(new Float64Array(columns).fill(1), 1);
      const transposed = await matrix.multiplyTransposed(Float64Array.from({ length: rows }, (_, i) => i + 1), 1);
      tell([product[0], product[row], product.reduce((a, b) => a + b), transposed[0], transposed[column], transposed.reduce((a, b) => a + b)]);
    `),
        { time: 300 },
      );
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
      expect(told(ended)).toEqual([5, 5, 10, 5 + 2 * rows, 3 * rows, 5 + 5 * rows]);
    });
  });

  it('a model that does not fit is one sentence', async () => {
    const inputs = 1.5e8;
    const architecture = linear().architecture(inputs, 1);
    const task = { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 1 };
    const header = { formatVersion: MODEL_FORMAT_VERSION, network: 'linear', architecture, task };
    const text = JSON.stringify({
      __metadata__: { planesearch: JSON.stringify(header) },
      'output.weight': { dtype: 'F64', shape: [inputs, 1], data_offsets: [0, 8 * inputs] },
      'output.bias': { dtype: 'F64', shape: [1], data_offsets: [8 * inputs, 8 * inputs + 8] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const name = work.write('sparse.model', Buffer.concat([length, Buffer.from(text)]));
    truncateSync(name, 8 + text.length + 8 * inputs + 8);
    const { code, stdout, stderr } = await inChild([bin, 'predict', name, work.write('data.csv', '1,2\n')], {
      memory: 1_800_000,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('planesearch: The memory that this takes must be available, but the system does not give it.\n');
  }, 90_000);

  it('200 matrices of 24 MB, each disposed, leave nothing behind', async () => {
    const ended = await inChild(
      program(`
      const backend = createNativeBackend({ threads: 2 });
      const values = new Float64Array(3e6).fill(1);
      const cycle = async () => {
        const matrix = await backend.matrix({ kind: 'dense', values, rows: 10000, columns: 300 });
        await matrix.multiply(new Float64Array(300), 1);
        matrix.dispose();
      };
      for (let k = 0; k < 10; k++) await cycle();
      const early = rss();
      for (let k = 0; k < ${long ? 1000 : 200}; k++) await cycle();
      tell(rss() - early);
    `),
      { time: 120 },
    );
    expect(told<number>(ended)).toBeLessThan(48);
  }, 150_000);

  it('100 trainings leave nothing behind', async () => {
    const ended = await inChild(
      program(`
      const x = table(10000, 100);
      const y = answers(x);
      const cycle = () => planesearch.train({ x, y }, { network: 'mlp', hidden: [20], maxIterations: 2, backend: 'native' });
      // V8 grows and shrinks its own heap by tens of megabytes as it likes.
      const native = () => {
        const { heapTotal, arrayBuffers } = process.memoryUsage();
        return rss() - (heapTotal + arrayBuffers) / 2 ** 20;
      };
      for (let k = 0; k < 20; k++) await cycle();
      const early = native();
      for (let k = 0; k < ${long ? 400 : 100}; k++) await cycle();
      tell(native() - early);
    `),
      { time: 120 },
    );
    expect(told<number>(ended)).toBeLessThan(64);
  }, 150_000);
});
