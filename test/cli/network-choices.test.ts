/** What the command line chooses for a network where nothing is said: the options that say it give the same run. */
import { describe, expect, it } from 'vitest';
import { withNetworkChoices } from '../../lib/cli/network-choices.js';
import type { TrainOptions } from '../../lib/train.js';
import { csvRows, trained, workspace } from './support.js';

const work = workspace();
const file = work.write('train.csv', csvRows(90, 6));
const network = ['--network', 'mlp', '--hidden', '8', '--quiet'];
const x = { values: new Float64Array(4), rows: 2, columns: 2 };
const sparse = {
  kind: 'csr',
  indptr: Uint32Array.of(0, 1, 1),
  indices: Uint32Array.of(0),
  values: Float64Array.of(1),
  rows: 2,
  columns: 2,
} as const;

describe('a network of the command line', () => {
  it('has the penalty of the noise on standardized columns and ends where ten iterations gain 0.2 %', async () => {
    const plain = await trained(file, ...network);
    const said = await trained(file, ...network, '--l2', 'noise', '--standardize', '--min-decrease', '0.002');
    expect([plain.objective, plain.iterations]).toEqual([said.objective, said.iterations]);
    expect([plain.l2, plain.penalty]).toEqual([said.l2, expect.objectContaining({ judge: 'noise' })]);
    expect(plain.stop.reason).toBe('decrease');
  });

  it('is told otherwise by any option that says so', () => {
    const chosen = { l2: 'noise', standardize: true, minDecrease: 0.002 };
    expect(withNetworkChoices({ network: 'mlp' }, x)).toEqual({ network: 'mlp', ...chosen });
    expect(withNetworkChoices({ network: 'mlp' }, sparse)).toMatchObject({ ...chosen, standardize: false });
    expect(withNetworkChoices({ network: 'mlp' }, { ...x, values: new Float64Array(20000), rows: 10000 })).toEqual({
      network: 'mlp',
    });
    for (const options of [{}, { network: 'linear' as const }, { network: 'mlp' as const, earlyStopping: true }])
      expect(withNetworkChoices(options, x)).toEqual(options);
    const mlp = { network: 'mlp' } as const;
    expect(withNetworkChoices({ ...mlp, l2: 0.1 }, x)).toEqual({ ...mlp, l2: 0.1, minDecrease: 0.002 });
    expect(withNetworkChoices({ ...mlp, standardize: false }, x)).toMatchObject({ l2: 'noise', standardize: false });
    for (const own of [{ direction: 'gradient' as const }, { steps: 'fixed' as const }, { batch: 2 }, { tolerance: 1e-9 }])
      expect(withNetworkChoices<TrainOptions>({ ...mlp, ...own }, x).minDecrease).toBeUndefined();
    expect(withNetworkChoices({ ...mlp, minDecrease: 0 }, x).minDecrease).toBe(0);
  });
});
