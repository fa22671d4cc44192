/** Whatever asks the command to end: what there is is saved, nothing is left half done, and it ends. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Model } from '../../lib/io/model.js';
import { bin, inChild, long, onLinux, scratch, untilOpen, withBuild, type Ended } from './support.js';

withBuild();
const work = scratch();
const data = work.write(
  'data.csv',
  `a,b,y\n${Array.from({ length: 300 }, (_, k) => `${Math.sin(k)},${Math.cos(k * k)},${k % 3 ? 'no' : 'yes'}`).join('\n')}\n`,
);
const [out, trace] = [work.path('out.model'), work.path('trace.jsonl')];

/** An endless training that gets `signal` once its trace has some lines, and again `again` ms later. */
async function interrupted(signal: NodeJS.Signals, again?: number): Promise<Ended & { lines: string[] }> {
  for (const file of [out, trace]) rmSync(file, { force: true });
  const argv = [
    'train',
    data,
    '--tolerance',
    '0',
    '--max-iterations',
    '1000000000',
    '--steps',
    'backtracking',
    '--out',
    out,
    '--trace',
    trace,
    '--json',
  ];
  const ended = await inChild([bin, ...argv], {
    time: 30,
    started: (child) =>
      void (async () => {
        while (!existsSync(trace) || readFileSync(trace, 'utf8').split('\n').length < 5) await sleep(10);
        child.kill(signal);
        if (again !== undefined) {
          await sleep(again);
          child.kill(signal);
        }
      })(),
  });
  return { ...ended, lines: existsSync(trace) ? readFileSync(trace, 'utf8').split('\n') : [] };
}

describe.skipIf(!onLinux)('a training', () => {
  const rounds = Array.from({ length: long ? 10 : 1 }, (_, k) => k);
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'saves its best point on %s and ends with %i',
    async (signal, code) => {
      for (const _ of rounds) {
        const ended = await interrupted(signal);
        expect({ code: ended.code, late: ended.late }).toEqual({ code, late: false });
        const result = JSON.parse(ended.stdout) as { iterations: number; stop: { reason: string } };
        expect(result.stop.reason).toBe('aborted');
        expect((await Model.load(out)).inputs).toBe(2);
        expect(ended.lines.slice(0, -1)).toHaveLength(result.iterations + 1);
        expect(readdirSync(work.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
      }
    },
    200_000,
  );

  it('leaves a readable trace when it is killed', async () => {
    const { signal, lines } = await interrupted('SIGKILL');
    expect(signal).toBe('SIGKILL');
    const whole = lines.slice(0, -1).map((line) => (JSON.parse(line) as { iteration: number }).iteration);
    expect(whole).toEqual(whole.map((_, k) => k));
    expect(whole.length).toBeGreaterThan(3);
    expect(existsSync(out)).toBe(false);
  });

  it('ends at once on a second signal, whatever it is doing, and leaves nothing half written', async () => {
    const ended = await interrupted('SIGTERM', 0);
    expect(ended.late).toBe(false);
    expect([143, null]).toContain(ended.code);
    if (ended.code === null) expect(ended.signal).toBe('SIGTERM');
    expect(readdirSync(work.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe.skipIf(!onLinux)('Ctrl-C ends within a second', () => {
  it.each<[string, () => string[]]>([
    ['the reading of a large file', () => ['train', work.write('large.csv', `y,a\n${'1,2\n0,3\n'.repeat(3_000_000)}`)]],
    [
      'the reading of a long LIBSVM file',
      () => ['train', work.write('large.svm', '1 1:0.5 3:0.25\n0 2:1\n'.repeat(1_500_000))],
    ],
  ])(
    '%s',
    async (_what, make) => {
      const argv = make();
      let at = 0;
      const ended = await inChild([bin, ...argv, '--quiet'], {
        time: 30,
        started: (child) =>
          void untilOpen(child.pid!, argv[1]!).then(() => {
            at = performance.now();
            child.kill('SIGINT');
          }),
      });
      expect({ code: ended.code, late: ended.late }).toEqual({ code: 130, late: false });
      expect((performance.now() - at) / 1000).toBeLessThan(1.5);
    },
    60_000,
  );
});
