/** The fuzzer itself: led by what has run it gets to what chance does not, and what fails is made short and kept. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fuzz, type FuzzReport } from './engine.js';
import { root, type Target } from './target.js';

const deep: Target = {
  seeds: [Buffer.from('a quiet seed')],
  pieces: [...'plan'].map((letter) => Buffer.from(letter)),
  async check(bytes) {
    if (bytes[0] === 0x70) if (bytes[1] === 0x6c) if (bytes[2] === 0x61) if (bytes[3] === 0x6e) throw new Error('found');
    return true;
  },
};

const run = (guide: RegExp | null): Promise<FuzzReport> =>
  fuzz('engine', async () => deep, { cases: 10_000, seed: 1, guide });

it('gets to the fourth of four bytes one after the other when it is guided, and not by chance', {
  timeout: 300_000,
}, async () => {
  const error = await run(/engine\.test/).then(
    () => null,
    (reason: Error) => reason.message,
  );
  expect(error).toMatch(/^build\/fuzz\/failures\/engine-[0-9a-f]{8}\.bin .*found/);
  const file = path.join(root, error!.split(' ')[0]!);
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, 'latin1')).toBe('plan');
  rmSync(file);
  expect(await run(null)).toMatchObject({ cases: 10_000 });
});
