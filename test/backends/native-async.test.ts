import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeBackend, loadNative } from '../../lib/backends/native.js';
import type { DataMatrix, TrackedLoss } from '../../lib/backends/backend.js';
import { layoutOf, type LayerShape } from '../../lib/core/parameters.js';
import { losses } from '../../lib/losses/index.js';
import { numbers } from './problem.js';

const [rows, columns, width] = [30000, 300, 60];
const layers: LayerShape[] = [
  { name: 'hidden', inputs: columns, outputs: width, activation: 'tanh' },
  { name: 'output', inputs: width, outputs: 2, activation: 'identity' },
];
const { size } = layoutOf(layers);
const backend = createNativeBackend({ threads: 2 });
const parameters = numbers(size, 1).map((w) => 0.1 * w);
let matrix: DataMatrix;

beforeAll(() => {
  matrix = backend.matrix(numbers(rows * columns, 1), rows, columns);
});
afterAll(() => matrix.dispose());

function trackedLoss(): TrackedLoss {
  const targets = Float64Array.from({ length: rows }, (_, i) => i % 2);
  return backend.trackedLoss({ matrix, layers, loss: losses.softmax, targets, memory: 1 });
}

describe('long work', () => {
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
    const busy = expect.objectContaining({ name: 'PlanesearchError', code: 'INVALID_ARGUMENT', message: expect.stringContaining('still busy') });
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
      const running = tracked.restart(parameters);
      if (wait > 0) await pause(wait);
      tracked.cancel();
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      expect(() => tracked.advance(null, new Float64Array(size))).toThrow('call restart() first');
    }
    expect(await tracked.restart(parameters)).toBe(0);
    expect(await tracked.advance(null, new Float64Array(size))).toBeGreaterThan(0);
    tracked.dispose();
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
    for (let i = 0; i < 10; i++) {
      const tracked = trackedLoss();
      const running = tracked.restart(parameters);
      tracked.dispose();
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      expect(() => tracked.restart(parameters)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    }
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
  const matrix = new DataMatrix(new Float64Array(n * d).fill(0.5), n, d, 2);
  const tracked = new TrackedLoss({
    matrix, threads: 2, layers: Int32Array.of(d, r, 1, r, 1, 0), loss: 0, memory: 1,
    targets: new Float64Array(n), weights: new Float64Array(n).fill(1 / n),
  });
  const parameters = new Float64Array((d + 1) * r + r + 1).fill(0.01);
  (async () => {
    for (let i = 0; i < workerData.calls; i++) {
      await tracked.restart(parameters);
      parentPort.postMessage(i);
      await tracked.advance(null);
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
