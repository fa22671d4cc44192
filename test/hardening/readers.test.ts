/** What a file may make a reader take: limits compared as bytes come in, memory in proportion to what comes back, time linear. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadTable, type ReadLimits } from '../../lib/data/index.js';
import { idx } from '../cli/support.js';
import { inChild, long, onLinux, program, scratch, told, withBuild } from './support.js';

withBuild();
const work = scratch();

const load = (name: string, limits: Partial<ReadLimits>, more = {}): Promise<unknown> =>
  loadTable(name, { needsTarget: true, storage: 'dense', limits, ...more });

describe('each limit is an option, and one sentence', () => {
  const svm = work.write('data.svm', 'a 1:1 5:2\nb 2:1\nc 3:1\n');
  it.each<[Partial<ReadLimits>, string]>([
    [{ fileBytes: 10 }, 'has more than 10 bytes; --limits fileBytes=20 would allow twice as many'],
    [{ rowBytes: 8 }, 'has more than 8 bytes; --limits rowBytes=16 would allow twice as many'],
    [{ rows: 2 }, 'has more than 2 rows; --limits rows=4 would allow twice as many'],
    [{ columns: 4 }, 'has more than 4 columns; --limits columns=8 would allow twice as many'],
    [{ levels: 2 }, 'has more than 2 different labels; --limits levels=4 would allow twice as many'],
    [
      { levelCharacters: 2 },
      'has more than 2 characters in different labels; --limits levelCharacters=4 would allow twice as many',
    ],
    [{ matrixBytes: 119 }, 'takes at least 3 rows x 5 columns x 8 bytes'],
  ])('LIBSVM %j', async (limits, sentence) => {
    await expect(load(svm, limits)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: expect.stringContaining(sentence),
    });
    await load(
      svm,
      Object.fromEntries(
        Object.entries(limits).map(([name, value]) => [name, name === 'matrixBytes' ? 120 : 1 + 30 * value]),
      ),
    );
  });

  it('the texts of all columns of CSV count together', async () => {
    const file = work.write('texts.csv', 'a,b,y\nlong,longer,1\nlong,longest,0\n');
    await load(file, { levelCharacters: 17 });
    await expect(load(file, { levelCharacters: 16 })).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: expect.stringContaining(
        'has more than 16 characters in different texts; --limits levelCharacters=32 would allow twice as many',
      ),
    });
  });

  const [images, labels] = [
    work.write('images', idx([3, 2, 2], new Uint8Array(12))),
    work.write('labels', idx([3], Uint8Array.of(1, 2, 1))),
  ];
  it.each<[Partial<ReadLimits>, string]>([
    [{ fileBytes: 10 }, 'has more than 10 bytes'],
    [{ rows: 2 }, 'has more than 2 rows; --limits rows=4'],
    [{ columns: 3 }, 'has more than 3 columns; --limits columns=6'],
    [{ matrixBytes: 95 }, 'takes 3 rows x 4 columns x 8 bytes'],
  ])('IDX %j', async (limits, sentence) => {
    await expect(load(images, limits, { labels })).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: expect.stringContaining(sentence),
    });
  });

  it.each([0, -1, 1.5, NaN, '5', null])('a limit of %j is none', async (value) => {
    await expect(load(svm, { rows: value as number })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('a LIBSVM line in any order takes linear time', () => {
  it.each([
    ['downwards', (k: number, n: number) => n - k],
    ['up and down', (k: number, n: number) => (k % 2 ? k + 1 : n + k + 1)],
  ])(
    '%s',
    async (_order, index) => {
      const entries = (n: number): string => `1 ${Array.from({ length: n }, (_, k) => `${index(k, n)}:1`).join(' ')}\n`;
      const name = work.write('line.svm', `${entries(long ? 1_000_000 : 200_000)}0 1:1\n`);
      const began = performance.now();
      await loadTable(name, { needsTarget: true });
      expect(performance.now() - began).toBeLessThan(long ? 8000 : 2500);
      await expect(
        loadTable(work.write('twice.svm', `1 ${entries(1000).slice(2, -1)} 7:1 7:2\n`), { needsTarget: true }),
      ).rejects.toThrow(/feature 7 once, but has it twice/);
    },
    60_000,
  );
});

interface Peak {
  readonly code: string;
  /** MiB above what the process had before, at most. */
  readonly peak: number;
  /** MiB of X and y. */
  readonly returned: number;
}

async function peakOf(name: string, options = '', memory?: number): Promise<Peak> {
  const ended = await inChild(
    program(`
    const before = rss();
    let returned = 0;
    const code = await outcome(async () => {
      const { data, target } = await loadTable(${JSON.stringify(name)}, { needsTarget: true ${options} });
      returned = (data.values.byteLength + (target?.values.byteLength ?? 8 * data.rows)) / 2 ** 20;
    });
    tell({ code, peak: highest() - before, returned });
  `),
    { time: 120, ...(memory === undefined ? {} : { memory }) },
  );
  expect(ended.stderr).toBe('');
  return told<Peak>(ended);
}

describe.skipIf(!onLinux)('the memory of a reader is at most three times what it returns and 64 MB', () => {
  const rows = long ? 2_000_000 : 300_000;
  const unit = (k: number): string => ((k * 0.618033988749895) % 1).toFixed(6);
  it.each<[string, () => string, string]>([
    [
      'tall LIBSVM',
      () => work.write('tall.svm', Array.from({ length: rows }, (_, k) => `${k % 2} 1:${k % 10}\n`).join('')),
      '',
    ],
    [
      'LIBSVM of numbers to predict',
      () => work.write('regression.svm', Array.from({ length: rows }, (_, k) => `${unit(k)} 1:1 2:${k % 7}\n`).join('')),
      '',
    ],
    [
      'LIBSVM with labels of text',
      () => work.write('text.svm', Array.from({ length: rows }, (_, k) => `class-${k % 5} 1:1 2:2 3:3\n`).join('')),
      '',
    ],
    [
      'wide LIBSVM',
      () =>
        work.write(
          'wide.svm',
          Array.from(
            { length: 40 },
            (_, k) => `${k % 2} ${Array.from({ length: rows / 40 }, (_, j) => `${j + 1}:1`).join(' ')}\n`,
          ).join(''),
        ),
      '',
    ],
    ['packed LIBSVM', () => work.write('packed.svm', gzipSync('1 1:1 2:2 3:3 4:4\n0 1:1 2:1\n'.repeat(rows / 4))), ''],
    [
      'CSV of numbers',
      () =>
        work.write(
          'numbers.csv',
          `a,b,c,y\n${Array.from({ length: rows / 2 }, (_, k) => `${unit(k)},${k % 9},${unit(k + 1)},${unit(k + 2)}\n`).join('')}`,
        ),
      ", target: 'y'",
    ],
    [
      'wide CSV',
      () => {
        const line = (row: number): string => `${Array.from({ length: 99_999 }, (_, k) => (row * k) % 10).join(',')}\n`;
        return work.write(
          'wide.csv',
          `${Array.from({ length: 99_999 }, (_, k) => k).join(',')}\n${Array.from({ length: 50 }, (_, row) => line(row)).join('')}`,
        );
      },
      '',
    ],
    [
      'CSV with categories and a label of text',
      () =>
        work.write(
          'categories.csv',
          `a,b,y\n${Array.from({ length: rows / 2 }, (_, k) => `${unit(k)},kind-${k % 6},class-${k % 3}\n`).join('')}`,
        ),
      ", target: 'y'",
    ],
    [
      'IDX',
      () => work.write('pixels', idx([rows / 100, 28, 28], new Uint8Array((rows / 100) * 784))),
      `, labels: ${JSON.stringify(work.write('numbers', idx([rows / 100], new Uint8Array(rows / 100))))}`,
    ],
  ])(
    '%s',
    async (what, make, options) => {
      const { code, peak, returned } = await peakOf(make(), options);
      console.log(`${what}: ${returned.toFixed(0)} MiB returned, ${peak.toFixed(0)} MiB at the peak`);
      expect(code).toBe('ok');
      expect(peak).toBeLessThan(3 * returned + 64);
    },
    150_000,
  );

  it.each([
    ['csv', 'a,y\n', (text: string, k: number) => `${text},${k % 2}\n`],
    ['svm', '', (text: string) => `${text} 1:1\n`],
  ] as const)('a megabyte of gzip that stands for long texts is refused early: %s', async (kind, top, line) => {
    const text = 'x'.repeat(4e6);
    const rows = Array.from({ length: long ? 100 : 40 }, (_, k) => line(`${k}${text}`, k));
    const { code, peak } = await peakOf(work.write(`texts.${kind}.gz`, gzipSync(top + rows.join(''))));
    expect(code).toBe('INVALID_DATA');
    expect(peak).toBeLessThan(64 + 192); // what is kept of them, 64 MB, and a row in the hands of the parser
  });

  it('a megabyte of gzip that stands for a gigabyte is refused early', async () => {
    const blank = work.write('line.svm.gz', gzipSync(Buffer.alloc(long ? 2 ** 30 : 2 ** 28, '1')));
    const line = await peakOf(blank);
    expect(line.code).toBe('INVALID_DATA');
    expect(line.peak).toBeLessThan(128); // the longest line allowed, 16 MiB, as it came
    const wide = work.write('index.svm.gz', gzipSync('1 2147483647:1\n'.repeat(100_000)));
    const { code, peak } = await peakOf(wide);
    expect(code).toBe('INVALID_DATA');
    expect(peak).toBeLessThan(64);
    const promise = work.write(
      'promise',
      Buffer.concat([Buffer.from(idx([30000, 784, 20], new Uint8Array(0))), Buffer.alloc(100)]),
    );
    const empty = await peakOf(promise, `, labels: ${JSON.stringify(promise)}`);
    expect(empty.code).toBe('UNREADABLE_FILE');
    expect(empty.peak).toBeLessThan(64);
  }, 150_000);
});
