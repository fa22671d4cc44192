/**
 * The loop of a fuzzer: a file of the corpus is damaged and read. Guided, a case that makes code run that had not run joins the corpus, so that
 * damage adds up and gets deeper.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { createRandom } from '../../lib/core/random.js';
import { Coverage } from './coverage.js';
import { mutate, shortened } from './mutate.js';
import { millisecondsSince, root, type Target } from './target.js';
import { watched } from './watch.js';

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Files whose blocks guide the search; null for a short run without a guide. */
  readonly guide: RegExp | null;
}

export interface FuzzReport {
  readonly cases: number;
  /** Cases that were read, not refused. */
  readonly accepted: number;
  /** Files of the corpus, before all damage, that were. */
  readonly sound: number;
  readonly corpus: number;
  /** Functions and blocks that have run; 0 without a guide. */
  readonly covered: number;
  readonly slowest: number;
}

/** Cases between two looks at what has run. */
const BATCH = 64;
/** Milliseconds of a processor that a case of at most 64 KiB may take. */
const SLOW = 20_000;

/** @throws Error that names the file with the first case that fails, made as short as possible */
export async function fuzz(
  name: string,
  load: () => Promise<Target>,
  { cases, seed, guide }: FuzzOptions,
): Promise<FuzzReport> {
  const coverage = guide === null ? null : new Coverage(guide);
  // Code that has been compiled before has no counters.
  await coverage?.start();
  const target = await load();
  const random = createRandom(seed);
  const corpus = [...target.seeds];
  const report = { cases, accepted: 0, sound: 0, slowest: 0 };
  const run = async (bytes: Buffer): Promise<void> => {
    const began = process.cpuUsage();
    try {
      if (await checked(target, bytes)) report.accepted++;
    } catch (error) {
      throw await failure(name, target, bytes, error);
    }
    report.slowest = Math.max(report.slowest, millisecondsSince(began));
    if (report.slowest > SLOW)
      throw await failure(name, null, bytes, new Error(`it took ${report.slowest} ms of a processor`));
  };
  return watched(name, async (alive) => {
    for (const bytes of target.seeds) await run(bytes);
    if (coverage) coverage.add(await coverage.take());
    [report.sound, report.accepted] = [report.accepted, 0];
    for (let done = 0; done < cases; done += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, cases - done) }, () => mutate(corpus, target.pieces, random));
      for (const bytes of batch) {
        await run(bytes);
        alive();
      }
      if (coverage) corpus.push(...(await newOnes(batch, target, coverage)));
    }
    await coverage?.stop();
    return { ...report, corpus: corpus.length, covered: coverage?.covered ?? 0 };
  });
}

/** Fails too where the case leaves a promise that fails when nobody waits for it any more: that ends a process. */
async function checked(target: Target, bytes: Buffer): Promise<boolean> {
  const strays: unknown[] = [];
  const stray = (error: unknown): unknown => strays.push(error);
  process.on('unhandledRejection', stray);
  try {
    const accepted = await target.check(bytes);
    await new Promise(setImmediate);
    if (strays.length > 0) throw strays[0];
    return accepted;
  } finally {
    process.off('unhandledRejection', stray);
  }
}

/** Those of a batch that ran something new, each read once more by itself to tell. */
async function newOnes(batch: readonly Buffer[], target: Target, coverage: Coverage): Promise<Buffer[]> {
  const found: Buffer[] = [];
  const all = await coverage.take();
  if (!coverage.hasNews(all)) return found;
  for (const bytes of batch) {
    await target.check(bytes);
    if (coverage.add(await coverage.take())) found.push(bytes);
  }
  // What depends on the clock may not run a second time, and must not be looked for again.
  coverage.add(all);
  return found;
}

async function failure(name: string, target: Target | null, bytes: Buffer, error: unknown): Promise<Error> {
  const fails = async (shorter: Buffer): Promise<boolean> =>
    checked(target!, shorter).then(
      () => false,
      (other: unknown) => kindOf(other) === kindOf(error),
    );
  const least = target === null ? bytes : await shortened(bytes, fails);
  const folder = path.join(root, 'build', 'fuzz', 'failures');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}-${crc32(least).toString(16).padStart(8, '0')}.bin`);
  writeFileSync(file, least);
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Error(`${path.relative(root, file)} (mended, it belongs into test/captured/fuzz): ${what}`, { cause: error });
}

/** Two failures of one kind differ in numbers and quoted texts at most. */
const kindOf = (error: unknown): string =>
  String((error as Error).message ?? error)
    .split('\n')[0]!
    .replace(/\d+|'[^']*'/g, '');
