/** Trainings that are killed at random moments and resumed end with the bits of one that was left alone. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Model } from '../../lib/io/model.js';
import { createRandom } from '../../lib/core/random.js';
import { bin, hasNative, inChild, long, onLinux, scratch, withBuild, type Ended } from './support.js';

withBuild();
const work = scratch();
const random = createRandom(long ? Date.now() % 2 ** 31 : 1);
const rows = Array.from({ length: 1500 }, () => {
  const x = Array.from({ length: 12 }, () => random.normal());
  return `${x.map((value) => value.toFixed(4)).join(',')},${x[0]! * x[1]! + x[2]! + 0.3 * random.normal() > 0 ? 'yes' : 'no'}`;
});
const data = work.write('data.csv', `${rows.join('\n')}\n`);
const kills = long ? 4 : 2;
const ITERATIONS = long ? 2000 : 600;

const command = (folder: string, name: string, options: readonly string[]): string[] => {
  const limits = [
    '--max-iterations',
    String(ITERATIONS),
    '--tolerance',
    '0',
    '--backend',
    hasNative ? 'native' : 'javascript',
  ];
  const files = ['--out', work.path(`${name}.model`), '--trace', work.path(`${name}.jsonl`)];
  const kept = ['--checkpoint', folder, '--resume'];
  return [bin, 'train', data, '--header', 'no', ...limits, ...options, ...files, ...kept, '--json', '--quiet'];
};

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trim().split('\n');

/** The records without their times. */
const timeless = (name: string): unknown[] =>
  linesOf(work.path(`${name}.jsonl`)).map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }));

const killAfter = (milliseconds: number, signal: NodeJS.Signals, file: string) => ({
  started: (child: { kill(signal: NodeJS.Signals): boolean }): void =>
    void (async () => {
      // A machine that is busy takes its time to get to the training: what is to be killed has to have begun.
      for (let waited = 0; !existsSync(file) && waited < 20_000; waited += 10) await sleep(10);
      await sleep(milliseconds);
      child.kill(signal);
    })(),
});

describe.skipIf(!onLinux)('killed and resumed, a training ends with the same bits', () => {
  const cases: [string, string[]][] = [
    ['mlp', ['--network', 'mlp', '--hidden', '12']],
    ['coordinate', ['--network', 'mlp', '--hidden', '6', '--direction', 'coordinate']],
    ['gated', ['--network', 'gated', '--hidden', '8', '--direction', 'kronecker']],
    ['skip', ['--network', 'skip', '--hidden', '8', '--steps', 'layerwise', '--direction', 'gradient']],
    ['linear', ['--direction', 'lbfgs', '--steps', 'strong-wolfe', '--precision', 'float32']],
    ['sample', ['--network', 'mlp', '--hidden', '8', '--sample', '60']],
  ];
  it.each(long ? cases : cases.slice(0, 2))('%s', { timeout: 300_000 }, async (name, options) => {
    const whole = await inChild(command(work.path(`${name}-whole`), `${name}-whole`, options), { time: 120 });
    expect([whole.code, whole.stderr]).toEqual([0, '']);
    const folder = work.path(`${name}-killed`);
    let killed = 0;
    // One that comes too late, after the end, is none.
    for (let tries = 0; killed < kills && tries < 3 * kills; tries++) {
      rmSync(work.path(`${name}.jsonl`), { force: true });
      // Some in the midst of the training, some while a checkpoint of every other iteration is written.
      const every = ['--checkpoint-iterations', String(1 + random.integer(4))];
      const ended: Ended = await inChild([...command(folder, name, options), ...every], {
        time: 120,
        ...killAfter(random.integer(250), 'SIGKILL', work.path(`${name}.jsonl`)),
      });
      if (ended.signal === 'SIGKILL') killed++;
      else expect(ended.code).toBe(0);
    }
    expect(killed).toBe(kills);
    const last = await inChild(command(folder, name, options), { time: 120 });
    expect(last.code).toBe(0);
    const [own, other] = await Promise.all(
      [`${name}.model`, `${name}-whole.model`].map((file) => Model.load(work.path(file))),
    );
    // What is told of the training has times.
    expect(own!.spec).toEqual(other!.spec);
    const [a, b] = [last, whole].map(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>);
    const bits = ({ penalty, ...rest }: Record<string, unknown>): object => {
      return { ...rest, penalty: { ...(penalty as object | null), seconds: 0 }, seconds: 0, notices: 0 };
    };
    expect(bits(a!)).toEqual(bits(b!));
    // A run that had ended before the last start has no records to write again.
    if (existsSync(work.path(`${name}.jsonl`)) && timeless(name).length === ITERATIONS + 1)
      expect(timeless(name)).toEqual(timeless(`${name}-whole`));
  });
});

describe.skipIf(!onLinux)('asked to end, a training is kept first', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s', { timeout: 120_000 }, async (signal) => {
    const folder = work.path(`kept-${signal}`);
    const trace = work.path(`kept-${signal}.jsonl`);
    const argv = (limit: number): string[] => [
      ...[bin, 'train', data, '--header', 'no', '--network', 'mlp', '--hidden', '4', '--tolerance', '0'],
      ...['--max-iterations', String(limit), '--checkpoint', folder, '--trace', trace, '--json', '--quiet'],
    ];
    const first = await inChild([...argv(1_000_000), '--checkpoint-seconds', '1000'], killAfter(200, signal, trace));
    expect([first.code, first.late]).toEqual([signal === 'SIGINT' ? 130 : 143, false]);
    const before = linesOf(trace);
    const { iterations } = JSON.parse(first.stdout) as { iterations: number };
    expect(iterations).toBeGreaterThan(0);
    const refused = await inChild(argv(1_000_000));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('has not ended: resume it')]);
    const second = await inChild([...argv(iterations + 5), '--resume']);
    expect([second.code, second.stderr]).toEqual([0, '']);
    // Times too are those of the first run: it was gone on with, not begun again.
    expect(linesOf(trace).slice(0, iterations + 1)).toEqual(before);
    expect((JSON.parse(second.stdout) as { iterations: number }).iterations).toBe(iterations + 5);
  });
});
