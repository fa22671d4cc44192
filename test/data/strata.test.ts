import { describe, expect, it } from 'vitest';
import { atOnce } from '../../lib/core/pace.js';
import { createRandom } from '../../lib/core/random.js';
import { dealInTurn, lineUp, range, splitOf, strataSteps } from '../../lib/data/strata.js';

const keys = ['b', 'a', 'b', 'c', 'a', 'b'];

describe('strata', () => {
  it('are numbered as they are met, and lined up in the order given', () => {
    expect(atOnce(strataSteps(keys, 3))).toEqual({ codes: Int32Array.of(0, 1, 0, 2, 1, 0), sizes: [3, 2, 1] });
    const order = Uint32Array.of(4, 3, 5, 0);
    const strata = atOnce(strataSteps(keys, 3, order))!;
    expect(strata.sizes).toEqual([1, 1, 2]);
    expect(lineUp(order, strata)).toEqual(Uint32Array.of(4, 3, 5, 0));
    expect(lineUp(range(0, 6), atOnce(strataSteps(keys, 3))!)).toEqual(Uint32Array.of(0, 2, 5, 1, 4, 3));
  });

  it('are none when there are more than the most', () => {
    expect(atOnce(strataSteps(keys, 2))).toBeNull();
  });

  it('dealt in turn have their share of every fold to within one row', () => {
    const labels = Array.from({ length: 10007 }, (_, row) => (row * row) % 11);
    const order = createRandom(3).permutation(labels.length);
    const foldOf = dealInTurn(lineUp(order, atOnce(strataSteps(labels, 11, order))!), 7, new Uint8Array(labels.length));
    const tests = Array.from({ length: 7 }, (_, fold) => splitOf(foldOf, fold).test);
    expect(Uint32Array.from(tests.flatMap((rows) => [...rows])).sort()).toEqual(range(0, labels.length));
    for (const label of new Set(labels)) {
      const counts = tests.map((rows) => rows.filter((row) => labels[row] === label).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });
});
