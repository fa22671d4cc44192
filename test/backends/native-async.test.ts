import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeBackend, loadNative } from '../../lib/backends/native.js';
import type { DataMatrix, TrackedLoss } from '../../lib/backends/backend.js';
import { losses } from '../../lib/losses/index.js';
import { mlp } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { numbers } from './problem.js';

const [rows, columns, width] = [30000, 300, 60];
const architecture = mlp({ hidden: [width] }).architecture(columns, 2);
const { size } = programOf(architecture).layout;
const backend = createNativeBackend({ threads: 2 });
const parameters = numbers(size, 1).map((w) => 0.1 * w);
let matrix: DataMatrix;

beforeAll(async () => {
  matrix = await backend.matrix({ kind: 'dense', values: numbers(rows * columns, 1), rows, columns });
});
afterAll(() => matrix.dispose());

function trackedLoss(): TrackedLoss {
  const targets = Float64Array.from({ length: rows }, (_, i) => i % 2);
  return backend.trackedLoss({ matrix, architecture, loss: losses.softmax(), targets, memory: 1 });
}

describe('long work', () => {
  it('measures and frames while the event loop is free, and the copy is made before', async () => {
    const values = numbers(rows * columns, 1);
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    const framing = backend.matrix({ kind: 'dense', values, rows, columns });
    expect(framing).toBeInstanceOf(Promise);
    values.fill(NaN);
    const framed = await framing;
    delay.disable();
    expect(await framed.columnBlock(7, 2)).toEqual(await matrix.columnBlock(7, 2));
    framed.dispose();
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
  });

  it('returns a promise and leaves the event loop free', async () => {
    const tracked = trackedLoss();
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    const gradient = new Float64Array(size);
    for (let i = 0; i < 5; i++) {
      const drift = tracked.restart(parameters);
      expect(drift).toBeInstanceOf(Promise);
      await drift;
      await tracked.advance(null, gradient);
    }
    delay.disable();
    tracked.dispose();
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
  });

  it('refuses a second call on the same tracked loss while the first runs', async () => {
    const tracked = trackedLoss();
    const first = tracked.restart(parameters);
    const busy = expect.objectContaining({
      name: 'PlanesearchError',
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('still busy'),
    });
    expect(() => tracked.restart(parameters)).toThrow(busy);
    expect(() => tracked.advance(null, new Float64Array(size))).toThrow(busy);
    expect(await first).toBe(0);
    expect(await tracked.restart(parameters)).toBe(0);
    tracked.dispose();
  });

  it('runs products on one matrix one after the other', async () => {
    const W = numbers(columns * width, 2);
    const [a, b] = await Promise.all([matrix.multiply(W, width), matrix.multiply(W, width)]);
    expect(a.length).toBe(rows * width);
    expect(Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer))).toBe(0);
  });

  it('stops soon when cancelled, and starts anew after restart', async () => {
    const tracked = trackedLoss();
    await tracked.restart(parameters);
    await tracked.advance(null, new Float64Array(size));
    for (const wait of [0, 1, 3]) {
      let ended = 'not cancelled';
      // On a loaded machine a pause may last longer than the work.
      for (let attempt = 0; attempt < 50 && ended !== 'AbortError'; attempt++) {
        const running = tracked.restart(parameters);
        if (wait > 0) await pause(wait);
        tracked.cancel();
        ended = await Promise.resolve(running).then(
          () => 'finished',
          (error: Error) => error.name,
        );
      }
      expect(ended).toBe('AbortError');
      expect(() => tracked.advance(null, new Float64Array(size))).toThrow('call restart() first');
    }
    expect(await tracked.restart(parameters)).toBe(0);
    expect((await tracked.advance(null, new Float64Array(size))).value).toBeGreaterThan(0);
    tracked.dispose();
  });

  it('stops a sweep soon when cancelled or disposed', async () => {
    const tracked = trackedLoss();
    const program = programOf(architecture);
    const request = (gradient: Float64Array) => ({
      gradient,
      parameters,
      inputPenalty: new Float64Array(columns),
      inputScale: new Float64Array(columns).fill(1),
      layerL2: new Float64Array(program.layout.layers.length),
      threshold: Infinity,
      gradientRate: 1,
      search: 'newton' as const,
      firstStep: 1,
      maxTrials: 60,
      moving: new Int32Array(program.layout.blocks.length).fill(1),
    });
    for (const end of [() => tracked.cancel(), () => tracked.dispose()]) {
      await tracked.restart(parameters);
      const gradient = new Float64Array(size);
      await tracked.advance(null, gradient);
      const running = tracked.coordinateSweep!(request(gradient));
      gradient.fill(NaN);
      expect(running).toBeInstanceOf(Promise);
      await pause(5);
      end();
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    }
  });

  it('gives its products away only when nothing runs', async () => {
    const tracked = trackedLoss();
    const first = tracked.restart(parameters);
    expect(() => tracked.products()).toThrow('still busy');
    await first;
    const products = await tracked.products();
    const other = trackedLoss();
    const resuming = other.resume(parameters, products);
    for (const product of products) product.fill(NaN);
    await resuming;
    expect(await other.products()).toEqual(await tracked.products());
    tracked.dispose();
    other.dispose();
  });

  it('is unharmed by cancel() when nothing runs', async () => {
    const tracked = trackedLoss();
    tracked.cancel();
    expect(await tracked.restart(parameters)).toBe(0);
    tracked.cancel();
    expect(await tracked.restart(parameters)).toBe(0);
    tracked.dispose();
  });

  it('survives dispose in the middle of a call', async () => {
    const ends: unknown[] = [];
    for (let i = 0; i < 10; i++) {
      const tracked = trackedLoss();
      const running = tracked.restart(parameters);
      tracked.dispose();
      ends.push(await (running as Promise<number>).catch((error: Error) => error.name));
      expect(() => tracked.restart(parameters)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    }
    // On a busy machine a call may be through before this thread gets to dispose.
    for (const end of ends) expect(['AbortError', 0]).toContain(end);
    expect(ends).toContain('AbortError');
  });

  it('refuses to write a gradient into an array that was detached meanwhile', async () => {
    const tracked = trackedLoss();
    await tracked.restart(parameters);
    const gradient = new Float64Array(size);
    const running = tracked.advance(null, gradient);
    structuredClone(gradient, { transfer: [gradient.buffer as ArrayBuffer] });
    await expect(running).rejects.toThrow(/detached/);
    tracked.dispose();
  });
});

/** Plain JavaScript over the addon itself, as a worker cannot load TypeScript here. */
const workerSource = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { DataMatrix, TrackedLoss } = require(workerData.addon);
  const [n, d, r] = [20000, 200, 50];
  const matrix = new DataMatrix({ values: new Float64Array(n * d).fill(0.5), rows: n, columns: d, single: false }, 2);
  const tracked = new TrackedLoss({
    matrix, threads: 2, layers: Int32Array.of(d, r, r, 1), nodes: Int32Array.of(0, 0, 0, r, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0),
    sharpness: Float64Array.of(1, 1), loss: 'squared', lossParameters: new Float64Array(0), memory: 1,
    targets: new Float64Array(n), offsets: null, weights: new Float64Array(n).fill(1 / n),
  });
  const parameters = new Float64Array((d + 1) * r + r + 1).fill(0.01);
  (async () => {
    await matrix.apply(await matrix.measure(8));
    for (let i = 0; i < workerData.calls; i++) {
      await tracked.restart(parameters);
      parentPort.postMessage(i);
      await tracked.advance(null, new Float64Array(parameters.length));
    }
  })();
`;

describe('threads of JavaScript', () => {
  const addon = fileURLToPath(new URL('../../build/Release/planesearch.node', import.meta.url));
  const start = (calls: number): Worker => new Worker(workerSource, { eval: true, workerData: { addon, calls } });

  it('can be terminated in the middle of a run, many times', async () => {
    for (let i = 0; i < 40; i++) {
      const worker = start(1e9);
      if (i % 3 > 0) await new Promise((resolve) => worker.once('message', resolve));
      await pause(i % 7);
      expect([0, 1]).toContain(await worker.terminate()); // 0: it had not begun
    }
  });

  it('end by themselves when their work is done', async () => {
    const workers = [start(3), start(3)];
    const codes = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
    expect(codes).toEqual([0, 0]);
    expect(loadNative().info().hardwareThreads).toBeGreaterThan(0);
  });
});
