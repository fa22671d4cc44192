/** The benchmarks that are made of comparisons, in their small form. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataAbsent, runBench } from './support.js';

interface Starts {
  /** Alone, annealed, random: the name, how many of the starts reach the best known minimum, the median end, products. */
  readonly rows: readonly (readonly [string, number, string, number | string])[];
}
interface Results {
  readonly results: Readonly<Record<string, { readonly starts?: Starts }>>;
}

const benches = [
  ['scaled-conjugate-gradient', 'ionosphere.csv.gz', 2],
  ['plane-search-ablations', 'phishing.svm.gz', 3],
] as const;

describe.each(benches)('bench/%s', (name, file, pages) => {
  it.skipIf(dataAbsent(file))('runs, and writes a page for each table', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-bench-'));
    try {
      const { results } = await runBench<Results>(name, '--quick', '--out', folder);
      expect(Object.keys(results)).toHaveLength(pages);
      for (const { starts } of Object.values(results)) {
        const [alone, annealed] = starts?.rows ?? [];
        if (!alone || !annealed) continue;
        expect(annealed[1]).toBeGreaterThanOrEqual(alone[1]);
        expect(Number(annealed[2])).toBeLessThanOrEqual(Number(alone[2]));
      }
      expect((await readdir(folder)).filter((one) => one.endsWith('.html'))).toHaveLength(pages);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
