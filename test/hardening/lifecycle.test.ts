/** Ends of every kind, many times over: nothing crashes, nothing stays behind, nothing is left half written. */
import { readdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { Model } from '../../lib/io/model.js';
import { hasNative, inChild, library, long, onLinux, program, scratch, told, withBuild } from './support.js';

withBuild();
const work = scratch();
const random = createRandom(long ? Date.now() % 2 ** 31 : 1);
const times = (few: number, many: number): number => (long ? many : few);

/** MiB that are neither V8's heap nor its buffers, which it gives back when it likes. */
const measured = `
  const native = () => {
    const { heapTotal, arrayBuffers } = process.memoryUsage();
    return rss() - (heapTotal + arrayBuffers) / 2 ** 20;
  };`;

interface Memory {
  readonly grown: number;
  readonly counted: number;
}

async function afterMany(count: number, body: string, time: number): Promise<Memory> {
  const ended = await inChild(
    program(`${measured}
    const x = table(400, 20);
    const y = answers(x);
    let counted = 0;
    ${body}
    for (let k = 0; k < Math.max(20, ${count} / 5); k++) await cycle(k);
    const early = native();
    for (let k = 0; k < ${count}; k++) await cycle(k);
    tell({ grown: native() - early, counted });
  `),
    { time },
  );
  expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return told<Memory>(ended);
}

describe.skipIf(!hasNative || !onLinux)('flat memory', () => {
  it(`${times(300, 10_000)} fits`, { timeout: 700_000 }, async () => {
    const cycle = `const cycle = async (k) => {
      const network = k % 2 ? { network: 'linear' } : { network: 'mlp', hidden: [5] };
      const { model } = await planesearch.train({ x, y }, { ...network, maxIterations: 3, backend: 'native' });
      counted += (await model.predict(x)).length === 400;
    };`;
    const { grown, counted } = await afterMany(times(300, 10_000), cycle, 600);
    expect(counted).toBeGreaterThanOrEqual(times(300, 10_000));
    expect(grown).toBeLessThan(32);
  });

  it(`${times(60, 1000)} aborts at any moment`, { timeout: 400_000 }, async () => {
    const cycle = `const cycle = async (k) => {
      const abort = new AbortController();
      const options = { network: 'mlp', hidden: [30], tolerance: 0, maxIterations: 1e6, backend: 'native', signal: abort.signal };
      const run = planesearch.train({ x, y }, options);
      if (k % 10 === 0) abort.abort();
      else setTimeout(() => abort.abort(), (k * 7) % 23);
      const reason = await run.then(({ stop }) => stop.reason, (error) => error.name);
      if (reason === 'aborted' || reason === 'AbortError') counted++;
      else console.error(reason);
    };`;
    const { grown, counted } = await afterMany(times(60, 1000), cycle, 300);
    expect(counted).toBeGreaterThanOrEqual(times(60, 1000));
    expect(grown).toBeLessThan(32);
  });

  it(`${times(8, 100)} worker threads ended in the midst of a run`, { timeout: 400_000 }, async () => {
    const source = `
      import { parentPort } from 'node:worker_threads';
      import { train } from ${JSON.stringify(library())};
      const values = Float64Array.from({ length: 60000 }, (_, e) => Math.sin(e * e));
      const y = Array.from({ length: 3000 }, (_, i) => (values[20 * i] > 0 ? 'a' : 'b'));
      const x = { values, rows: 3000, columns: 20 };
      const options = { network: 'mlp', hidden: [20], tolerance: 0, maxIterations: 1e6, backend: 'native' };
      await train({ x, y }, { ...options, callbacks: [() => parentPort.postMessage('one')] });`;
    const file = work.write('endless.mjs', source);
    const cycle = `const { Worker } = await import('node:worker_threads');
    const cycle = async (k) => {
      const worker = new Worker(${JSON.stringify(file)}, { execArgv: [] });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await new Promise((resolve) => setTimeout(resolve, (k * 7) % 23));
      await worker.terminate();
      counted++;
    };`;
    const { grown, counted } = await afterMany(times(8, 100), cycle, 300);
    expect(counted).toBeGreaterThanOrEqual(times(8, 100));
    expect(grown).toBeLessThan(96);
  });
});

describe.skipIf(!onLinux)('a model that is saved over and over', () => {
  it(`is whole after ${times(4, 100)} kills`, { timeout: 700_000 }, async () => {
    const file = work.path('saved.model');
    const saving = program(`
      const inputs = 200000;
      const architecture = { inputs, tracked: { layer: 'output', outputs: 1 }, steps: [] };
      const task = { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 1 };
      const of = (value) => new planesearch.Model({ network: 'linear', architecture, task, parameters: new Float64Array(inputs + 1).fill(value) });
      const [one, two] = [of(1), of(2)];
      for (let k = 0; ; k++) {
        await (k % 2 ? one : two).save(${JSON.stringify(file)});
        if (k === 0) console.log('saved');
      }`);
    for (let k = 0; k < times(4, 100); k++) {
      const ended = await inChild(saving, {
        time: 60,
        started: (child) =>
          void child.stdout!.once('data', () => void sleep(random.integer(40)).then(() => child.kill('SIGKILL'))),
      });
      expect([ended.signal, ended.late]).toEqual(['SIGKILL', false]);
      const { parameters } = (await Model.load(file)).spec;
      expect(parameters[0] === 1 || parameters[0] === 2).toBe(true);
      expect(parameters.every((value) => value === parameters[0])).toBe(true);
      for (const name of readdirSync(work.folder)) if (name.endsWith('.part')) rmSync(work.path(name));
    }
    expect(readdirSync(work.folder).filter((name) => name.startsWith('saved'))).toEqual(['saved.model']);
  });
});
