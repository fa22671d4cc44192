import { describe, expect, it } from 'vitest';
import { runBench } from './support.js';

interface Counts {
  readonly runs: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly ended: Readonly<Record<string, number>>;
  readonly converged: number;
  readonly faults: readonly object[];
}

describe('the torture', () => {
  it('finds finite parameters, true objectives and honest ends at the edge of float64', { timeout: 300_000 }, async () => {
    const { runs, refused, ended, converged, faults } = await runBench<Counts>(
      'torture',
      '--runs',
      '2000',
      '--seconds',
      '60',
    );
    expect(faults).toEqual([]);
    const all = (counts: Readonly<Record<string, number>>): number =>
      Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(all(refused) + all(ended)).toBe(runs);
    // Enough of everything for the rules to have been put to use.
    expect(all(ended)).toBeGreaterThan(runs / 4);
    expect(converged).toBeGreaterThan(runs / 20);
    expect(Object.keys(refused).every((code) => ['INVALID_DATA', 'INCOMPATIBLE'].includes(code))).toBe(true);
  });
});
