import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runBench } from './support.js';

interface Result {
  readonly label: string;
  readonly threshold?: number;
  readonly loss: readonly number[];
  readonly epochs: number | null;
  readonly searchedShare: number;
  readonly evaluations: number;
}
interface Report {
  readonly paper: readonly { readonly units: number; readonly results: readonly Result[] }[];
  readonly times: readonly { readonly search: string; readonly ratio: number }[];
  readonly findings: readonly { readonly sentence: string; readonly holds: boolean }[];
}

describe('bench/papers/hybrid-coordinate', { timeout: 120_000 }, () => {
  it('shows the published trends, what a step that is solved for adds, and writes a page that needs no network', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-bench-'));
    try {
      const { paper, times, findings } = await runBench<Report>(
        'papers/hybrid-coordinate',
        '--quick',
        '--units',
        '20,40',
        '--epochs',
        '60',
        '--out',
        folder,
      );
      expect(paper.map(({ units }) => units)).toEqual([20, 40]);
      for (const { results } of paper) checkTrends(results);
      for (const { ratio } of times) expect(ratio).toBeGreaterThan(0);
      const html = await readFile(path.join(folder, 'hybrid-coordinate.html'), 'utf8');
      expect(html).toContain(findings[0]!.sentence);
      expect(html).not.toMatch(/<script|(src|href)="(?!#|data:)/);
      expect(await readFile(path.join(folder, 'hybrid-coordinate.md'), 'utf8')).toContain('## 40 units');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function checkTrends(results: readonly Result[]): void {
  const by = (label: string): Result => results.find((result) => result.label === label)!;
  const hybrids = results.filter(({ threshold }) => threshold !== undefined);
  const at10 = ({ loss }: Result): number => loss[10]!;
  expect(at10(hybrids.at(-1)!)).toBeLessThan(at10(by('gradient, rate 1')));
  // Among thresholds that search everything the difference is small and may go either way on so small a problem.
  hybrids.slice(1).forEach((larger, i) => expect(at10(larger)).toBeLessThan(1.1 * at10(hybrids[i]!)));
  const searched = hybrids.filter(({ searchedShare }) => searchedShare === 1);
  expect(searched.length).toBeGreaterThan(1);
  searched.slice(1).forEach((larger, i) => expect(larger.evaluations).toBeLessThan(searched[i]!.evaluations));
  const plane = by('coordinate + plane');
  const fastest = Math.min(...hybrids.map(({ epochs, loss }) => epochs ?? loss.length));
  expect(plane.epochs).not.toBeNull();
  expect(4 * plane.epochs!).toBeLessThan(fastest);
  const descent = by('gradient, rate 1/L');
  expect(plane.epochs).toBeLessThan(descent.epochs ?? descent.loss.length);
}
