/**
 * Every allocation of the addon fails once, and so does every start of a thread: each time an error with a code, or no harm at all,
 * and the next run works. Needs the build that `npm run test:hardening` makes.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inChild, library, long, program, root, scratch, told, withBuild, type Ended } from './support.js';

const folder = path.join(root, 'build', 'fault');
const built = existsSync(path.join(folder, 'build', 'Release', 'planesearch.node'));
if (long && !built) console.warn('The tests with injected failures are skipped: there is no build/fault.');

withBuild();

const run = (body: string, time: number): Promise<Ended> =>
  inChild(program(body), { env: { PLANESEARCH_PREBUILD: folder }, time });

/** The message: the objective, or the code of the error, while starts fail and after. */
const workerFile = scratch().write(
  'worker.mjs',
  `
  import { parentPort, workerData } from 'node:worker_threads';
  import { loadNative } from ${JSON.stringify(library('backends/native.js'))};
  import { train } from ${JSON.stringify(library())};
  const addon = loadNative();
  const values = Float64Array.from({ length: 2000000 }, (_, i) => Math.sin(i * i));
  const y = Array.from({ length: 20000 }, (_, i) => Number(values[i * 100] > 0));
  const scenario = () => train({ x: { values, rows: 20000, columns: 100 }, y }, {
    network: 'mlp', hidden: [100], maxIterations: 1, backend: 'native', threads: 4,
  }).then(({ objective }) => objective, (error) => error.code);
  addon.injectFault(1, workerData.turn, workerData.lasting);
  const first = await scenario();
  addon.injectFault(1, 0, false);
  parentPort.postMessage([first, await scenario()]);
`,
);

describe.skipIf(!built)('injected failures', () => {
  it.each(['lbfgs', 'kronecker', 'coordinate'])(
    'of allocations in a training with %s',
    async (direction) => {
      const ended = await run(
        `
      const addon = loadNative();
      const x = table(3000, 40), y = answers(x);
      const scenario = () => planesearch.train({ x, y }, {
        network: 'mlp', hidden: [30], maxIterations: 2, backend: 'native', threads: 2, direction: '${direction}',
      });
      const { objective } = await scenario();
      addon.injectFault(0, 0, false);
      await scenario();
      const events = addon.injectFault(0, 0, false);
      const seen = {};
      for (let k = 1; k <= events; k += ${long ? 1 : 'Math.ceil(events / 60)'}) {
        for (const lasting of [false, true]) {
          addon.injectFault(0, k, lasting);
          const code = await outcome(scenario);
          addon.injectFault(0, 0, false);
          seen[code] = (seen[code] ?? 0) + 1;
        }
      }
      tell({ events, seen, same: (await scenario()).objective === objective });
    `,
        240,
      );
      expect({ code: ended.code, signal: ended.signal, late: ended.late, stderr: ended.stderr }).toEqual({
        code: 0,
        signal: null,
        late: false,
        stderr: '',
      });
      const { events, seen, same } = told<{ events: number; seen: Record<string, number>; same: boolean }>(ended);
      console.log(`${direction}: ${events} allocations, ${JSON.stringify(seen)}`);
      expect(events).toBeGreaterThan(100);
      expect(Object.keys(seen).filter((code) => code !== 'ok')).toEqual(['OUT_OF_MEMORY']);
      expect(same).toBe(true);
    },
    300_000,
  );

  it('of the starts of threads: fewer of them, or NO_THREAD', async () => {
    const ended = await run(
      `
      const { Worker } = await import('node:worker_threads');
      // Threads start once in an environment, so every case is a worker.
      const results = [];
      for (const turn of [0, 1, 2, 3, 4, 5]) {
        for (const lasting of [false, true]) {
          const worker = new Worker(${JSON.stringify(workerFile)}, { workerData: { turn, lasting }, execArgv: [] });
          results.push(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)));
          await worker.terminate();
        }
      }
      tell(results);
    `,
      240,
    );
    expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const results = told<[number | string, number | string][]>(ended);
    const right = results[0]![0];
    expect(typeof right).toBe('number');
    for (const [first, second] of results) {
      expect([right, 'NO_THREAD']).toContain(first);
      expect(second).toBe(right);
    }
    expect(results.flat()).toContain('NO_THREAD');
  }, 300_000);
});
